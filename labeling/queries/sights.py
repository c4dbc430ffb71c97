"""Which items must not be shown with a machine's answer to people who label."""

from django.db.models import QuerySet

from labeling.enums import Purpose, RoundState
from labeling.models import Project, Task


def labelled_blind(project: Project) -> QuerySet[Task, int]:
    """The items of open rounds: until they are closed, nobody who labels may see what a model says of them."""
    tasks = Task.objects.filter(round__project=project, round__state=RoundState.OPEN, round__purpose=Purpose.GOLDEN)
    return tasks.values_list("item", flat=True)
