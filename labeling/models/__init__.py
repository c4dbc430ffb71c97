from labeling.models.adjudication import Decision, DecisionLabel, Opening, Recheck, Ruling
from labeling.models.annotations import Annotation, Draft, Return, Revision, RevisionLabel
from labeling.models.audit import AuditEvent, IdempotencyKey
from labeling.models.golden import GoldenSet, GoldEntry, Look, Release, RetiredTest
from labeling.models.items import Document, ImportJob, ImportProblem, Item, ItemRevision, SetApart
from labeling.models.people import Invitation, Membership, Project, User
from labeling.models.profiles import ImportProfile
from labeling.models.quality import Qualification, RaterPause
from labeling.models.rounds import Cursor, Round, Seat, Skip, Task
from labeling.models.sights import Sight
from labeling.models.taxonomy import Guideline, GuidelineRequest, Label, TaxonomyVersion
from labeling.models.tokens import ServiceAccount, Token
from labeling.models.training_exports import TrainingExport, TrainingItem
from labeling.models.upkeep import Duty, ExpansionPlan, TaxonomyChange, TaxonomyMapping, UpkeepRound

__all__ = [
    "Annotation",
    "AuditEvent",
    "Cursor",
    "Decision",
    "DecisionLabel",
    "Document",
    "Draft",
    "Duty",
    "ExpansionPlan",
    "GoldEntry",
    "GoldenSet",
    "Guideline",
    "GuidelineRequest",
    "IdempotencyKey",
    "ImportJob",
    "ImportProblem",
    "ImportProfile",
    "Invitation",
    "Item",
    "ItemRevision",
    "Label",
    "Look",
    "Membership",
    "Opening",
    "Project",
    "Qualification",
    "RaterPause",
    "Recheck",
    "Release",
    "RetiredTest",
    "Return",
    "Revision",
    "RevisionLabel",
    "Round",
    "Ruling",
    "Seat",
    "ServiceAccount",
    "SetApart",
    "Sight",
    "Skip",
    "Task",
    "TaxonomyChange",
    "TaxonomyMapping",
    "TaxonomyVersion",
    "Token",
    "TrainingExport",
    "TrainingItem",
    "UpkeepRound",
    "User",
]
