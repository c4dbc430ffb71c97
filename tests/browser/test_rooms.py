"""The manager's round page and the guidelines, in a real browser: live and by keyboard."""

import re

import pytest

pytestmark = pytest.mark.browser

REFUSED = """() => {
  const event = new CustomEvent("htmx:beforeRequest", { bubbles: true, cancelable: true });
  return !document.getElementById("progress").dispatchEvent(event);
}"""


def open_round(site, name="Golden 2"):
    page = site.sign_in("manager")
    page.goto(site.url("rounds/"))
    page.get_by_role("link", name=name).click()
    page.locator("#progress").wait_for()
    return page


def test_the_round_page_fetches_itself_and_keeps_what_is_unfolded(site):
    page = open_round(site)
    page.locator("#progress details summary").last.click()
    page.evaluate("() => { document.getElementById('progress').dataset.old = 'yes'; }")

    page.wait_for_function("() => !document.getElementById('progress').dataset.old", timeout=15_000)

    page.wait_for_function("() => [...document.querySelectorAll('#progress details')].at(-1).open")
    assert not page.problems


def test_nothing_is_fetched_while_somebody_is_in_a_form_of_the_part(site):
    rater = site.sign_in("annotator")
    rater.goto(site.url("label/"))
    rater.locator(".card", has_text="Try it by hand").get_by_role("link").click()
    rater.locator("[data-search]").wait_for()
    page = open_round(site, "Try it by hand")
    assert not page.evaluate(REFUSED)

    page.get_by_label(re.compile("Who takes over .* from Alex Annotator")).first.focus()

    assert page.evaluate(REFUSED)


def test_a_seat_is_freed_from_the_page(site):
    rater = site.sign_in("annotator2")
    rater.goto(site.url("label/"))
    rater.locator(".card", has_text="Try it by hand").get_by_role("link").click()
    rater.locator("[data-search]").wait_for()
    page = open_round(site, "Try it by hand")
    buttons = page.get_by_role("button", name=re.compile("^Free .* holds"))
    before = buttons.count()

    buttons.last.click()

    page.get_by_text("The seat is free").wait_for()
    assert page.get_by_role("button", name=re.compile("^Free .* holds")).count() == before - 1


def test_ticked_items_move_to_another_band(site):
    page = open_round(site)
    page.get_by_role("link", name="Items", exact=True).last.click()
    page.get_by_label("State").select_option("open")
    page.wait_for_url(lambda url: "state=open" in url)
    page.locator("[data-tick-all]").check()
    count = page.locator("input[name=tasks]:checked").count()
    page.get_by_text(f"{count} ticked").wait_for()
    page.get_by_label("Band").select_option("3")

    page.get_by_role("button", name="Move to this band").click()

    page.get_by_text(f"{count} items moved to band 3").wait_for()
    assert "state=open" in page.url
    assert not page.problems


def test_the_preview_follows_what_is_typed(site):
    page = site.sign_in("manager")
    page.goto(site.url("guidelines/"))
    page.get_by_role("link", name="Write a new version").click()
    field = page.get_by_label("Text, in Markdown")

    field.fill("## A heading\n\n<b>raw</b> and **bold**")

    page.locator("#preview h3", has_text="A heading").wait_for()
    assert page.locator("#preview strong").inner_text() == "bold"
    assert page.locator("#preview b").count() == 0
    assert not page.problems
