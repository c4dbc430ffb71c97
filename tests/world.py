"""A small project with one of everything, for tests that walk all routes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.comparisons import compare_runs
from evaluation.actions.destinations import make_destination, send_test
from evaluation.actions.drift import ask_check, compute_check
from evaluation.actions.edge_cases import add_case
from evaluation.actions.exporting import ask_export
from evaluation.actions.grids import start_grid
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.incidents import Plan as IncidentPlan
from evaluation.actions.incidents import open_incident
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.panels import PanelSpec, draw_panel, make_panel
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.quality_drops import ask_what_changed, compute_drop
from evaluation.actions.red_team_rounds import Plan as RedTeamPlan
from evaluation.actions.red_team_rounds import Text, make_attempt, open_round
from evaluation.actions.reports import evaluate_run
from evaluation.actions.review_packs import make_review_pack
from evaluation.actions.reviews import fill_review, open_review
from evaluation.actions.rubrics import NewAnchor, NewCriterion, write_rubric
from evaluation.actions.runs import Scope, start_run
from evaluation.actions.schedules import Timing, set_schedule
from evaluation.actions.suites import start_suite
from evaluation.actions.training_exports import export_training
from evaluation.actions.triage import start_triage
from evaluation.actions.triage_tuning import Plan as TuningPlan
from evaluation.actions.triage_tuning import make_tuning_task
from evaluation.enums import Strategy
from evaluation.models import (
    Acquisition,
    AcquisitionReplay,
    AlertRule,
    Canary,
    Certificate,
    Comparison,
    Destination,
    DriftCheck,
    DriftMonitor,
    Evaluation,
    Objective,
    Panel,
    PanelPair,
    PanelSeat,
    QualityDrop,
    RedTeamRound,
    Review,
    Rollout,
    RolloutMove,
    Run,
    Schedule,
    Suite,
    TriageAsking,
)
from evaluation.queries.export_files import Wanted as ExportWanted
from evaluation.queries.streams import Window
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.expansions import start_expansion
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.guidelines import write_guideline
from labeling.actions.people import invite
from labeling.actions.requests import raise_request
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.actions.taxonomy_changes import start_change
from labeling.actions.tokens import issue_token, make_service
from labeling.enums import ImportKind, ImportState, Role, Split
from labeling.models import (
    Annotation,
    Duty,
    GuidelineRequest,
    ImportJob,
    Invitation,
    Item,
    Project,
    Release,
    Round,
    Seat,
    Task,
    Token,
    User,
)
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy


@dataclass
class World:
    """The things that routes name."""

    project: Project
    people: dict[Role, User]
    raters: list[User]  # who labelled in the round, the one whom the walks sign in as first
    items: list[Item]
    round: Round
    task: Task
    seat: Seat
    annotation: Annotation
    release: Release
    run: Run
    other_run: Run
    evaluation: Evaluation
    comparison: Comparison
    job: ImportJob
    invitation: Invitation
    secret: str
    request: GuidelineRequest
    objective: Objective
    certificate: Certificate
    suite: Suite

    def value_of(self, route: str, parameter: str) -> Any:
        """What to put for a parameter of a route."""
        if route.startswith("api:") and parameter in ("seat_id", "annotation_id"):
            return self.own(parameter)
        if parameter == "panel_id" and route.endswith(("choose", "choose-pair", "panel-answers")):
            return self.pairs().public_id
        if parameter == "pair_seat_id":
            mine = PanelSeat.objects.filter(rater__panel=self.pairs(), rater__user=self.people[Role.ANNOTATOR])
            return mine.order_by("place")[0].public_id
        if (route, parameter) == ("api:guideline", "number"):
            return write_guideline(project=self.project, text="Read it all.", by=None).number
        if parameter == "token_id":
            return self.token().public_id
        if parameter == "version_id":
            return self.run.prompt_version.public_id
        if parameter == "case_id":
            return add_case(item=self.items[0], reason="dual", by=None).public_id
        if parameter == "export_id":
            return ask_export(
                wanted=ExportWanted(self.project, "golden", "csv", release=self.release), by=self.people[Role.MANAGER]
            ).public_id
        if parameter == "training_file_id":
            found = self.project.training_exports.first()
            if found is None:
                list(export_training(project=self.project, source=self.release, split="dev", by=None))
            return self.project.training_exports.get().public_id
        if parameter == "rating_import_id":
            told = {"round": "X", "reading": {}, "labels": {}, "raters": {}}
            return ImportJob.objects.create(
                project=self.project, kind=ImportKind.ANNOTATIONS, file_name="r.csv", mapping=told
            ).public_id
        if parameter == "rule_id":
            sweep_alerts(project=self.project)
            return AlertRule.objects.get(project=self.project).public_id
        if parameter == "red_team_id":
            return self.red_team().public_id
        if parameter in ("destination_id", "delivery_id"):
            return self.told_outside(parameter)
        if parameter == "rollout_id":
            return self.rollout().public_id
        if parameter == "canary_id":
            return self.canary().public_id
        if parameter == "acquisition_id":
            return Acquisition.objects.create(
                project=self.project, run=self.run, mix={"least": 1.0}, size=1, random_share=0.3
            ).public_id
        if parameter == "replay_id":
            return AcquisitionReplay.objects.create(
                project=self.project, release=self.release, design={"seeds": 1}
            ).public_id
        if parameter == "duty_id":
            return Duty.objects.create(
                project=self.project, title="Refresh", kind="refresh", owner=self.people[Role.MANAGER],
                due_on=clock.now().date(), created_at=clock.now(),
            ).public_id  # fmt: skip
        if parameter == "expansion_id":
            return start_expansion(project=self.project, size=1, by_attributes=[], by=None, at_once=True).public_id
        if parameter == "change_id":
            return start_change(project=self.project, by=None).public_id
        if parameter == "triage_id":
            return start_triage(run=self.run, release=self.release, by=None).public_id
        if parameter == "asking_id":
            triage = start_triage(run=self.run, release=self.release, by=None)
            asked = {"triage": triage, "offered": [], "errors": 1}
            return TriageAsking.objects.get_or_create(run=self.run, defaults=asked)[0].public_id
        if parameter == "tuning_id":
            triage = start_triage(run=self.run, release=self.release, by=None)
            return make_tuning_task(triage=triage, plan=TuningPlan("Mend it"), errors=[1], by=None).public_id
        if parameter == "panel_id":
            return self.panel().public_id
        if parameter == "panel_seat_id":
            mine = self.panel().raters.get(user=self.people[Role.ANNOTATOR]).seats
            return mine.order_by("place")[0].public_id
        if parameter == "anchor_id":
            return self.panel().rubric_version.anchors.get().public_id
        if parameter == "output_id":
            return self.panel().outputs.order_by("pk")[0].public_id
        if parameter == "rubric_id":
            return self.panel().rubric_version.rubric.public_id
        if parameter == "review_id":
            return self.review().public_id
        if parameter == "review_task_id":
            task = self.review().tasks.get()
            if route.startswith("api:"):  # where a task that one does not hold does not exist
                until = clock.now() + timedelta(minutes=15)
                task.state, task.reviewer, task.leased_until = "leased", self.people[Role.ADJUDICATOR], until
                task.save()
            return task.public_id
        if parameter == "check_id":
            return self.drift_check().public_id
        if parameter == "drop_id":
            return self.quality_drop().public_id
        if parameter == "incident_id":
            plan = IncidentPlan("It fell")
            return open_incident(project=self.project, plan=plan, drop=self.quality_drop(), by=None).public_id
        if parameter == "monitor_id":
            return self.monitor().public_id
        if parameter == "report_id":
            return measure_agreement(in_round=self.round).public_id
        if parameter == "schedule_id":
            return self.schedule().public_id
        if parameter == "pack_id":
            return make_review_pack(project=self.project, month=clock.now().date(), by=None).public_id
        if parameter == "job":
            return "drift"
        if parameter == "action_id":
            return open_action(project=self.project, work=Work("key", "Look at it"), by=None).public_id
        if parameter == "grid_id":
            version, axes = self.run.prompt_version, {"max_labels": [1]}
            return start_grid(
                version=version, release=self.release, axes=axes, repeats=0, budget_usd=None, by=None
            ).public_id
        things = {
            "project": self.project.slug,
            "user_id": self.people[Role.ANALYST].public_id,
            "invitation_id": self.invitation.public_id,
            "item_id": self.items[0].public_id,
            "job_id": self.job.public_id,
            "number": 1,
            "place": 1,
            "round_id": self.round.public_id,
            "task_id": self.task.public_id,
            "seat_id": self.seat.public_id,
            "annotation_id": self.annotation.public_id,
            "release_id": self.release.public_id,
            "run_id": self.run.public_id,
            "evaluation_id": self.evaluation.public_id,
            "what": "items",
            "certificate_id": self.certificate.public_id,
            "comparison_id": self.comparison.public_id,
            "kind": "scores",
            "part": "runs",
            "form": "json",
            "objective_id": self.objective.public_id,
            "secret": self.secret,
            "suite_id": self.suite.public_id,
            "request_id": self.request.public_id,
        }
        return things[parameter]

    def own(self, parameter: str) -> Any:
        """Of the rater whom the walks sign in as."""
        mine = {"task__round": self.round, "rater": self.people[Role.ANNOTATOR]}
        seat = Seat.objects.filter(**mine).order_by("pk")[0]
        return seat.public_id if parameter == "seat_id" else Annotation.objects.get(seat=seat).public_id

    def told_outside(self, parameter: str) -> Any:
        """A destination that nobody reads, or the test sent there."""
        made = Destination.objects.filter(project=self.project).first() or make_destination(
            project=self.project, name="Mail", kind="email", address="ops@example.org", by=None
        )
        delivery = made.deliveries.first() or send_test(destination=made, by=None)
        return made.public_id if parameter == "destination_id" else delivery.public_id

    def token(self) -> Token:
        """Of a service of the project."""
        bot = make_service(project=self.project, name=f"bot {uuid4()}", role=Role.ENGINEER, by=None)
        return issue_token(user=bot.user, name="t", scopes=["read"], days=1, by=None, project=self.project).token

    def panel(self) -> Panel:
        """Over the run, with the rater and the second one; open, with an anchor to train on."""
        if found := Panel.objects.filter(project=self.project, kind="scores").first():
            return found
        criteria = [NewCriterion("Relevance", ("none", "little", "half", "most", "all"))]
        anchor = NewAnchor(self.items[0].external_id, [{"code": "crm"}], {"relevance": 4})
        version = write_rubric(project=self.project, name="Quality", by=None, criteria=criteria, anchors=[anchor])
        raters = User.objects.filter(memberships__project=self.project, memberships__role=Role.ANNOTATOR)
        spec = PanelSpec("Panel", [self.run], version, list(raters.order_by("pk")), size=1)
        return make_panel(project=self.project, spec=spec, by=None)

    def review(self) -> Review:
        """Of a production run over one item."""
        if found := Review.objects.filter(project=self.project).first():
            return found
        said = {self.items[0].external_id: {"labels": [{"code": "crm", "confidence": 0.5, "evidence": ""}]}}
        run = import_predictions(project=self.project, name="production", predictions=said, by=None)
        return fill_review(review_id=open_review(run=run, by=None).pk)

    def red_team(self) -> RedTeamRound:
        """A red-team round with one attempt; who is invited is handed blind work as well."""
        now = clock.now()
        found = RedTeamRound.objects.filter(project=self.project).first() or open_round(
            plan=RedTeamPlan(
                "Break it", self.run.prompt_version, now - timedelta(days=1), now + timedelta(days=1),
                invited=["annotator", "adjudicator"],
            ),
            by=None,
        )  # fmt: skip
        if not found.attempts.exists():
            make_attempt(found=found, text=Text("Made up", "It sells nothing.", [], "lure", "Nothing."), by=None)
        return found

    def drift_check(self) -> DriftCheck:
        """Both runs compared."""
        windows = [Window(run=run) for run in (self.run, self.other_run)]
        check = ask_check(project=self.project, reference=windows[0], current=windows[1], cohort="sector", by=None)
        return compute_check(check_id=check.pk)

    def quality_drop(self) -> QualityDrop:
        """Both runs side by side."""
        windows = [Window(run=run) for run in (self.run, self.other_run)]
        drop = ask_what_changed(project=self.project, reference=windows[0], current=windows[1], by=None)
        return compute_drop(drop_id=drop.pk)

    def schedule(self) -> Schedule:
        """Of stale leases, every day."""
        return set_schedule(project=self.project, job="leases", timing=Timing("30 5 * * *"), by=None)

    def monitor(self) -> DriftMonitor:
        """Watches any prompt; no window has ended."""
        span = {"reference_from": clock.now() - timedelta(days=9), "reference_until": clock.now()}
        return DriftMonitor.objects.get_or_create(project=self.project, name="daily", defaults=span)[0]

    def pairs(self) -> Panel:
        """Of both runs, whose outputs count as different; open."""
        if found := Panel.objects.filter(project=self.project, kind="pairs").first():
            return found
        scores = self.panel()
        raters = User.objects.filter(pk__in=scores.raters.values("user"))
        spec = PanelSpec("Pairs", [self.run, self.other_run], scores.rubric_version, list(raters), size=1, kind="pairs")
        with transaction.atomic():
            made = draw_panel(project=self.project, spec=spec, by=None)
            a, b = made.outputs.order_by("panel_run__letter")
            pair = PanelPair.objects.create(panel=made, a=a, b=b)
            for rater in made.raters.all():
                PanelSeat.objects.create(rater=rater, pair=pair, place=1)
        return made

    def rollout(self) -> Rollout:
        """Of the run's version, back at its pilot."""
        found, is_new = Rollout.objects.get_or_create(
            project=self.project, version=self.run.prompt_version, defaults={"created_at": clock.now()}
        )
        if is_new:
            RolloutMove.objects.create(rollout=found, number=1, kind="back", step="pilot", created_at=clock.now())
        return found

    def canary(self) -> Canary:
        """Another version beside that of the run, both done."""
        recipe = Recipe(Strategy.BASELINE_ZERO, parameters={"threshold": 0.2})
        other = write_version(project=self.project, name="other", recipe=recipe, by=None)
        runs = [start_run(version=one, scope=Scope(), by=None) for one in (other, self.run.prompt_version)]
        return Canary.objects.create(
            project=self.project, candidate=other, production=self.run.prompt_version, candidate_run=runs[0],
            production_run=runs[1], share=0.5,
        )  # fmt: skip


