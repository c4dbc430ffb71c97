"""Each import keeps a profile and is held against the last one that stands; its page says what is unusual."""

import pytest
from django.urls import reverse

from labeling.actions.importing import take_back
from labeling.enums import Role
from labeling.models import ImportProfile
from labeling.queries.import_profiles import unusual_import
from tests.factories import make_member, make_project
from tests.labeling.actions.test_importing import carry_on, start

pytestmark = pytest.mark.django_db


def sectors(prefix, values, number=60):
    lines = [
        f"{prefix}-{place},Firm {place},Sells thing {place},{values[place % len(values)]}" for place in range(number)
    ]
    return "id,name,text,sector\n" + "\n".join(lines) + "\n"


def test_an_import_is_held_against_the_last_one_that_stands(client):
    project = make_project()
    first = carry_on(project, sectors("a", ["IT", "Health"]), "first.csv")
    assert unusual_import(first).against is None
    assert unusual_import(first).profile["columns"]["text"]["top"] == []
    wrong = carry_on(project, sectors("b", ["", "Mines"]), "wrong.csv")
    assert [one.kind for one in unusual_import(wrong).findings] == ["null_rate", "values_new"]
    client.force_login(make_member(project, Role.MANAGER))
    page = client.get(reverse("labeling:import", args=[project.slug, wrong.public_id])).content.decode()
    assert "Not as in the last import" in page
    assert "50.0% empty, 0.0% last time" in page
    take_back(job=wrong, by=None)

    again = carry_on(project, sectors("c", ["IT", "Health"]), "again.csv")

    found = unusual_import(again)
    assert (found.against, found.findings) == (first, [])
    assert "Like the last import" in client.get(
        reverse("labeling:import", args=[project.slug, again.public_id])
    ).content.decode()  # fmt: skip


def test_what_is_refused_or_unread_has_no_profile():
    project = make_project()
    refused = carry_on(project, "id,name,text\n,No id,Sells\n")
    waiting = start(project, sectors("a", ["IT"]))
    assert not ImportProfile.objects.exists()
    assert [unusual_import(one).profile for one in (refused, waiting)] == [None, None]
    other = make_project()
    carry_on(other, sectors("a", ["IT"]))
    assert ImportProfile.objects.get().job.project == other
