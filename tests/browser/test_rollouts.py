"""A rollout starts, and says why its next step is closed."""

import pytest

from tests.browser.eyes import violations

pytestmark = pytest.mark.browser


def test_a_rollout_says_why_its_next_step_is_closed(site):
    page = site.sign_in("manager")
    page.goto(site.url("rollouts/new/"))
    page.locator("[name=version]").select_option(index=0)
    page.fill("[name=pilot_items]", "5")
    page.get_by_role("button", name="Start the pilot").click()
    page.get_by_role("heading", name="Next: batch").wait_for()
    assert page.locator("[aria-current=step] h2").inner_text() == "Pilot"
    assert page.get_by_text("Opens when the pilot meets its criteria.").count() == 1
    page.locator("summary", has_text="Open batch all the same").press("Enter")
    page.get_by_role("button", name="Open batch all the same").click()  # without a reason it goes nowhere
    assert page.get_by_label("Why go on all the same").evaluate("field => field.validity.valueMissing")
    assert not violations(page)
    assert not page.problems
