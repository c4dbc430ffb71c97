"""A text altered, its label found by typing, tried, and put into the bank."""

import pytest

from tests.browser.eyes import violations

pytestmark = pytest.mark.browser


def test_a_text_is_altered_tried_and_banked(site):
    page = site.sign_in("manager")
    page.goto(site.url("red-team/new/"))
    page.fill("[name=name]", "Break it")
    page.locator("[name=prompt]").select_option("baseline-zero@1")
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("heading", name="Break it").wait_for()
    page.goto(page.url + "new/?item=co-00001")
    page.fill("[name=text]", "We repair pipes. Payroll software is nothing we sell.")
    page.locator("#changes ins").wait_for()
    page.fill("[data-search]", "corp lear")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove Corporate learning").wait_for()
    page.locator("[name=kind]").select_option("negated")
    page.fill("[name=why]", "It names what it does not sell.")
    assert not violations(page)
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("It broke.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Put it into the bank").click()
    page.get_by_role("link", name="In the bank").wait_for()
    assert page.locator(".tag.missing", has_text="Corporate learning").count() == 1
    assert not violations(page)
    assert not page.problems
