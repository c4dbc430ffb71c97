"""Finding rounds by the name people give them."""

from labeling.models import Project, Round
from reviewapp.common.errors import Refused


def find_round(project: Project, name: str = "") -> Round:
    """The round of this name; without one, the project's only round or else its newest."""
    rounds = Round.objects.filter(project=project).select_related("project", "taxonomy_version", "guideline")
    found = rounds.filter(name=name).first() if name else rounds.order_by("-created_at", "-pk").first()
    if found is None:
        raise Refused(f"There is no round “{name}” in this project." if name else "This project has no round yet.")
    return found
