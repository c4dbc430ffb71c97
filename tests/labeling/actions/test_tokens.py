"""Tokens: shown once, stored hashed, ended at once by revoking, deactivating or their day; whose they are."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from labeling.actions.people import add_role, deactivate
from labeling.actions.tokens import find_token, issue_token, make_service, revoke_token
from labeling.enums import Role
from labeling.models import AuditEvent, Token, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_a_secret_finds_its_token_until_it_ends_and_is_stored_nowhere(monkeypatch):
    project = make_project()
    ann, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    issued = issue_token(user=ann, name=" laptop ", scopes=["label", "read"], days=30, by=ann)

    assert find_token(issued.secret) == issued.token
    assert (issued.token.name, issued.token.scopes) == ("laptop", ["read", "label"])
    assert issued.secret.startswith("assay_")
    assert issued.secret not in str([Token.objects.values(), AuditEvent.objects.values()])
    assert find_token(issued.secret + "x") is None
    used = Token.objects.get().last_used_at
    find_token(issued.secret)
    assert Token.objects.get().last_used_at == used

    with monkeypatch.context() as patch:
        later = clock.now() + timedelta(days=31)
        patch.setattr(clock, "now", lambda: later)
        assert find_token(issued.secret) is None
    with pytest.raises(NotAllowed, match="somebody else"):
        revoke_token(token=issued.token, by=manager)
    deactivate(project=project, user=ann, by=manager)
    assert find_token(issued.secret) is None
    User.objects.update(is_active=True)
    revoke_token(token=issued.token, by=ann)
    assert find_token(issued.secret) is None


def test_people_make_their_own_and_managers_those_of_services():
    project = make_project()
    manager, engineer = make_member(project, Role.MANAGER), make_member(project, Role.ENGINEER)
    with pytest.raises(NotAllowed, match="own tokens"):
        issue_token(user=engineer, name="x", scopes=["read"], days=1, by=manager)
    for role in (Role.ANNOTATOR, Role.MANAGER):
        with pytest.raises(Refused, match="programs do not rate"):
            make_service(project=project, name="bot", role=role, by=manager)
    with pytest.raises(NotAllowed):
        make_service(project=project, name="bot", role="engineer", by=engineer)
    bot = make_service(project=project, name="bot", role="engineer", by=manager)
    with pytest.raises(NotAllowed):
        issue_token(user=bot.user, name="x", scopes=["read"], days=1, by=engineer)
    elsewhere = make_project()
    for where, role in ((project, Role.ANNOTATOR), (project, Role.MANAGER), (elsewhere, Role.ENGINEER)):
        with pytest.raises(Refused, match="of one project"):
            add_role(project=where, user=bot.user, role=role, by=make_member(where, Role.MANAGER))
    issued = issue_token(user=bot.user, name="x", scopes=["predict"], days=1, by=manager)

    assert issued.token.project == project
    revoke_token(token=issued.token, by=manager)
    for wrong in ({"scopes": []}, {"scopes": ["all"]}, {"days": 0}, {"days": 366}, {"name": " "}):
        with pytest.raises(Refused):
            issue_token(**({"user": manager, "name": "x", "scopes": ["read"], "days": 1, "by": manager} | wrong))


def test_the_command_prints_the_secret_alone():
    project = make_project()
    out, said = StringIO(), StringIO()
    call_command(
        "token", "issue", "--service", "CI", "--project", project.slug, "--name", "gate", "--scopes", "read,evaluate",
        stdout=out, stderr=said,
    )  # fmt: skip

    token = find_token(out.getvalue().strip())
    assert (token.user.name, token.scopes) == ("CI", ["read", "evaluate"])
    with pytest.raises(SystemExit) as left:
        call_command("token", "issue", "nobody@example.org", "--name", "x", stderr=StringIO())
    assert left.value.code == 2
    call_command("token", "revoke", str(token.public_id), stdout=StringIO(), stderr=StringIO())
    assert find_token(out.getvalue().strip()) is None
