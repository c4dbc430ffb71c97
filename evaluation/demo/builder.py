"""Builds the sample project through the same actions that people and workers use. No figure in it is typed in."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from django.core.files import File

from evaluation.actions.prompts import find_version
from evaluation.actions.releases import freeze
from evaluation.actions.reports import evaluate_run, measure_agreement
from evaluation.actions.runs import Scope, start_run
from evaluation.demo.content import raters as simulated
from evaluation.demo.content.companies import Company, companies
from evaluation.demo.content.taxonomy import offerings
from evaluation.enums import RunState
from labeling.actions import importing, people, projects, rounds, taxonomy
from labeling.actions.adjudication import decide, open_for_adjudication
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec
from labeling.actions.guidelines import write_guideline
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import ImportState, Role, Split
from labeling.models import Label, Project, Release, Round, User
from labeling.queries.adjudication import waiting_for

SLUG = "offerings"
SEED = 7
GUIDELINES = Path(__file__).parent / "content" / "guidelines.md"
PEOPLE = {
    "manager": ("Mara Manager", Role.MANAGER),
    "annotator": ("Alex Annotator", Role.ANNOTATOR),
    "annotator2": ("Billie Annotator", Role.ANNOTATOR),
    "adjudicator": ("Jo Adjudicator", Role.ADJUDICATOR),
    "engineer": ("Eli Engineer", Role.ENGINEER),
    "analyst": ("Kim Analyst", Role.ANALYST),
}
OPERATOR = "demo"
Say = Callable[[str], None]


def is_built() -> bool:
    return Project.objects.filter(slug=SLUG).exists()


def build(*, passwords: Mapping[str, str], say: Say, count: int = 3000, sample: int = 400) -> Project:
    """The whole loop once: items, a labelled and settled round, a release, runs, scores, and work left to do."""
    world = {company.external_id: company for company in companies(count=count)}
    say("people")
    staff = _people(passwords)
    manager = staff["manager"]
    project = projects.create_project(
        slug=SLUG,
        name="B2B offerings",
        description="Fictional companies, tagged with what they sell. Ana, Ben and Chloe are simulated raters.",
        by=None,
        manager=manager,
        operator=OPERATOR,
    )
    for name, (_, role) in PEOPLE.items():
        people.add_role(project=project, user=staff[name], role=role, by=None, operator=OPERATOR)
    raters = {name: _simulated(project, name) for name in simulated.RATERS}
    say("taxonomy, guidelines and items")
    _lay_out(project, list(world.values()), manager)
    say("a round of 400, labelled by two and adjudicated")
    golden = _round(project, "Golden 1", size=sample, seed=SEED, undo_seconds=0, by=manager)
    _label(golden, raters, world)
    _adjudicate(project, staff["adjudicator"], world, raters)
    release = freeze(
        in_round=golden,
        spec=FreezeSpec(
            name="golden", shares={"dev": 0.5, "test": 0.4, "fewshot": 0.1}, seed=SEED, stratified_by=["sector"]
        ),
        by=manager,
    )
    say("a round to try by hand, and one half done")
    _round(project, "Try it by hand", size=min(30, count), seed=SEED + 1, undo_seconds=10, by=manager)
    second = _round(project, "Golden 2", size=sample // 2, seed=SEED + 2, undo_seconds=0, by=manager)
    _label(second, raters, world, answers=sample // 2)
    measure_agreement(in_round=second)
    say("baseline runs")
    for prompt in ("baseline-zero", "baseline-few"):
        _run(project, prompt, release, staff["engineer"])
    return project


def _people(passwords: Mapping[str, str]) -> dict[str, User]:
    return {
        key: people.create_user(
            email=f"{key}@demo.example", name=name, password=passwords[key], by=None, operator=OPERATOR
        )
        for key, (name, _) in PEOPLE.items()
    }


def _simulated(project: Project, name: str) -> User:
    user = people.create_user(
        email=f"{name.lower()}@simulated.example", name=f"{name} (simulated)", by=None, operator=OPERATOR
    )
    people.add_role(project=project, user=user, role=Role.ANNOTATOR, by=None, group="simulated", operator=OPERATOR)
    return user


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


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _round(project: Project, name: str, *, size: int, seed: int, undo_seconds: int, by: User) -> Round:
    spec = rounds.SampleSpec(size=size, by=("sector", "size"), allocation="proportional", seed=seed)
    return rounds.sample_round(project=project, name=name, spec=spec, by=by, undo_seconds=undo_seconds)


def _label(
    in_round: Round, raters: Mapping[str, User], world: Mapping[str, Company], *, answers: int | None = None
) -> None:
    """The simulated raters take turns at the queue until it is empty, or until so many answers are in."""
    labels = {label.code: label for label in Label.objects.filter(version=in_round.taxonomy_version)}
    waiting = dict(raters)
    given = 0
    while waiting and given != answers:
        for name, user in list(waiting.items()):
            seat = claim_seat(in_round=in_round, by=user)
            if seat is None:
                del waiting[name]
                continue
            rating = simulated.rate(rater=name, company=world[seat.task.item.external_id])
            answer = Answer(
                labels=[labels[code] for code in sorted(rating.labels)],
                certainty=rating.certainty,
                comment=rating.comment,
                seconds=rating.seconds,
            )
            submit_annotation(seat=seat, receipt=hand_out(seat, user), answer=answer, by=user)
            given += 1
            if given == answers:
                break
    settle_due_tasks()


def _adjudicate(project: Project, judge: User, world: Mapping[str, Company], raters: Mapping[str, User]) -> None:
    for task in waiting_for(judge, project):
        company = world[task.item.external_id]
        seen = [simulated.rate(rater=name, company=company) for name in raters]
        chosen, why = simulated.settle(company=company, ratings=seen)
        open_for_adjudication(task=task, by=judge)
        labels = list(Label.objects.filter(version=task.round.taxonomy_version, code__in=chosen))
        decide(task=task, labels=labels, rationale=why, by=judge, after_decision=task.decisions_made)


def _run(project: Project, prompt: str, release: Release, engineer: User) -> None:
    run = start_run(
        version=find_version(project=project, reference=prompt, by=engineer),
        scope=Scope(release, Split.DEV),
        by=engineer,
    )
    run.refresh_from_db()
    if run.state != RunState.DONE:
        raise RuntimeError(f"the run {run.name} is {run.state}: {run.state_reason}")
    evaluate_run(run=run, release=release, split=Split.DEV, by=engineer)
