"""Alert rules of the sample project: one that fires and is seen to, one that is quiet, and a mail destination."""

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import RuleSpec, acknowledge, set_rule
from evaluation.actions.destinations import make_destination
from evaluation.enums import AlertComparison, DestinationKind, EventKind
from evaluation.models import Alert, Run
from labeling.models import Project, User

WANTED_F1, WANTED_ALPHA = 0.85, 0.5


def watch(project: Project, run: Run, *, manager: User, engineer: User) -> None:
    """The newest F1 is held against more than the baseline reaches, agreement against what the raters reach."""
    sweep_alerts(project=project)  # gives the rule that every project has
    mail = make_destination(
        project=project, name="Team", kind=DestinationKind.EMAIL, address=manager.email,
        events=[EventKind.RELEASE_FROZEN, EventKind.GATE_FAILED], by=manager,
    )  # fmt: skip
    prompt = run.prompt_version.prompt if run.prompt_version else None
    low = RuleSpec(
        "F1 below what Sales needs", "micro_f1", AlertComparison.BELOW, WANTED_F1, prompt=prompt, destinations=[mail]
    )
    quiet = RuleSpec("Raters drift apart", "agreement", AlertComparison.BELOW, WANTED_ALPHA, destinations=[mail])
    fires = set_rule(project=project, spec=low, by=engineer)
    set_rule(project=project, spec=quiet, by=manager)
    sweep_alerts(project=project)
    if Alert.objects.filter(rule=fires, resolved_at__isnull=True).exists():
        acknowledge(rule=fires, by=engineer)
