"""The whole API as its schema describes it, asked by each role with made-up input: no server error, nothing that the
schema does not say, and nothing that the role may not know. In process, through the WSGI app."""

import re
from contextlib import contextmanager
from functools import cache

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.api import RATERS, api_routes, bearer, parameters
from tests.factories import make_items
from tests.world import make_world

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PARTS = 4  # so that they run beside each other
FEW = settings(
    max_examples=2, phases=[Phase.generate], derandomize=True, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
SAID, KEPT, GOLD = "said-by-a-model", "said-of-what-is-held-out", "gold-that-is-held-out"


@pytest.fixture(autouse=True)
def _open(settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr("labeling.api.authentication.TokenThrottle.allow_request", lambda self, request, view: True)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Planted:
    """A world with what could leak: a model's answers, held-out gold and what a run said of it, and raters' names."""

    def __init__(self):
        self.world = make_world()
        project = self.world.project
        kept = make_items(project, 3, prefix="kept")
        gold = {one.external_id: {"labels": ["crm"], "evidence": [{"code": "crm", "text": GOLD}]} for one in kept}
        self.release = import_golden(project=project, spec=FreezeSpec("kept", {"test": 1.0}), gold=gold, by=None)
        said = {one.external_id: _answer(SAID) for one in self.world.items}
        self.run = import_predictions(
            project=project,
            name="planted",
            predictions=said | {one.external_id: _answer(KEPT) for one in kept},
            by=None,
        )
        self.evaluation = evaluate_run(run=self.run, release=self.release, split="test", by=None)
        self.second = (
            self.world.round.tasks.first().annotations.exclude(rater=self.world.people[Role.ANNOTATOR])[0].rater
        )

    def values(self, route, *, planted):
        found = {name: self.world.value_of(route.name, name) for name in parameters(route)}
        mine = {"run_id": self.run, "release_id": self.release, "evaluation_id": self.evaluation}
        return found | {name: one.public_id for name, one in mine.items() if planted and name in found}

    def forbidden(self, role):
        """What must not stand in any answer to a role."""
        people = [self.world.people[Role.ANNOTATOR], self.second]
        raters = [word for one in people for word in (one.email, f"secret of {one.pk}")]
        if role == Role.ENGINEER:
            return [*raters, KEPT, GOLD]
        if role in RATERS:
            me = self.world.people[role]
            mine = (me.email, f"secret of {me.pk}")
            others = [one.email for one in people] if role == Role.ADJUDICATOR else raters  # A and B, once opened
            return [SAID, KEPT, GOLD, "planted", *(word for word in others if word not in mine)]
        return [KEPT]


def _answer(text):
    return {"labels": [{"code": "crm", "confidence": 0.5, "evidence": text}], "model": text}


@cache
def described():
    return schemathesis.openapi.from_wsgi(reverse("api:schema"), get_wsgi_application())


@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_as_each_role_with_made_up_input(part):
    planted = Planted()
    routes = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route.pattern}"): route for route in api_routes()}
    headers = {role: bearer(planted.world.people[role]) for role in Role}
    operations, wrong = [found.ok() for found in described().get_all_operations()], []
    assert {one.path for one in operations} == set(routes)
    for operation in operations[part::PARTS]:
        route = routes[operation.path]
        needed = route.view.cls.access[operation.method.upper()]
        try:
            with undone():
                _ask(operation, route, planted, {Role(role): headers[role] for role in sorted(needed.roles)})
        except (AssertionError, BaseExceptionGroup) as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


def _ask(operation, route, planted, headers):
    """The same made-up input as each role."""
    count = 0

    @FEW
    @given(case=operation.as_strategy())
    def ask(case):
        nonlocal count
        count += 1
        values = planted.values(route, planted=count % 2 == 0)
        case.path_parameters = {name: str(value) for name, value in values.items()}
        for role, token in headers.items():
            with undone():
                answer = case.call(headers=token)
            try:
                case.validate_response(answer, checks=CHECKS)
            except BaseExceptionGroup as error:
                raise AssertionError(f"as {role}: {error}: {error.exceptions}") from error
            said = answer.text
            leaks = [word for word in planted.forbidden(role) if word in said]
            assert not leaks, (operation.label, role, leaks)

    ask()
