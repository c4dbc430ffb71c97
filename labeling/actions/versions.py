"""Moving an open round to a newer taxonomy, before it matters to anybody's answer."""

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, RoundState, VersionStatus
from labeling.models import Annotation, Round, TaxonomyVersion, User
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def adopt_taxonomy(*, in_round: Round, version: TaxonomyVersion, by: User | None, operator: str = "") -> Round:
    """Let an open round without answers use another published version. Drafts stay; raters are shown the difference.

    Once an answer is in, the labels no longer change: agreement between two taxonomies has no meaning.
    """
    if by:
        rules.check_role(by, in_round.project, Role.MANAGER)
    in_round = (
        Round.objects.select_for_update(of=("self",)).select_related("project", "taxonomy_version").get(pk=in_round.pk)
    )
    if in_round.state != RoundState.OPEN:
        raise NotAllowed("This round has ended: its taxonomy no longer changes.")
    if version.project_id != in_round.project_id or version.status != VersionStatus.PUBLISHED:
        raise Refused("A round uses a published taxonomy of its own project.")
    if version.pk == in_round.taxonomy_version_id:
        return in_round
    list(in_round.seats.select_for_update().order_by("pk").values_list("pk"))  # an answer on its way is waited for
    if Annotation.objects.filter(task__round=in_round).exists():
        raise NotAllowed(
            "Answers are in, so this round keeps its taxonomy. Close or cancel it and open a round on the new version."
        )
    before, in_round.taxonomy_version = in_round.taxonomy_version.number, version
    in_round.save(update_fields=["taxonomy_version"])
    record_event(
        kind="round.taxonomy_changed",
        project=in_round.project,
        by=by,
        operator=operator,
        target=f"round:{in_round.public_id}",
        before={"taxonomy": before},
        after={"taxonomy": version.number},
    )
    return in_round
