"""Files out and in: an export that is written and fetched, and annotations whose label is unknown here."""

import json

import pytest

from tests.browser.eyes import violations

pytestmark = pytest.mark.browser


def test_an_export_is_written_and_fetched(site):
    page = site.sign_in("manager")
    page.goto(site.url("exports/"))
    page.get_by_role("button", name="Write the file").click()
    link = page.get_by_role("link", name="Download", exact=True)
    link.wait_for(timeout=60_000)
    assert not violations(page)
    with page.expect_download() as fetched:
        link.press("Enter")
    text = fetched.value.path().read_text()
    assert text.startswith("item,rater,labels")
    assert len(text.splitlines()) > 100
    assert not page.problems


def test_an_unknown_label_is_mapped(site, tmp_path):
    choices = {"from_name": "offers", "to_name": "text", "type": "choices", "value": {"choices": ["Payroll", "Blimps"]}}
    task = {
        "id": 1, "data": {"id": "co-00001"},
        "annotations": [{"id": 1, "completed_by": {"email": "jane@elsewhere.example"}, "result": [choices]}],
    }  # fmt: skip
    path = tmp_path / "studio.json"
    path.write_text(json.dumps([task]))
    page = site.sign_in("manager")
    page.goto(site.url("rounds/imports/"))
    page.set_input_files("[type=file]", path)
    page.get_by_label("Name of the round").fill("From elsewhere")
    page.get_by_role("button", name="Look into the file").click()
    page.get_by_label("Blimps").select_option(label="Recruiting software")
    assert not violations(page)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="To the round").wait_for(timeout=60_000)
    assert page.locator(".metric", has_text="Ratings written").locator(".value").inner_text() == "1"
    assert not page.problems
