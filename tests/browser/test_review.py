"""The review room by keyboard alone: labels decided, one added, the answer taken back."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_tasks_are_reviewed_by_keys(site):
    page = site.sign_in("adjudicator")
    page.goto(site.url("reviews/"))
    page.get_by_role("link", name="Start reviewing").first.click()
    page.wait_for_url("**/next/")
    done = page.locator(".reviewhead")
    assert "0 done by you" in done.inner_text()
    name = page.locator("h1").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    page.keyboard.press("+")
    page.keyboard.type("payroll")
    page.keyboard.press("Enter")
    assert "Payroll" in page.locator("[data-result]").inner_text()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("1 done by you")).wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    page.get_by_text(re.compile("0 done by you")).wait_for()
    assert page.locator("h1").inner_text() == name
    assert "Payroll" in page.locator("[data-result]").inner_text()
    assert not page.problems
