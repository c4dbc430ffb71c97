"""The closed lists of words that rows of the machine side may hold."""

from enum import IntFlag

from django.db.models import TextChoices


class Strategy(TextChoices):
    BASELINE_ZERO = "baseline_zero", "Built-in baseline, zero-shot"
    BASELINE_FEW = "baseline_few", "Built-in baseline, few-shot"
    CHAT = "chat", "OpenAI-compatible chat"


class PromptStatus(TextChoices):
    DRAFT = "draft", "Draft"
    CANDIDATE = "candidate", "Candidate"
    PRODUCTION = "production", "Production"
    RETIRED = "retired", "Retired"


class RunState(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class RunOrigin(TextChoices):
    HAND = "hand", "Started by hand"
    TRIAL = "trial", "Dry run"
    CANDIDATE = "candidate", "A new candidate"
    PROMOTION = "promotion", "A look before promotion"
    MODEL = "model", "The provider changed the model"
    REPEAT = "repeat", "A repeat"
    GRID = "grid", "A grid"
    STRESS = "stress", "A stress suite"
    CANARY = "canary", "A canary"
    BANK = "bank", "The edge-case bank"
    JUDGE = "judge", "A model as judge"
    TRIAGE = "triage", "Categories proposed in triage"
    TARGETED = "targeted", "A slice that fell, again"
    ATTACK = "attack", "A red-team attempt"
    SCHEDULE = "schedule", "A schedule"
    REFIT = "refit", "A new release"


class RolloutStep(TextChoices):
    PILOT = "pilot", "Pilot"
    BATCH = "batch", "Batch"
    PRODUCTION = "production", "Production"


class RolloutMoveKind(TextChoices):
    START = "start", "Started"
    NEXT = "next", "Went on"
    AGAIN = "again", "More items"
    BACK = "back", "Went back"


class ScheduleJob(TextChoices):
    DRIFT = "drift", "Drift"
    NIGHTLY = "nightly", "Nightly evaluation"
    LEASES = "leases", "Stale leases"
    CERTIFICATES = "certificates", "Certificate audit"
    EXPANSION = "expansion", "Expansion"
    REVIEW = "review", "Monthly review"
    SELECTION = "selection", "Selection"
    RELABELLING = "relabelling", "Relabelling"
    ROTATION = "rotation", "Rotation"
    BIAS = "bias", "Bias audit"
    PROMPTS = "prompts", "Prompt review"
    VALIDATION = "validation", "Blind validation"


class FiringOutcome(TextChoices):
    DONE = "done", "Done"
    OPENED = "opened", "Waits for a person"
    SKIPPED = "skipped", "Nothing to do"
    FAILED = "failed", "Failed"


class ActionState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


# Runs whose answers are no labels of their items: nothing scores, repeats or compares them.
WITHOUT_LABELS = (RunOrigin.JUDGE, RunOrigin.TRIAGE)


class PredictionState(TextChoices):
    PENDING = "pending", "Pending"
    LEASED = "leased", "In work"
    BATCHED = "batched", "In a batch"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class BatchState(TextChoices):
    PREPARED = "prepared", "Being sent"
    SENT = "sent", "With the provider"
    COLLECTED = "collected", "Collected"
    FAILED = "failed", "Failed"


class AttemptOutcome(TextChoices):
    STARTED = "started", "Started"
    OK = "ok", "Answered"
    ERROR = "error", "Failed"
    CACHED = "cached", "From the cache"


class Aim(TextChoices):
    CORRECTNESS = "correctness", "Correctness: what it says must be right (precision first)"
    COMPLETENESS = "completeness", "Completeness: nothing may be missed (recall first)"
    CONSISTENCY = "consistency", "Consistency: the same answer each time (flip rate first)"


class Counted(TextChoices):
    LABEL = "label", "Labels: every decision about a label counts the same"
    ITEM = "item", "Items: every item counts the same"


class PanelKind(TextChoices):
    SCORES = "scores", "Scores by a rubric"
    PAIRS = "pairs", "Which of two is better"


class PanelState(TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class PanelRole(TextChoices):
    RATER = "rater", "Rater"
    RESERVE = "reserve", "Reserve"
    JUDGE = "judge", "Model as judge"


class PanelSettling(TextChoices):
    MAJORITY = "majority", "The score most raters gave"
    MEDIAN = "median", "The median, where ratings are within one point"


class OutputState(TextChoices):
    OPEN = "open", "Being rated"
    ESCALATED = "escalated", "Waits for an adjudicator"
    SETTLED = "settled", "Settled"


class SettledBy(TextChoices):
    MAJORITY = "majority", "Majority"
    MEDIAN = "median", "Median within one point"
    THIRD = "third", "After another rating"
    ADJUDICATOR = "adjudicator", "Adjudicator"


class CaseReason(TextChoices):
    DUAL = "dual", "Dual offering"
    AMBIGUOUS = "ambiguous", "Ambiguous site"
    LANGUAGE = "language", "Foreign language"
    ADVERSARIAL = "adversarial", "Adversarial"
    REGRESSION = "regression", "Past regression"
    OTHER = "other", "Another reason"


class AttackKind(TextChoices):
    ORDERS = "orders", "Gives the model orders"
    DUAL = "dual", "Two offerings"
    BURIED = "buried", "What matters is buried"
    LURE = "lure", "Words of another label"
    NEGATED = "negated", "Says what it does not do"
    LANGUAGE = "language", "Another language"
    FORM = "form", "Odd form or spelling"
    OTHER = "other", "Something else"


class LabelSource(TextChoices):
    GOLD = "gold", "Gold of a release"
    PERSON = "person", "Set by a person"


class CaseOutcome(TextChoices):
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    UNANSWERED = "unanswered", "Not answered"


class TuningState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class ReviewState(TextChoices):
    PREPARING = "preparing", "Being prepared"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class ReviewTaskState(TextChoices):
    OPEN = "open", "Open"
    LEASED = "leased", "In work"
    DONE = "done", "Done"


class Why(IntFlag):
    """Why an answer is looked at; an answer may have several reasons. AUDIT alone: it went through, and was drawn."""

    CONFIDENCE = 1
    FAILED = 2
    UNKNOWN_LABEL = 4
    NO_EVIDENCE = 8
    CONFLICT = 16
    FLAGGED = 32
    AUDIT = 64


WHY_NAMES = {
    Why.CONFIDENCE: "Not sure enough",
    Why.FAILED: "No answer",
    Why.UNKNOWN_LABEL: "Label that the taxonomy does not have",
    Why.NO_EVIDENCE: "Evidence not found in the text",
    Why.CONFLICT: "Another run says otherwise",
    Why.FLAGGED: "The run asks for a person",
    Why.AUDIT: "Audit of what went through",
}


class Severity(TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class IncidentState(TextChoices):
    PROPOSED = "proposed", "Proposed"
    OPEN = "open", "Open"
    RECOVERED = "recovered", "Recovered"
    DISMISSED = "dismissed", "Dismissed"


class DestinationKind(TextChoices):
    EMAIL = "email", "E-mail"
    SLACK = "slack", "Slack-compatible"
    PAGERDUTY = "pagerduty", "PagerDuty"
    WEBHOOK = "webhook", "Signed webhook"


class DeliveryState(TextChoices):
    PENDING = "pending", "To be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Delivered"
    DEAD = "dead", "Given up"
    UNSENT = "unsent", "Not sent"  # by a server that sends no e-mail


class AlertState(TextChoices):
    OK = "ok", "OK"
    PENDING = "pending", "Pending"
    FIRING = "firing", "Firing"
    NO_DATA = "no_data", "No data"


class AlertComparison(TextChoices):
    BELOW = "below", "is below"
    ABOVE = "above", "is above"
    DROP = "drop", "fell by this share against the one before"
    RISE = "rise", "rose by this share against the one before"


class NoData(TextChoices):
    OK = "ok", "Count it as fine"
    KEEP = "keep", "Keep the state as it is"
    ALERT = "alert", "Alert as if the threshold were passed"


class EventKind(TextChoices):
    ROUND_SETTLED = "round.settled", "A round is settled"
    RELEASE_FROZEN = "release.frozen", "A release is frozen"
    RUN_FINISHED = "run.finished", "A run has finished"
    GATE_FAILED = "gate.failed", "A gate failed"
    DRIFT_FOUND = "drift.found", "Drift was found"
    ALERT_RAISED = "alert.raised", "An alert was raised"
    ALERT_RESOLVED = "alert.resolved", "An alert was resolved"


class ExportState(TextChoices):
    WAITING = "waiting", "Waiting"
    WRITING = "writing", "Being written"
    DONE = "done", "Ready"
    FAILED = "failed", "Failed"
    GONE = "gone", "Deleted after a day"


class Tracker(TextChoices):
    MLFLOW = "mlflow", "MLflow"
    OPENLINEAGE = "openlineage", "OpenLineage"
