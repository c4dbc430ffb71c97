"""The adjudication room by keyboard alone, without JavaScript, and for all eyes."""

import os
import re
from pathlib import Path

import pytest

from tests.browser.eyes import look

pytestmark = pytest.mark.browser


class Keys:
    """Presses keys and counts them; a chord is one."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def press(self, *names):
        for name in names:
            self.page.keyboard.press(name)
            self.pressed += 1


def record(name, number):
    """Keep a measured number of key presses where the one who measures asked for it."""
    if path := os.environ.get("KEYS_FILE"):
        with Path(path).open("a") as kept:
            kept.write(f"{name}={number}\n")


def make_disputes(site, name, *said):
    """A round of as many items as each rater has answers, on which the raters said these things, labels by name."""
    manager = site.sign_in("manager")
    manager.goto(site.url("rounds/new/"))
    manager.fill("[name=name]", name)
    manager.fill("[name=size]", str(len(said[0])))
    manager.fill("[name=undo_seconds]", "0")
    manager.click("[name=preview]")
    manager.locator("svg.chart").wait_for()
    manager.click("[name=make]")
    manager.get_by_role("heading", name=name).wait_for()
    for role, answers in zip(("annotator", "annotator2"), said, strict=True):
        page = site.sign_in(role)
        page.goto(site.url("label/"))
        page.locator(".card", has_text=name).get_by_role("link").click()
        for labels in answers:
            page.locator(".options.live").wait_for()  # until then the rows still move
            for label in labels:
                page.locator(f"[data-option][data-name='{label}'] input").check()
            site.submit(page)
        page.context.close()
    manager.context.close()


def open_first(site, name, **options):
    judge = site.sign_in("adjudicator", **options)
    judge.goto(site.url("disputes/"))
    row = judge.locator("tr", has_text=name).first
    for _ in range(75):  # the sweep settles what is due within seconds, on a busy machine in a minute
        if row.count():
            break
        judge.wait_for_timeout(1000)
        judge.reload()
    row.get_by_role("button", name="Open").click()
    judge.get_by_text("Where they differ").wait_for()
    if options.get("java_script_enabled", True):
        judge.get_by_text("0 of 2 decided").wait_for()  # the keys are listened to
    return judge


def decided(page, label):
    return page.locator(f"[data-name='{label}'] [type=radio]:checked").get_attribute("value")


def test_two_disputes_take_at_most_five_keys_and_no_mouse(site):
    make_disputes(site, "By keys", [["Payroll"]] * 2, [["Chatbots"]] * 2)
    page = open_first(site, "By keys")
    name, keys = page.locator("h1").inner_text(), Keys(page)

    keys.press("y", "n", "Control+Enter")

    page.wait_for_function("before => document.querySelector('h1')?.innerText !== before", arg=name)
    page.get_by_text("Where they differ").wait_for()
    assert keys.pressed <= 5
    record("dispute2", keys.pressed)
    page.keyboard.press("Control+z")
    page.wait_for_function("before => document.querySelector('h1')?.innerText === before", arg=name)
    assert sorted([decided(page, "Payroll"), decided(page, "Chatbots")]) == ["no", "yes"]
    assert not page.problems


def test_every_key_does_what_its_button_says(site):
    make_disputes(site, "Every key", [["Payroll"]], [["Chatbots"]])
    page = open_first(site, "Every key")
    rows = page.locator("[data-row]")

    page.keyboard.press("j")
    assert "at" in rows.nth(1).get_attribute("class")
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.keyboard.press("3")
    assert rows.nth(0).locator("select").input_value() == "rater_slip"
    page.keyboard.press("Control+Enter")
    page.get_by_text("Still open:").wait_for()
    page.keyboard.press("+")
    page.keyboard.type("road f")
    page.keyboard.press("Enter")
    page.get_by_text("added: Road freight").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.get_by_text("Settles as: Road freight").wait_for()
    page.keyboard.press("l")
    page.get_by_role("heading", name="The model's answer").wait_for()
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("What of yes and no?")
    page.keyboard.press("Control+Enter")
    page.get_by_text("your question about the guidelines went to the manager").wait_for()
    assert not page.problems


def test_a_returned_answer_says_why_and_marks_what_changes(site):
    make_disputes(site, "Sent back", [["Payroll"]], [["Chatbots"]])
    judge = open_first(site, "Sent back")
    judge.locator("[data-return] summary").click()
    judge.locator("#return-reason").select_option("guideline_changed")
    judge.get_by_role("button", name="Return it").click()
    judge.get_by_text("went back to its rater").wait_for()

    for role in ("annotator", "annotator2"):  # whose answer was A is drawn, so one of the two has it back
        page = site.sign_in(role)
        page.goto(site.url("label/"))
        page.locator(".card", has_text="Sent back").get_by_role("link").click()
        page.locator("[data-item], .empty").first.wait_for()
        if page.locator("[data-item]").count():
            break
    page.get_by_text("An adjudicator sent this back: guideline changed.").wait_for()
    page.locator("[data-search]:focus").wait_for()
    page.keyboard.press("Backspace")
    page.keyboard.type("road f")
    page.keyboard.press("Enter")

    page.locator("[data-chosen]", has_text="was taken out").wait_for()
    page.get_by_role("button", name="Remove Road freight").get_by_text("new").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing to label right now").wait_for()
    page.goto(page.url + "answers/")
    page.locator("table a").first.click()
    assert "Road freight" in page.locator("[data-own-answer]").inner_text()


def test_it_works_without_javascript(site):
    make_disputes(site, "Plain", [["Payroll"]], [["Chatbots"]])
    page = open_first(site, "Plain", java_script_enabled=False)
    page.locator("[data-name=Payroll] [value=yes]").check(force=True)
    page.get_by_role("button", name=re.compile("Settle")).click()
    page.get_by_text("Still open: Chatbots").wait_for()
    assert decided(page, "Payroll") == "yes"
    page.locator("[data-name=Chatbots] [value=no]").check(force=True)
    page.get_by_role("button", name=re.compile("Settle")).click()
    assert not page.get_by_text("Still open").count()


def test_an_open_dispute_is_for_all_eyes(site):
    page = site.sign_in("adjudicator")
    page.goto(site.url("disputes/"))
    page.get_by_role("button", name="Open the next").click()
    page.get_by_text("Where they differ").wait_for()
    for opened in page.locator("main details").all():
        opened.evaluate("one => { one.open = true; }")
    assert not look(page)
    assert not page.problems
