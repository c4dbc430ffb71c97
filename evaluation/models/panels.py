"""Panels: people score the outputs of runs by a rubric, or choose between two, blind to which run wrote which."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.enums import OutputState, PanelKind, PanelRole, PanelSettling, PanelState, SettledBy
from evaluation.models.prompts import PromptVersion
from evaluation.models.rubrics import Criterion, RubricVersion
from evaluation.models.runs import Run
from labeling.models import Item, Project, User


class Panel(models.Model):
    """Which runs are judged on which items by whom. Its outputs, raters and seats are drawn when it is made."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="panels")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=PanelKind.choices, default=PanelKind.SCORES)
    state = models.CharField(max_length=8, choices=PanelState.choices, default=PanelState.OPEN)
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="panels")
    settling = models.CharField(max_length=10, choices=PanelSettling.choices, default=PanelSettling.MEDIAN)
    seed = models.BigIntegerField(default=0)
    sampling = models.JSONField(default=dict, blank=True)  # size, attributes, allocation, and what came of it
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="panel_name_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="panel_closed_iff_closed_at",
            ),
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="panel_recent")]

    def __str__(self) -> str:
        return self.name


class PanelRun(models.Model):
    """A run that a panel judges. `letter` stands for it on the panel's pages until the panel is closed."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="runs")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="panels")
    letter = models.CharField(max_length=2)  # drawn by the panel's seed, so that the order of choosing tells nothing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "run"], name="panelrun_once"),
            models.UniqueConstraint(fields=["panel", "letter"], name="panelrun_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter} of panel {self.panel_id}"


class PanelRater(models.Model):
    """Who rates: a person from the start, a reserve who is asked where the first differ, or a model as judge."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="raters")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="panels")
    judge = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, null=True, related_name="judged_panels")
    role = models.CharField(max_length=8, choices=PanelRole.choices, default=PanelRole.RATER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "user"], name="panelrater_person_once", condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["panel", "judge"], name="panelrater_judge_once", condition=Q(judge__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(role="judge", judge__isnull=False, user__isnull=True)
                | (~Q(role="judge") & Q(judge__isnull=True, user__isnull=False)),
                name="panelrater_person_or_judge",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id or self.judge_id} of panel {self.panel_id}"


class PanelOutput(models.Model):
    """What one run said of one item, pinned, so that all raters judge the same text and labels."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="outputs")
    panel_run = models.ForeignKey(PanelRun, on_delete=models.PROTECT, related_name="outputs")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    item_revision = models.PositiveIntegerField()
    labels = models.JSONField()  # [{"code", "evidence"}]: without confidences, which would tell the run
    stratum = models.CharField(max_length=300, blank=True)
    weight = models.FloatField(default=1.0)  # how many items of the population the item stands for
    state = models.CharField(max_length=10, choices=OutputState.choices, default=OutputState.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel_run", "item"], name="paneloutput_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="paneloutput_weight_positive"),
        ]
        indexes = [models.Index(fields=["panel", "state", "id"], name="paneloutput_by_state")]

    def __str__(self) -> str:
        return f"item {self.item_id} by {self.panel_run_id}"


class PanelPair(models.Model):
    """Two outputs of the same item, to be chosen between. `a` is the run whose letter comes first."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="pairs")
    a = models.ForeignKey(PanelOutput, on_delete=models.PROTECT, related_name="+")
    b = models.ForeignKey(PanelOutput, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="panelpair_once"),
            models.CheckConstraint(condition=~Q(a=F("b")), name="panelpair_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.a_id} against {self.b_id}"


class PanelSeat(models.Model):
    """One rater's place at one output, or at one pair. `place` is its turn in the order drawn for that rater."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    rater = models.ForeignKey(PanelRater, on_delete=models.PROTECT, related_name="seats")
    output = models.ForeignKey(PanelOutput, on_delete=models.PROTECT, null=True, related_name="seats")
    pair = models.ForeignKey(PanelPair, on_delete=models.PROTECT, null=True, related_name="seats")
    shows_b_first = models.BooleanField(default=False)  # of a pair: which stands on the left
    place = models.PositiveIntegerField()
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "output"], name="panelseat_output_once"),
            models.UniqueConstraint(fields=["rater", "pair"], name="panelseat_pair_once"),
            models.UniqueConstraint(fields=["rater", "place"], name="panelseat_place_once"),
            models.CheckConstraint(
                condition=Q(output__isnull=False, pair__isnull=True) | Q(output__isnull=True, pair__isnull=False),
                name="panelseat_output_or_pair",
            ),
        ]
        indexes = [models.Index(fields=["rater", "place"], name="panelseat_next", condition=Q(is_done=False))]

    def __str__(self) -> str:
        return f"place {self.place} of rater {self.rater_id}"


class Rating(models.Model):
    """The scores a rater gave to an output. It never changes; the newest number counts."""

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="ratings")
    number = models.PositiveSmallIntegerField(default=1)
    scores = models.JSONField()  # {criterion code: 1..5}, each criterion of the rubric version
    comment = models.TextField(blank=True)
    seconds = models.FloatField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "number"], name="rating_number_once")]

    def __str__(self) -> str:
        return f"rating {self.number} of seat {self.seat_id}"


class Choice(models.Model):
    """Which output of a pair a rater found better. It never changes; the newest number counts."""

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="choices")
    number = models.PositiveSmallIntegerField(default=1)
    better = models.CharField(max_length=1, choices=[("a", "A"), ("b", "B"), ("t", "Tie")])
    comment = models.TextField(blank=True)
    seconds = models.FloatField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "number"], name="choice_number_once"),
            models.CheckConstraint(condition=Q(better__in=["a", "b", "t"]), name="choice_is_a_choice"),
        ]

    def __str__(self) -> str:
        return f"choice {self.number} of seat {self.seat_id}"


class SettledScore(models.Model):
    """The score of an output on one criterion on which the panel settled, and how. It never changes."""

    output = models.ForeignKey(PanelOutput, on_delete=models.PROTECT, related_name="settled")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()  # the median of two neighbouring ratings lies between them
    how = models.CharField(max_length=12, choices=SettledBy.choices)
    reason = models.CharField(max_length=500, blank=True)  # an adjudicator's
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["output", "criterion"], name="settledscore_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="settledscore_on_the_scale"),
            models.CheckConstraint(
                condition=~Q(how="adjudicator") | (~Q(reason="") & Q(by__isnull=False)),
                name="settledscore_ruling_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score} for output {self.output_id}"


class PanelReport(models.Model):
    """The figures of a closed panel, computed once; keyed by the hash of everything that went in."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="reports")
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"report of panel {self.panel_id}"
