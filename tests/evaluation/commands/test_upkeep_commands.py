"""The commands of upkeep: preview, apply, ask again, renew, expand; exit codes and keys."""

import json

import pytest

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import Round, TaxonomyVersion
from tests.factories import make_items, make_project, make_taxonomy
from tests.test_commands import Shell

pytestmark = pytest.mark.django_db


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture
def project():
    project = make_project("acme", slices=["sector"])
    make_taxonomy(project)
    gold = {
        one.external_id: {"labels": [code]} for one, code in zip(make_items(project, 2), ("crm", "erp"), strict=True)
    }
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project


def test_a_taxonomy_is_changed_from_the_command_line(shell, project):
    steps = [
        {"kind": "rename", "code": "erp", "to": "office"},
        {"kind": "split", "code": "crm", "into": [{"code": "small"}, {"code": "large"}]},
    ]
    file = shell.file("steps.json", json.dumps(steps))
    seen = shell.json("taxonomy_change", "acme", "--steps", file)
    assert (seen["to"], [row["gold"] for row in seen["steps"]]) == (None, [1, 1])
    assert TaxonomyVersion.objects.count() == 1
    done = shell.json("taxonomy_change", "acme", "--apply")
    assert (done["to"], [row["kind"] for row in done["mapping"]]) == (2, ["split", "renamed"])
    assert shell.json("taxonomy_change", "acme", "--ask-again", "gold@1", "--round", "again")["items"] == 1
    renewed = shell.json("renew", "acme", "--golden", "gold")
    assert (renewed["release"], renewed["counts"]["renewed"]["to_ask"]) == ("gold@2", 1)


def test_bad_steps_leave_everything_as_it_was(shell, project):
    for content in ("no json", "{}", json.dumps([{"kind": "retire", "code": "nope"}])):
        assert shell("taxonomy_change", "acme", "--steps", shell.file("bad.json", content), "--apply") == 2
    assert TaxonomyVersion.objects.count() == 1
    assert shell("renew", "acme", "--golden", "gold") == 2


def test_gold_is_expanded_and_its_state_is_told(shell, project):
    make_items(project, 3)
    seen = shell.json("upkeep", "acme", "--expand", "2", "--novelty", "0.5", "--preview")
    assert (seen["round"], seen["counts"]["fresh"]) == (None, 3)
    made = shell.json("upkeep", "acme", "--expand", "2", "--by-attributes", "sector", "--round", "fresh")
    assert Round.objects.get(name="fresh").tasks.count() == len(made["items"]) > 0
    state = shell.json("upkeep", "acme")
    assert (state["changed"]["items"], state["due"]) == (0, [])
    assert shell("upkeep", "acme", "--relabel") == 2