def make_world() -> World:
    project = make_project(slices=["sector"])
    taxonomy = make_taxonomy(project)
    people = {role: make_member(project, role) for role in Role}
    second = make_member(project, Role.ANNOTATOR)
    items = make_items(project, 8)
    made = make_round(project, items[:4], taxonomy=taxonomy)
    labels = list(taxonomy.labels.all())
    for rater, chosen in ((people[Role.ANNOTATOR], labels[:1]), (second, labels[1:])):
        for _ in range(2):
            seat = claim_seat(in_round=made, by=rater)
            answer = Answer(labels=chosen, comment=f"secret of {rater.pk}")
            annotation = submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)
    settle_due_tasks()
    gold = {item.external_id: {"labels": ["crm"]} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    runs, evaluations = [], []
    for name in ("one", "two"):
        version = find_version(project=project, reference="baseline-zero")
        run = start_run(version=version, scope=Scope(release, Split.DEV), by=None, name=name)
        work_on(run_id=run.pk)
        run.refresh_from_db()
        runs.append(run)
        evaluations.append(evaluate_run(run=run, release=release, split=Split.DEV, by=None))
    job = ImportJob.objects.create(
        project=project, kind=ImportKind.ITEMS, state=ImportState.DONE, file="imports/none.csv", file_name="none.csv"
    )
    issued = invite(project=project, email="new@example.org", role=Role.ANALYST, group="", by=people[Role.MANAGER])
    version = find_version(project=project, reference="baseline-zero")
    suite = start_suite(version=version, release=release, kinds=["typos"], strengths=[1], by=None)
    for member in suite.members.all():
        work_on(run_id=member.run_id)
    return World(
        project=project,
        people=people,
        raters=[people[Role.ANNOTATOR], second],
        items=items,
        round=made,
        task=made.tasks.filter(state="disputed").first() or made.tasks.first(),
        seat=seat,
        annotation=annotation,
        release=release,
        run=runs[0],
        other_run=runs[1],
        evaluation=evaluations[0],
        comparison=compare_runs(run_a=runs[0], run_b=runs[1], release=release, split=Split.DEV, by=None),
        job=job,
        invitation=issued.invitation,
        secret=issued.secret,
        objective=set_objective(project=project, name="Sales", wanted=Wanted(), by=None),
        suite=suite,
        certificate=Certificate.objects.create(
            evaluation=evaluations[0],
            target=0.95,
            risk=0.05,
            unit="item",
            threshold=0.5,
            accepted=60,
            errors=0,
            p_value=0.04,
            share=0.5,
            report={"steps": [], "risk": 0.05, "unit": "item", "calibration_items": 80},
            input_digest="c" * 64,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=90),
        ),
        request=raise_request(
            project=project, task=None, label_code="crm", text="What of add-ons?", by=people[Role.ADJUDICATOR]
        ),
    )
