"""Which prompt versions label items: all but those of prompts that were asked to judge outputs or to sort errors."""

from django.db.models import QuerySet

from evaluation.enums import RunOrigin
from evaluation.models import PromptVersion, Run
from labeling.models import Project

OTHERWISE = (RunOrigin.JUDGE, RunOrigin.TRIAGE)


def labellers(project: Project) -> QuerySet[PromptVersion]:
    asked = Run.objects.filter(project=project, origin__in=OTHERWISE, prompt_version__isnull=False)
    rows = PromptVersion.objects.filter(prompt__project=project).select_related("prompt")
    return rows.exclude(prompt__in=asked.values("prompt_version__prompt"))
