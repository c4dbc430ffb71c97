"""Builds the sample project through the same actions that people and workers use. No figure in it is typed in."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from django.core.files import File

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.analyses import analyse
from evaluation.actions.comparisons import compare_runs
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.prompts import find_version
from evaluation.actions.releases import freeze
from evaluation.actions.reports import evaluate_run
from evaluation.actions.review_packs import make_review_pack
from evaluation.actions.runs import Scope, start_run
from evaluation.demo import work
from evaluation.demo.alerted import watch
from evaluation.demo.attacked import attack
from evaluation.demo.bank import fill_bank
from evaluation.demo.content import raters as simulated
from evaluation.demo.content.companies import Company, companies
from evaluation.demo.content.taxonomy import offerings
from evaluation.demo.incidents import resolved_incident
from evaluation.demo.judged import ask_judge
from evaluation.demo.machine import label_everything
from evaluation.demo.panels import choose_by_simulation, judge_by_simulation, to_try_by_hand
from evaluation.demo.released import put_to_use, roll_out
from evaluation.demo.reviewed import review_by_simulation
from evaluation.demo.scheduled import fill_calendar
from evaluation.demo.triaged import triage
from evaluation.demo.work import Calendar, Crew
from evaluation.enums import Aim, RunState
from evaluation.models import Run
from labeling import rules
from labeling.actions import importing, people, projects, rounds, taxonomy
from labeling.actions.checks import add_checks
from labeling.actions.dealing import FreezeSpec
from labeling.actions.guidelines import Example, write_guideline
from labeling.actions.seats import add_seats
from labeling.actions.training import make_training_round
from labeling.enums import ImportState, Role, Split
from labeling.models import Project, Release, Round, User
from labeling.queries.guidelines import Case, cases_of
from reviewapp.common import clock

SLUG = "offerings"
SEED = 7
BEGUN = 15  # days ago
GUIDELINES = Path(__file__).parent / "content" / "guidelines.md"
PEOPLE = {
    "manager": ("Mara Manager", Role.MANAGER),
    "annotator": ("Alex Annotator", Role.ANNOTATOR),
    "annotator2": ("Billie Annotator", Role.ANNOTATOR),
    "adjudicator": ("Jo Adjudicator", Role.ADJUDICATOR),
    "engineer": ("Eli Engineer", Role.ENGINEER),
    "analyst": ("Kim Analyst", Role.ANALYST),
}
GROUPS = {"annotator": "product", "annotator2": "marketing"}
NEW_CLAUSE = """## Named, but not sold

