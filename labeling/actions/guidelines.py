"""Guidelines: each text is a new numbered version; rounds keep the one they began with."""

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Guideline, Project, User
from reviewapp.common.errors import Refused


@transaction.atomic
def write_guideline(*, project: Project, text: str, by: User | None, operator: str = "") -> Guideline:
    """Append a version; the same text again gives the version there is."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused("A guideline needs a text.")
    last = Guideline.objects.select_for_update().filter(project=project).order_by("-number").first()
    if last and last.text == text:
        return last
    written = Guideline.objects.create(project=project, number=last.number + 1 if last else 1, text=text, created_by=by)
    record_event(
        kind="guideline.written",
        project=project,
        by=by,
        operator=operator,
        target=f"guideline:{written.number}",
        after={"number": written.number, "characters": len(text)},
    )
    return written
