import pytest
from django.urls import reverse

from labeling.actions.guidelines import write_guideline
from labeling.enums import Role, RoundState
from labeling.models import Guideline, Round
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
from tests.labeling.actions.test_guidelines import settle
from tests.labeling.queries.test_guidelines import answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


@pytest.fixture
def manager(project):
    return make_member(project, Role.MANAGER)


@pytest.fixture
def page(project):
    return reverse("labeling:guidelines", args=[project.slug])


@pytest.fixture
def case(project, manager):
    in_round = make_round(project, make_items(project, 1))
    settle(in_round.tasks.get(), why="A reason")
    Round.objects.filter(pk=in_round.pk).update(state=RoundState.CLOSED, closed_at=clock.now())
    return in_round.tasks.get()


def test_the_text_is_rendered_with_its_contents(client, project, manager, page):
    write_guideline(project=project, text="# What counts\n\n**This**\n\n## Doubt\n\n<script>x</script>", by=manager)
    client.force_login(make_member(project, Role.ANNOTATOR))

    html = client.get(page).content.decode()

    assert '<h2 id="part-what-counts">What counts</h2>' in html
    assert '<a href="#part-doubt">Doubt</a>' in html
    assert "<strong>This</strong>" in html
    assert "<script>x" not in html
    assert "Write a new version" not in html


def test_changes_against_the_version_before(client, project, manager, page):
    for text in ("a\nb", "a\nc"):
        write_guideline(project=project, text=text, by=manager)
    client.force_login(manager)

    html = client.get(page).content.decode()

    assert "What v2 changed against v1" in html
    assert html.index("<del>") < html.index("<ins>")
    assert "What v" not in client.get(f"{page}?version=1").content.decode()
    assert client.get(f"{page}?version=99").status_code == 200


def test_a_rater_reads_what_changed_since_they_last_labelled(client, project, manager, page):
    first = write_guideline(project=project, text="a", by=manager)
    ana = make_member(project, Role.ANNOTATOR)
    answered(project, ana, first)
    client.force_login(ana)
    assert "since you last labelled" not in client.get(page).content.decode()

    write_guideline(project=project, text="a\nb", by=manager)

    assert "Changed since you last labelled" in client.get(page).content.decode()
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert "since you last labelled" not in client.get(page).content.decode()


def test_a_manager_adds_an_example(client, project, manager, page, case):
    client.force_login(manager)
    assert "A reason" in client.get(page).content.decode()
    form = {"text": "a", "cases": [str(case.public_id)], f"quote-{case.public_id}": "sells things",
            f"why-{case.public_id}": "Because."}  # fmt: skip

    assert client.post(page, form).status_code == 303

    assert Guideline.objects.get().examples[0]["why"] == "Because."
    client.force_login(make_member(project, Role.ANNOTATOR))
    html = client.get(page).content.decode()
    assert "sells things</blockquote>" in html
    assert '<span class="tag">Crm</span>' in html


def test_a_refused_example_keeps_what_was_typed(client, manager, page, case):
    client.force_login(manager)
    form = {"text": "typed", "cases": [str(case.public_id)], f"quote-{case.public_id}": "not there"}

    answered = client.post(page, form)

    html = answered.content.decode()
    assert answered.status_code == 422
    assert "the quote is not in the item" in html
    assert 'value="not there"' in html
    assert "typed</textarea>" in html
    assert not Guideline.objects.exists()


@pytest.mark.parametrize("keep", [True, False])
def test_examples_stay_as_they_are_ticked(client, project, manager, page, case, keep):
    client.force_login(manager)
    client.post(page, {"text": "a", "cases": [str(case.public_id)]})

    client.post(page, {"text": "b", "keep": [case.item.external_id] if keep else []})

    assert len(Guideline.objects.get(number=2).examples) == keep


def test_the_preview_is_the_part_for_htmx_and_the_page_without(client, project, manager):
    client.force_login(manager)
    address = reverse("labeling:preview-guideline", args=[project.slug])
    form = {"text": "# Draft\n\n<img src=x onerror=alert(1)>"}

    part = client.post(address, form, headers={"HX-Request": "true"}).content.decode()
    whole = client.post(address, form).content.decode()

    assert part.strip().startswith("<section")
    assert "Draft</h2>" in part
    assert "<img" not in part
    assert "# Draft" in whole
    assert "<html" in whole
    assert not Guideline.objects.exists()


def test_a_text_that_is_too_long_is_not_previewed(client, project, manager):
    client.force_login(manager)
    address = reverse("labeling:preview-guideline", args=[project.slug])

    assert "longer than" in client.post(address, {"text": "x" * 100_001}).content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.ENGINEER, Role.ANALYST])
def test_only_managers_write_or_choose(client, project, page, case, role):
    client.force_login(make_member(project, role))

    assert client.post(page, {"text": "a"}).status_code == 404
    assert client.post(reverse("labeling:preview-guideline", args=[project.slug])).status_code == 404
    assert "A reason" not in client.get(page).content.decode()
    assert not Guideline.objects.exists()