A text often names what others sell: competitors, neighbours, customers. Choose an offering only if a sentence says that
the company itself sells it today."""
QUESTION = (
    "sup-helpdesk",
    "A firm resells the help desk of a partner under its own name. Does that count as sold by the firm itself?",
)
ESCALATED = "Both readings hold: the text speaks of the service and of the software. This needs a rule, not a guess."
OPERATOR = "demo"
Say = Callable[[str], None]


def is_built() -> bool:
    return Project.objects.filter(slug=SLUG).exists()


def build(*, passwords: Mapping[str, str], say: Say, count: int = 3000, sample: int = 400) -> Project:
    """The whole loop once: items, a labelled and settled round, a release, runs, scores, and work left to do."""
    world = {company.external_id: company for company in companies(count=count)}
    calendar = Calendar(present=clock.now())
    calendar.go_to(BEGUN)
    with clock.told_by(calendar):
        say("people")
        staff = _people(passwords)
        manager = staff["manager"]
        project = _project(staff)
        raters = {name: _simulated(project, name) for name in simulated.RATERS}
        crew = Crew(raters=raters, judge=staff["adjudicator"], world=world, calendar=calendar)
        say("taxonomy, guidelines and items")
        _lay_out(project, list(world.values()), manager)
        say(f"a round of {sample}, labelled by two and adjudicated")
        golden = _round(project, "Golden 1", calendar, size=sample, seed=SEED, undo_seconds=600, by=manager)
        _ask_a_third(golden, manager, number=sample // 5)
        work.label(golden, crew, days={14: 0.2, 13: 0.3, 12: 0.25, 11: 0.25})
        work.adjudicate(golden, crew)
        release = freeze(
            in_round=golden,
            spec=FreezeSpec(
                name="golden", shares={"dev": 0.5, "test": 0.4, "fewshot": 0.1}, seed=SEED, stratified_by=["sector"]
            ),
            by=manager,
        )
        _explain(project, world, manager)
        say("a training, a round to try by hand, and one half done")
        calendar.go_to(7)
        crew = replace(crew, raters={**raters, simulated.NEWCOMER: _simulated(project, simulated.NEWCOMER)})
        _half_done(project, crew, release, manager, size=sample // 2)
        calendar.go_to(0)
        _round(project, "Try it by hand", calendar, size=min(30, count), seed=SEED + 1, undo_seconds=10, by=manager)
        fill_calendar(project, calendar, manager=manager, analyst=staff["analyst"])
    _say_what_is_enough(project, staff["manager"])
    say("baseline runs")
    everything = label_everything(project, release, staff["engineer"])
    say("an incident that is over")
    resolved_incident(everything, release, calendar, analyst=staff["analyst"], engineer=staff["engineer"])
    zero, few = (_run(project, prompt, release, staff["engineer"]) for prompt in ("baseline-zero", "baseline-few"))
    compare_runs(run_a=zero, run_b=few, release=release, split=Split.DEV, by=staff["engineer"])
    triage(zero, release, analyst=staff["analyst"], engineer=staff["engineer"])
    say("a version in production, a review, a rollout")
    put_to_use(zero, manager=staff["manager"], engineer=staff["engineer"])
    reviewers = {name: _simulated(project, name, Role.ADJUDICATOR) for name in ("Rosa", "Sam")}
    review_by_simulation(few, reviewers=reviewers, world=world, engineer=staff["engineer"], manager=staff["manager"])
    roll_out(few, reviewers=reviewers, world=world, engineer=staff["engineer"], manager=staff["manager"])
    say("panels")
    _panels(project, [zero, few], staff, raters, world, size=max(3, min(20, sample // 10)))
    say("edge cases, a red-team round, alerts and a review pack")
    fill_bank(zero, few, by=staff["analyst"], runs_by=staff["engineer"])
    attack(few, manager=staff["manager"], analyst=staff["analyst"])
    watch(project, few, manager=staff["manager"], engineer=staff["engineer"])
    days = (calendar.present - timedelta(days=BEGUN), calendar.present)
    for month in sorted({day.date().replace(day=1) for day in days}):
        make_review_pack(project=project, month=month, by=staff["analyst"])
    return project


def _panels(
    project: Project,
    runs: list[Run],
    staff: Mapping[str, User],
    raters: Mapping[str, User],
    world: Mapping[str, Company],
    *,
    size: int,
) -> None:
    """Two that simulated raters and a simulated judge have finished, and one that waits for the visitor."""
    manager = staff["manager"]
    scored = judge_by_simulation(
        project=project, runs=runs, raters=raters, judge=staff["adjudicator"], world=world, manager=manager, size=size
    )
    paired = choose_by_simulation(
        project=project, runs=runs, raters=raters, world=world, manager=manager, size=2 * size
    )
    ask_judge([scored, paired], world, manager=manager, engineer=staff["engineer"])
    people = [staff["annotator"], staff["annotator2"]]
    to_try_by_hand(project=project, runs=runs, people=people, manager=manager)


def _project(staff: Mapping[str, User]) -> Project:
    project = projects.create_project(
        slug=SLUG,
        name="B2B offerings",
        description="Fictional companies, tagged with what they sell. Ana, Ben, Chloe and Dana are simulated raters.",
        by=None,
        manager=staff["manager"],
        operator=OPERATOR,
    )
    for name, (_, role) in PEOPLE.items():
        group = GROUPS.get(name, "")
        people.add_role(project=project, user=staff[name], role=role, by=None, group=group, operator=OPERATOR)
        _know_roles(staff[name], project)
    return project


def _explain(project: Project, world: Mapping[str, Company], manager: User) -> None:
    """The second version of the guidelines: one clause more, and a worked example from the first round."""
    text = GUIDELINES.read_text(encoding="utf-8").strip()
    examples = [example for case in cases_of(project) if (example := _example(case, world[case.item]))][:1]
    write_guideline(project=project, text=f"{text}\n\n{NEW_CLAUSE}", by=manager, examples=examples)


def _example(case: Case, company: Company) -> Example | None:
    """The case with the sentence that decides it, where one does."""
    quotes = simulated.quote(rater="Chloe", company=company, labels=case.labels, texts={0: company.text})
    return next((Example(case.task, found[0]["text"], case.why) for found in quotes.values()), None)


def _ask_a_third(in_round: Round, manager: User, *, number: int) -> None:
    """A third rater for a random part of the items, before anybody has answered: with two alone nobody can say whether
    the model could take the place of one of them."""
    tasks = sorted(in_round.tasks.values_list("pk", flat=True))
    chosen = Random(SEED).sample(tasks, min(number, len(tasks)))  # noqa: S311
    reason = "to see whether the model may replace a rater"
    add_seats(tasks=in_round.tasks.filter(pk__in=chosen), in_round=in_round, by=manager, reason=reason)


def _half_done(project: Project, crew: Crew, release: Release, manager: User, *, size: int) -> None:
    """A training that one has passed and one is in, and a round that is under way, with hidden checks and disputes."""
    training = make_training_round(
        project=project, name="Know the labels", release=release, split=Split.FEWSHOT,
        size=max(2, size // 20), bar=0.6, seed=SEED, by=manager,
    )  # fmt: skip
    Round.objects.filter(pk=training.pk).update(created_at=crew.calendar())
    work.train(training, crew, answers={simulated.NEWCOMER: None, "Ben": training.tasks.count() // 2})
    due = (crew.calendar.present + timedelta(days=9)).date()
    options = rounds.RoundOptions(due_on=due, check_bar=0.5, check_least=5)
    second = _round(
        project, "Golden 2", crew.calendar, size=size, seed=SEED + 2, undo_seconds=600, by=manager, options=options
    )
    add_checks(in_round=second, release=release, seed=SEED, by=manager, number=max(2, size // 6))
    days = {6: 0.12, 5: 0.24, 4: 0.2, 2: 0.26, 1: 0.18}
    work.label(second, crew, days=days, answers=size, may_skip=True)
    measure_agreement(in_round=second)
    work.adjudicate(second, crew, share=0.3)
    work.ask(second, crew, questions=[QUESTION], escalated=ESCALATED)


def _people(passwords: Mapping[str, str]) -> dict[str, User]:
    return {
        key: people.create_user(
            email=f"{key}@demo.example", name=name, password=passwords[key], by=None, operator=OPERATOR
        )
        for key, (name, _) in PEOPLE.items()
    }


def _simulated(project: Project, name: str, role: Role = Role.ANNOTATOR) -> User:
    user = people.create_user(
        email=f"{name.lower()}@simulated.example", name=f"{name} (simulated)", by=None, operator=OPERATOR
    )
    people.add_role(project=project, user=user, role=role, by=None, group="simulated", operator=OPERATOR)
    _know_roles(user, project)
    return user


def _know_roles(user: User, project: Project) -> None:
    """Read somebody's roles once, as the guard of a page does for all that a request asks."""
    user.roles_in = {project.pk: rules.roles(user, project)}  # type: ignore[attr-defined]


