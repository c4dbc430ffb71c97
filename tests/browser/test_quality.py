"""Trainings and hidden checks in a real browser: made by a manager, taken by a rater, and for all eyes."""

import re

import pytest

from tests.browser.eyes import look

pytestmark = pytest.mark.browser


def make_training(site, name, size):
    manager = site.sign_in("manager")
    manager.goto(site.url("quality/"))
    manager.get_by_role("link", name="New training").click()
    manager.fill("[name=name]", name)
    # another test's release may be the newest, and hold only what an open round still asks
    manager.select_option("[name=release]", label="golden@1")
    manager.fill("[name=size]", str(size))
    manager.fill("[name=bar]", "0")
    manager.get_by_role("button", name="Open this training").click()
    manager.get_by_role("link", name=name).wait_for()
    return manager


def start(site, role, name, **options):
    page = site.sign_in(role, **options)
    page.goto(site.url("label/"))
    page.locator(".card", has_text=name).get_by_role("link").click()
    return page


def submit(page):
    page.wait_for_function("() => document.activeElement?.matches('[data-search]')")  # the script listens
    page.locator("[name=labels]").first.evaluate("box => box.click()")
    page.get_by_role("button", name=re.compile("Submit")).click()
    page.wait_for_url("**/feedback/")


def test_a_training_from_start_to_qualification(site):
    manager = make_training(site, "First steps", 2)
    page = start(site, "annotator", "First steps")

    submit(page)
    page.get_by_text("answer 1 of 2").wait_for()
    assert page.locator(".verdicts").evaluate("list => getComputedStyle(list).display") == "grid"
    page.keyboard.press("n")
    page.wait_for_url(lambda url: "feedback" not in url)
    submit(page)
    page.keyboard.press("n")

    page.get_by_text("You passed.").wait_for()
    assert not page.problems
    manager.goto(site.url("quality/"))
    manager.get_by_role("link", name="Alex Annotator").click()
    manager.get_by_text("valid", exact=True).wait_for()
    manager.get_by_role("button", name="End the qualification").click()
    manager.get_by_role("button", name="Grant for 90 days").wait_for()


def test_a_training_without_a_script(site):
    make_training(site, "Without a script", 1)
    page = start(site, "annotator2", "Without a script", java_script_enabled=False)
    page.locator("[name=none_applies]").check()
    page.get_by_role("button", name=re.compile("Submit")).click()
    page.get_by_text("Your answer beside the known one").wait_for()
    page.get_by_role("link", name=re.compile("See how you did")).click()
    page.get_by_text("You passed.").wait_for()


def test_checks_are_mixed_in_and_more_choices_fold(site):
    page = site.sign_in("manager")
    page.goto(site.url("quality/"))
    page.locator("tr", has_text="Golden 2").get_by_role("link", name=re.compile("Add checks")).click()
    page.fill("[name=share]", "2")
    page.get_by_role("button", name="Mix them in").click()
    page.get_by_text("Hidden checks mixed into").wait_for()
    page.goto(site.url("rounds/new/"))
    assert not page.locator("[name=quick_labels]").is_visible()
    page.locator("summary", has_text="More choices").click()
    page.fill("[name=quick_labels]", "no-such-label")
    page.fill("[name=name]", "Never made")
    page.click("[name=preview]")
    page.get_by_text("no label with the code").wait_for()
    assert page.locator("[name=quick_labels]").is_visible()


def test_a_training_is_for_all_eyes(site):
    make_training(site, "All eyes", 1)
    rater = start(site, "adjudicator", "All eyes")
    submit(rater)
    found = look(rater)
    rater.keyboard.press("n")
    rater.get_by_text("You passed.").wait_for()
    found += look(rater)
    assert not found
