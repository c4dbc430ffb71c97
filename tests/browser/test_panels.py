"""Panels by keyboard alone: scores by a rubric, and which of two is better."""

import re

import pytest

from tests.browser.eyes import violations

pytestmark = pytest.mark.browser


def done(page):
    return page.locator("progress[aria-label='Your progress']").get_attribute("value")


def test_an_output_is_scored_by_keys_and_nothing_tells_which_run_wrote_it(site):
    page = site.sign_in("annotator")
    page.goto(site.url("panels/"))
    page.locator("tr", has_text="Try it by hand").get_by_role("link").click()
    page.locator("[data-criterion].at").wait_for()
    before = done(page)
    for score in "43":
        page.keyboard.press(score)
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")  # three are open: it stays, and says so
    page.wait_for_function("document.querySelectorAll('[data-criterion] :checked').length === 2")
    assert done(page) == before
    for _ in range(page.locator("[data-criterion]").count() - 2):
        page.keyboard.press("5")
        page.keyboard.press("Tab")
    assert "baseline" not in page.content()
    assert not violations(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_function("value => document.querySelector('progress').getAttribute('value') !== value", arg=before)
    page.keyboard.press("b")
    page.wait_for_function("document.querySelectorAll('[data-criterion] :checked').length === 5")
    scores = [one.get_attribute("value") for one in page.locator("[data-criterion] :checked").all()]
    assert scores == ["4", "3", "5", "5", "5"]
    assert not page.problems


def test_pairs_are_chosen_between_by_one_key_each(site):
    manager = site.sign_in("manager")
    manager.goto(site.url("panels/new/"))
    manager.fill("[name=name]", "Side by side")
    manager.locator("[name=kind]").select_option("pairs")
    for name in ("baseline-few v1 on golden v1 dev", "baseline-zero v1 on golden v1 dev"):
        manager.get_by_label(name, exact=True).check()
    manager.fill("[name=size]", "20")
    for name in ("Alex Annotator", "Billie Annotator"):
        manager.locator("[name=raters]").and_(manager.get_by_label(name)).check()
    manager.get_by_role("button", name="Make the panel").click()
    manager.get_by_role("heading", name="Side by side").wait_for()
    page = site.sign_in("annotator")
    page.goto(site.url("panels/"))
    page.locator("tr", has_text="Side by side").get_by_role("link").click()
    page.locator("[data-pairs]").wait_for()
    assert "baseline" not in page.content()
    assert not violations(page)
    first = page.url
    page.keyboard.press("ArrowLeft")
    page.get_by_text("You chose X before this").wait_for()
    page.keyboard.press("Backspace")
    page.get_by_text("You chose X here").wait_for()
    page.keyboard.press("0")
    page.get_by_text(re.compile("You chose a tie before this")).wait_for()
    assert page.url != first or done(page) == "1"
    assert not page.problems
