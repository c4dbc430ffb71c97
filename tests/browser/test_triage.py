"""Triage by keyboard alone: a category goes on, a note is kept, undo goes back."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_errors_are_judged_by_keys(site):
    page = site.sign_in("engineer")
    page.goto(site.url("triage/"))
    page.get_by_role("link", name=re.compile("baseline-zero")).first.click()
    page.get_by_role("link", name=re.compile("judging")).click()
    page.wait_for_url("**/errors/1/")
    page.keyboard.press("n")
    page.keyboard.type("3 words")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.wait_for_url("**/errors/2/")
    page.keyboard.press("k")
    page.wait_for_url("**/errors/1/")
    assert page.locator("#note").input_value() == "3 words"
    assert page.locator("[aria-pressed=true]").inner_text().endswith("Ambiguous text")
    page.keyboard.press("j")
    page.wait_for_url("**/errors/2/")
    page.keyboard.press("u")
    page.wait_for_url("**/errors/1/")
    assert page.locator("[aria-pressed=true]").count() == 0
    assert not page.problems
