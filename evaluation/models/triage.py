"""Triage: the errors of a run on dev, sorted into clusters, and what people said of each."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import TuningState
from evaluation.models.prompts import Prompt
from evaluation.models.runs import Run
from labeling.models import Item, Project, Release, User


class ErrorCategory(models.Model):
    """Why an answer is wrong, in a project's own words. Its code stays; a retired one is offered no more."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="error_categories")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    definition = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=1)  # that chooses it
    order = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="errorcategory_code_once"),
            models.UniqueConstraint(
                fields=["project", "key"], condition=Q(is_retired=False), name="errorcategory_key_once"
            ),
        ]
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name


class Triage(models.Model):
    """All errors of a run on the dev split of a release, sorted once; never of a held-out split."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="triages")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    input_digest = models.CharField(max_length=64, unique=True)
    seed = models.IntegerField(default=0)
    blind_share = models.FloatField(default=0.3)  # of the errors, on which a proposal is never shown
    items = models.PositiveIntegerField(null=True)  # that were looked at; NULL until it is sorted
    left_out = models.PositiveIntegerField(default=0)  # held out in another release, so never shown
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(blind_share__gte=0, blind_share__lte=1), name="triage_share_is_a_share")
        ]

    def __str__(self) -> str:
        return f"{self.run.name} on {self.release}:dev"

    @property
    def is_sorted(self) -> bool:
        return self.items is not None


class ErrorCluster(models.Model):
    """Errors that resemble each other; the largest is number 1."""

    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="clusters")
    number = models.PositiveSmallIntegerField()
    words = models.JSONField()  # the heaviest first
    size = models.PositiveIntegerField()
    share = models.JSONField()  # of all errors, with its interval over items

    class Meta:
        constraints = [models.UniqueConstraint(fields=["triage", "number"], name="errorcluster_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return ", ".join(self.words) or "no words"


class TriageError(models.Model):
    """One error: a label left out, made up, or given for another. `place` is its turn, cluster by cluster."""

    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="errors")
    cluster = models.ForeignKey(ErrorCluster, on_delete=models.PROTECT, related_name="errors")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)  # omission, hallucination, or how a wrong label relates to the right one
    gold = models.CharField(max_length=120, blank=True)
    predicted = models.CharField(max_length=120, blank=True)
    is_blind = models.BooleanField()  # a proposal is never shown here, so that what people say can test it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["triage", "place"], name="triageerror_place_once")]

    def __str__(self) -> str:
        return f"error {self.place} of {self.triage_id}"


class TriageProposal(models.Model):
    """The category that a machine proposes for an error, and who it was. It never changes; the newest counts."""

    error = models.ForeignKey(TriageError, on_delete=models.PROTECT, related_name="proposals")
    category = models.ForeignKey(ErrorCategory, on_delete=models.PROTECT, related_name="+")
    confidence = models.FloatField(null=True)
    proposer = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["error", "-id"], name="triageproposal_newest")]

    def __str__(self) -> str:
        return f"{self.category_id} for {self.error_id}"


class TriageAsking(models.Model):
    """A language model is asked for a category of each error, by a run that holds its calls and its money."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="askings")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="triage_asking")
    offered = models.JSONField()  # [{"code", "name", "definition"}]: the categories as they were when it was asked
    errors = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["triage", "-id"], name="triageasking_newest")]

    def __str__(self) -> str:
        return f"asking of {self.triage_id} by run {self.run_id}"


class AskedProposal(models.Model):
    """A proposal that a language model made, and the reason it gave."""

    proposal = models.OneToOneField(TriageProposal, on_delete=models.PROTECT, related_name="asked")
    asking = models.ForeignKey(TriageAsking, on_delete=models.PROTECT, related_name="proposals")
    error = models.ForeignKey(TriageError, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asking", "error"], name="askedproposal_once")]

    def __str__(self) -> str:
        return f"proposal {self.proposal_id} of asking {self.asking_id}"


class TriageJudgement(models.Model):
    """What somebody said of an error. It never changes; of each person the newest counts, without category: none."""

    error = models.ForeignKey(TriageError, on_delete=models.PROTECT, related_name="judgements")
    category = models.ForeignKey(ErrorCategory, on_delete=models.PROTECT, null=True, related_name="judgements")
    note = models.TextField(blank=True)
    proposal = models.ForeignKey(TriageProposal, on_delete=models.PROTECT, null=True, related_name="+")  # newest then
    was_shown = models.BooleanField(default=False)  # that proposal, before the choice
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(was_shown=False) | Q(proposal__isnull=False), name="triagejudgement_shown_is_something"
            )
        ]
        indexes = [models.Index(fields=["error", "-id"], name="triagejudgement_newest")]

    def __str__(self) -> str:
        return f"{self.category_id} for {self.error_id}"


class TuningTask(models.Model):
    """A failure that a prompt is to be mended for, with errors that show it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tuning_tasks")
    title = models.CharField(max_length=160)
    note = models.TextField(blank=True)
    cluster = models.ForeignKey(ErrorCluster, on_delete=models.PROTECT, null=True, related_name="tasks")
    examples = models.ManyToManyField(TriageError, related_name="tasks")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, null=True, related_name="tuning_tasks")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=TuningState.choices, default=TuningState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["project", "state", "due_on"], name="tuningtask_open")]

    def __str__(self) -> str:
        return self.title
