from labeling.models.adjudication import Decision, DecisionLabel, Opening
from labeling.models.annotations import Annotation, Draft, Revision, RevisionLabel
from labeling.models.audit import AuditEvent, IdempotencyKey
from labeling.models.golden import GoldenSet, GoldEntry, Look, Release
from labeling.models.items import Document, ImportJob, ImportProblem, Item, ItemRevision
from labeling.models.people import Invitation, Membership, Project, User
from labeling.models.rounds import Cursor, Round, Seat, Skip, Task
from labeling.models.taxonomy import Guideline, Label, TaxonomyVersion

__all__ = [
    "Annotation",
    "AuditEvent",
    "Cursor",
    "Decision",
    "DecisionLabel",
    "Document",
    "Draft",
    "GoldEntry",
    "GoldenSet",
    "Guideline",
    "IdempotencyKey",
    "ImportJob",
    "ImportProblem",
    "Invitation",
    "Item",
    "ItemRevision",
    "Label",
    "Look",
    "Membership",
    "Opening",
    "Project",
    "Release",
    "Revision",
    "RevisionLabel",
    "Round",
    "Seat",
    "Skip",
    "Task",
    "TaxonomyVersion",
    "User",
]
