"""Golden sets and their frozen releases; triggers refuse to change what is frozen, and what was said of it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.enums import Provenance, Split
from labeling.models.items import Item
from labeling.models.people import Project, User
from labeling.models.rounds import Round
from labeling.models.taxonomy import Guideline, TaxonomyVersion


class GoldenSet(models.Model):
    """A named line of releases."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="golden_sets")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="goldenset_name_once")]

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """A frozen, numbered edition of the agreed answers. It never changes; a change is a new number."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    golden_set = models.ForeignKey(GoldenSet, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="releases")
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="releases")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, null=True, related_name="releases")
    digest = models.CharField(max_length=64, blank=True)  # empty only inside the transaction that freezes it
    seed = models.BigIntegerField()
    shares = models.JSONField()  # {"dev": 0.5, ...}
    stratified_by = models.JSONField(default=list)
    counts = models.JSONField()  # entries by split, provenance and raters; tasks left out
    agreement = models.JSONField(default=dict)  # the round's agreement at the freeze
    is_blindly_validated = models.BooleanField()  # False: gold came from a file, not from two blind raters here
    override_reason = models.TextField(max_length=2000, blank=True)
    frozen_at = models.DateTimeField(null=True)
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["golden_set", "number"], name="release_number_once"),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, digest="") | (Q(frozen_at__isnull=False) & ~Q(digest="")),
                name="release_frozen_iff_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.golden_set.name}@{self.number}"


class GoldEntry(models.Model):
    """The agreed answer for one item, with the item as it was."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="entries")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="gold_entries")
    external_id = models.CharField(max_length=255)
    content = models.JSONField()  # name, attributes, documents, as they were labelled
    item_digest = models.CharField(max_length=64)
    text_digest = models.CharField(max_length=64)
    labels = models.JSONField()  # sorted codes; an empty list says: none applies
    evidence = models.JSONField(default=list)
    values = models.JSONField(default=list)
    reference_summary = models.TextField(blank=True)
    split = models.CharField(max_length=8, choices=Split.choices)
    provenance = models.CharField(max_length=12, choices=Provenance.choices)
    raters = models.PositiveSmallIntegerField()
    weight = models.FloatField(default=1.0)
    stratum = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "item"], name="goldentry_item_once")]
        indexes = [
            models.Index(fields=["release", "split", "id"], name="goldentry_by_split"),
            models.Index(fields=["release", "split", "text_digest", "item"], name="goldentry_by_text"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} in release {self.release_id}"


class RetiredTest(models.Model):
    """A release whose test split is used up: a manager said so, and from then on its items may be dealt anywhere."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="retirement")
    by_release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="retirements")  # frozen with it
    reason = models.TextField(max_length=2000)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="retiredtest_says_why")]

    def __str__(self) -> str:
        return f"test split of release {self.release_id}, retired"


class Look(models.Model):
    """The ledger of held-out gold: each evaluation on it and each export of it, by whom and when."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="looks")
    kind = models.CharField(
        max_length=12, choices=[("evaluation", "Evaluation"), ("export", "Export"), ("comparison", "Comparison")]
    )
    subject = models.CharField(max_length=300, blank=True)  # the run that was scored
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)  # who the command line named when it is no user
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["release", "-at"], name="look_recent")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.release_id}"
