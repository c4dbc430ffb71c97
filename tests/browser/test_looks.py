"""Every room, wide and on a phone and in both schemes: nothing sticks out sideways and axe finds nothing."""

import json

import pytest

from tests.browser.eyes import look

pytestmark = pytest.mark.browser
PREPARE = "from tests.browser.scenes import prepare; prepare()"
ROOMS = {
    "manager": [
        "", "rounds/", "rounds/new/", "rounds/{Golden 2}/", "rounds/{Golden 1}/", "rounds/{Golden 2}/items/",
        "guidelines/", "guidelines/requests/", "people/", "items/", "agreement/", "releases/", "settings/", "imports/",
    ],
    "analyst": [
        "quality/", "quality/{Ben}/", "runs/", "evaluations/{evaluation}/",
    ],
    "engineer": ["runs/", "runs/new/", "prompts/new/"],
    "annotator": [
        "", "label/", "label/{Arabic}/", "label/{Japanese}/", "label/{Long words}/", "label/{Try it by hand}/",
        "label/{Nothing left}/", "label/{Nothing left}/answers/", "taxonomy/", "guidelines/", "../../profile/",
    ],
    "adjudicator": [
        "disputes/", "disputes/patterns/", "disputes/rechecks/", "disputes/{settled}/", "disputes/{frozen}/",
        "guidelines/requests/",
    ],
    "manager of raters": ["quality/", "quality/rounds/{Golden 2}/checks/", "quality/trainings/new/"],
}  # fmt: skip
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def scenes(running_server):
    return json.loads(running_server.manage("shell", "-v", "0", "-c", PREPARE).splitlines()[-1])


@pytest.mark.parametrize("role", ROOMS)
def test_nothing_sticks_out_and_all_can_read_it(site, scenes, role):
    page = site.sign_in(role.split()[0])
    found = []

    for path in ROOMS[role]:
        page.goto(site.url(path.format_map(scenes)))
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        found += [(path, *one) for one in look(page)]

    assert not found
    assert not page.problems


@pytest.mark.parametrize(("name", "direction", "sentences"), [("Arabic", "rtl", 3), ("Japanese", "ltr", 4)])
def test_other_scripts_read_in_their_own_direction(site, scenes, name, direction, sentences):
    page = site.sign_in("annotator2")

    page.goto(site.url(f"label/{scenes[name]}/"))

    text = page.locator(".passage")
    assert text.evaluate("one => getComputedStyle(one).direction") == direction
    assert page.locator("[data-item] h1").evaluate("one => getComputedStyle(one).direction") == direction
    assert page.locator("[data-sentence]").count() == sentences


@pytest.mark.parametrize("path", ["label/{Long words}/", "", "label/"])
def test_a_very_wide_screen_keeps_lines_readable(site, scenes, path):
    page = site.sign_in("annotator")
    page.set_viewport_size({"width": 2560, "height": 1300})

    page.goto(site.url(path.format_map(scenes)))

    widest = page.evaluate("Math.max(0, ...[...document.querySelectorAll('main p')].map((one) => one.clientWidth))")
    assert widest <= 860
    assert page.evaluate(SIDEWAYS) <= 0


def test_print_keeps_the_text_and_forced_colours_keep_the_choice(site, scenes):
    page = site.sign_in("annotator")
    page.goto(site.url(f"label/{scenes['Arabic']}/"))
    page.locator("[data-search]").wait_for()
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    chip = page.locator("[data-chosen] [data-code]")
    chip.wait_for()

    page.emulate_media(forced_colors="active")
    border = chip.evaluate("one => getComputedStyle(one).borderTopStyle")
    page.emulate_media(forced_colors="none", media="print")

    assert border == "solid"
    assert page.locator(".passage").is_visible()
    assert not page.locator(".topbar").is_visible()
    assert not page.locator(".answerbar").is_visible()
    page.goto(site.url())
    assert page.locator("main").evaluate("one => one.clientWidth") > 1000
