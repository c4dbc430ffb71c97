"""What watches by itself: an alert that fires and is acknowledged, a day of the calendar that is overdue and done."""

import pytest

from tests.browser.eyes import violations

pytestmark = pytest.mark.browser


def test_a_rule_is_tried_fires_and_is_acknowledged(site):
    page = site.sign_in("manager")
    page.goto(site.url("alerts/"))
    page.get_by_role("link", name="New rule").click()
    page.fill("[name=name]", "Short of perfect")
    page.locator("[name=metric]").select_option("micro_f1")
    page.fill("[name=threshold]", "0.999")
    page.get_by_role("button", name="Preview").press("Enter")
    page.locator("#preview").get_by_text("Fires now", exact=True).wait_for(timeout=60_000)
    assert not violations(page)
    page.get_by_role("button", name="Make the rule").click()
    page.get_by_role("heading", name="Short of perfect Firing").wait_for()
    page.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Acknowledge").wait_for(state="detached")
    page.goto(site.url("alerts/"))
    row = page.locator(".alert-row", has_text="Short of perfect")
    assert "Mara Manager sees to it" in row.inner_text()
    assert not violations(page)
    assert not page.problems


def test_what_is_overdue_is_done_from_the_calendar(site):
    page = site.sign_in("manager")
    page.goto(site.url("calendar/"))
    late = page.get_by_role("region", name="Overdue").get_by_role("link").first
    title = late.inner_text()
    assert not violations(page)
    late.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=title).wait_for()
    page.get_by_label("What was done, or why not").fill("Agreed on the phone.")
    page.get_by_role("button", name="Close").click()
    page.wait_for_load_state()
    page.goto(site.url("calendar/"))
    assert page.get_by_role("region", name="Overdue").get_by_role("link", name=title).count() == 0
    assert not page.problems
