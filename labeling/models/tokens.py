"""Tokens of the API, and accounts of services that hold nothing else."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from labeling.enums import Scope
from labeling.models.people import Project, User
from reviewapp.common import clock


class ServiceAccount(models.Model):
    """A user that is a program of one project: no password, no mail, reached by tokens alone."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="service")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="services")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.user} of {self.project}"


class Token(models.Model):
    """A secret that speaks for a user within scopes until a day. The secret is shown once; its hash is kept."""

    LONGEST_DAYS: ClassVar[int] = 365

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, related_name="tokens"
    )  # null: all of them
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256; the secret has 256 random bits, so no salt
    hint = models.CharField(max_length=12)  # its beginning, to tell tokens apart
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # to the minute
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_later")]
        indexes = [models.Index(fields=["user", "revoked_at"], name="token_of_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        return self.expires_at <= clock.now()

    @property
    def scope_names(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]