def _lay_out(project: Project, world: list[Company], manager: User) -> None:
    """Taxonomy, guidelines and items, through the same files and importers that everybody uses."""
    with tempfile.TemporaryDirectory() as folder:
        labels = _write(Path(folder) / "taxonomy.jsonl", [one.as_row() for one in offerings()])
        draft = taxonomy.draft_taxonomy(project=project, labels=taxonomy.read_taxonomy(labels), by=manager)
        taxonomy.publish_taxonomy(version=draft, by=manager)
        write_guideline(project=project, text=GUIDELINES.read_text(encoding="utf-8"), by=manager)
        path = _write(Path(folder) / "companies.jsonl", [company.as_row() for company in world])
        with path.open("rb") as stream:
            job = importing.start_import(project=project, file=File(stream), file_name=path.name, by=manager)
    importing.set_mapping(job=job, mapping=job.mapping, skip_bad=False, by=manager, in_background=False)
    done = importing.advance(job_id=job.pk)
    if done is None or done.state != ImportState.DONE:
        raise RuntimeError(f"the sample's items were not imported: {done and done.error}")
    projects.set_up_project(
        project=project,
        name=project.name,
        description=project.description,
        raters=2,
        objective=0.667,
        slices=["sector", "region", "size", "language"],
        by=manager,
    )


def _say_what_is_enough(project: Project, manager: User) -> None:
    sales = Wanted(target_f1=0.75, min_precision=0.9, max_gap=0.15)
    search = Wanted(purpose=Aim.COMPLETENESS, min_precision=0.6, min_recall=0.85)
    set_objective(project=project, name="Sales", wanted=sales, make_default=True, by=manager)
    set_objective(project=project, name="Search", wanted=search, by=manager)


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _round(
    project: Project,
    name: str,
    calendar: Calendar,
    *,
    size: int,
    seed: int,
    undo_seconds: int,
    by: User,
    options: rounds.RoundOptions | None = None,
) -> Round:
    spec = rounds.SampleSpec(size=size, by=("sector", "size"), allocation="proportional", seed=seed)
    made = rounds.sample_round(project=project, name=name, spec=spec, by=by, undo_seconds=undo_seconds, options=options)
    Round.objects.filter(pk=made.pk).update(created_at=calendar())  # its own default is the machine's clock
    return made


def _run(project: Project, prompt: str, release: Release, engineer: User) -> Run:
    run = start_run(
        version=find_version(project=project, reference=prompt, by=engineer),
        scope=Scope(release, Split.DEV),
        by=engineer,
    )
    run.refresh_from_db()
    if run.state != RunState.DONE:
        raise RuntimeError(f"the run {run.name} is {run.state}: {run.state_reason}")
    evaluation = evaluate_run(run=run, release=release, split=Split.DEV, by=engineer)
    analyse(evaluation=evaluation, kind="slices", by=engineer)  # the objectives ask for the largest gap
    return run
