"""Which rounds may go into the next release of a golden set."""

from django.db.models import Q

from labeling.enums import Purpose, RoundState
from labeling.models import Release, Round


def rounds_for(release: Release) -> list[Round]:
    """Rounds whose answers may go into the next release: for gold, on its taxonomy version or a newer one."""
    rounds = Round.objects.filter(
        Q(created_at__gt=release.frozen_at) | Q(upkeep__isnull=False),
        project=release.golden_set.project, purpose=Purpose.GOLDEN,
        taxonomy_version__number__gte=release.taxonomy_version.number,
    )  # fmt: skip
    rounds = rounds.exclude(state=RoundState.CANCELLED).exclude(releases__golden_set=release.golden_set_id)
    return list(rounds.select_related("project", "taxonomy_version", "guideline").order_by("-pk"))
