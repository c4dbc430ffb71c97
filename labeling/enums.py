"""The closed lists of words that rows may hold."""

from django.db.models import TextChoices


class Role(TextChoices):
    ANNOTATOR = "annotator", "Annotator"
    ADJUDICATOR = "adjudicator", "Adjudicator"
    MANAGER = "manager", "Manager"
    ENGINEER = "engineer", "Engineer"
    ANALYST = "analyst", "Analyst"


class Scope(TextChoices):
    """What a token may do of what its user may."""

    READ = "read", "Read"
    LABEL = "label", "Label and adjudicate"
    PREDICT = "predict", "Push predictions"
    EVALUATE = "evaluate", "Run, evaluate and compare"
    ADMIN = "admin", "Set up and change the project"


class VersionStatus(TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class ImportKind(TextChoices):
    ITEMS = "items", "Items"
    TAXONOMY = "taxonomy", "Taxonomy"
    ANNOTATIONS = "annotations", "Annotations"


class ImportState(TextChoices):
    MAPPING = "mapping", "Waiting for its columns"
    CHECKING = "checking", "Checking"
    APPLYING = "applying", "Writing"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    UNDONE = "undone", "Taken back"


class Purpose(TextChoices):
    GOLDEN = "golden", "Golden set"
    TRAINING = "training", "Training"
    IMPORTED = "imported", "Imported answers"


class RoundState(TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Settling(TextChoices):
    UNANIMOUS = "unanimous", "Equal answers settle, others are adjudicated"
    MAJORITY = "majority", "Each label by majority of three or more"


class Stratum(TextChoices):
    """Strata that a choice by something else than the lot makes. A freeze keeps their items out of test."""

    PICKED = "picked by a model's answers", "Picked"
    TOP_UP = "random top-up", "Random top-up"
    NOVEL = "picked as unlike gold", "Picked as unlike gold"


class TaskState(TextChoices):
    OPEN = "open", "Being labelled"
    DISPUTED = "disputed", "To be adjudicated"
    SETTLED = "settled", "Settled"
    ESCALATED = "escalated", "With the manager"
    CANCELLED = "cancelled", "Cancelled"


class SeatState(TextChoices):
    OPEN = "open", "Open"
    LEASED = "leased", "Leased"
    SUBMITTED = "submitted", "Submitted"


class Certainty(TextChoices):
    SURE = "sure", "Sure"
    UNSURE = "unsure", "Unsure"


class SkipReason(TextChoices):
    NOT_MY_FIELD = "not_my_field", "Not my field"
    UNREADABLE = "unreadable", "Unreadable"
    NOT_B2B = "not_b2b", "Not a B2B company"
    DUPLICATE = "duplicate", "Duplicate"
    OTHER = "other", "Other"


class ReturnReason(TextChoices):
    """Why an answer went back to its rater: fixed words, so that nothing leaks (DECISIONS 5)."""

    EVIDENCE_MISSING = "evidence_missing", "Evidence missing"
    UNREADABLE = "unreadable", "Unreadable"
    GUIDELINE_CHANGED = "guideline_changed", "Guideline changed"


class RulingReason(TextChoices):
    """Why a disputed label was decided as it was, in the order of the keys 1 to 6."""

    AMBIGUOUS_TEXT = "ambiguous_text", "Text ambiguous"
    GUIDELINE_GAP = "guideline_gap", "Guideline gap"
    RATER_SLIP = "rater_slip", "Rater slip"
    TAXONOMY_OVERLAP = "taxonomy_overlap", "Taxonomy overlap"
    MISSING_INFORMATION = "missing_information", "Missing information"
    OTHER = "other", "Other"


class RecheckKind(TextChoices):
    SECOND = "second", "Second blind adjudicator"
    AUDIT = "audit", "Audit of an agreement"


class DecisionKind(TextChoices):
    AGREED = "agreed", "Agreed"
    MAJORITY = "majority", "Majority"
    ADJUDICATED = "adjudicated", "Adjudicated"
    ESCALATED = "escalated", "Escalated"


class Split(TextChoices):
    DEV = "dev", "dev"
    TEST = "test", "test"
    FEWSHOT = "fewshot", "fewshot"


class Provenance(TextChoices):
    AGREED = "agreed", "Agreed"
    MAJORITY = "majority", "Majority"
    ADJUDICATED = "adjudicated", "Adjudicated"
    IMPORTED = "imported", "Imported"


class MappingKind(TextChoices):
    RENAMED = "renamed", "Renamed"
    MERGED = "merged", "Merged"
    SPLIT = "split", "Split"
    RETIRED = "retired", "Retired"


class UpkeepKind(TextChoices):
    SPLIT = "split", "Labels that were split"
    STALE = "stale", "Texts that changed"
    EXPANSION = "expansion", "Expansion"


class DutyKind(TextChoices):
    EXPANSION = "expansion", "Expansion"
    REFRESH = "refresh", "Refresh"
    ROTATION = "rotation", "Rotation of raters"
    STALE = "stale", "Changed texts"
    TAXONOMY = "taxonomy", "Taxonomy review"
    OTHER = "other", "Other"


class Repeats(TextChoices):
    NEVER = "never", "Once"
    MONTHLY = "monthly", "Each month"
    QUARTERLY = "quarterly", "Each quarter"


class TrainingKind(TextChoices):
    TUNING = "tuning", "Fine-tuning"
    PREFERENCES = "preferences", "Preferences"
    CORRECTIONS = "corrections", "Corrections"
