"""The sample's model that judges: the simulator, asked over HTTP while the sample is built, and marked as such.

It knows what the companies of a panel truly sell, as the simulated raters do, and errs by its own plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings

from evaluation.actions.asking import TO_JUDGE, written
from evaluation.actions.judges import collect_ratings, start_judge
from evaluation.actions.spending import Tariff, set_price
from evaluation.demo.content.companies import Company
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Panel, PanelOutput
from evaluation.queries.judges import runs_of
from evaluation.simulator.config import AnswerRow, Config
from evaluation.simulator.server import simulator
from labeling.models import User

MODEL = "simulated-judge"
BUDGET_USD = 5.0


def ask_judge(panels: Sequence[Panel], world: Mapping[str, Company], *, manager: User, engineer: User) -> None:
    """Have the simulator judge some panels, by the standard question."""
    project = panels[0].project
    items = set(PanelOutput.objects.filter(panel__in=panels).values_list("item__external_id", flat=True))
    rows = tuple(AnswerRow(tuple(sorted(world[key].truth)), name=world[key].name) for key in sorted(items))
    set_price(project=project, tariff=Tariff(MODEL, 0.4, 1.6), by=manager)
    with asked_here(Config(answers=rows, seed=7)):
        version = written(project=project, version=TO_JUDGE.unwritten(project, MODEL, ""), by=engineer)
        for panel in panels:
            rater = start_judge(panel=panel, version=version, budget_usd=BUDGET_USD, by=engineer)
            work_to_the_end(runs_of(rater))
            collect_ratings(rater)


@contextmanager
def asked_here(config: Config) -> Iterator[None]:
    """While this lasts, whoever asks the default provider asks a simulator on loopback."""
    names = ("LLM_BASE_URL", "LLM_ALLOWED_HOSTS", "LLM_API_KEY")
    before = {name: getattr(settings, name) for name in names}
    with simulator(config) as running:
        at = urlsplit(running.base_url)
        told = {"LLM_BASE_URL": running.base_url, "LLM_ALLOWED_HOSTS": [f"{at.scheme}://{at.netloc}"],
                "LLM_API_KEY": "simulated"}  # fmt: skip
        try:
            for name, value in told.items():
                setattr(settings, name, value)
            yield
        finally:
            for name, value in before.items():
                setattr(settings, name, value)
