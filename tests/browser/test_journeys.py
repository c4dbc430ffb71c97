"""The main journeys, in a real browser: the whole loop by hand, by keyboard, without JavaScript, and for all eyes."""

import re

import pytest

pytestmark = pytest.mark.browser


def tick(page, *names):
    page.locator(".options.live").wait_for()  # until then the rows still move
    for name in names:
        page.locator(f"[data-option][data-name='{name}'] input").check()


def label(site, page, *names):
    """Answer the item on the page; the next one comes in its place."""
    if names:
        tick(page, *names)
    else:
        page.get_by_role("button", name=re.compile("None applies")).click()
    return site.submit(page)


def test_the_whole_loop_by_hand(site):
    manager = site.sign_in("manager")
    manager.goto(site.url("rounds/new/"))
    manager.fill("[name=name]", "The loop")
    manager.fill("[name=size]", "3")
    manager.fill("[name=undo_seconds]", "0")
    manager.click("[name=preview]")
    manager.locator("svg.chart").wait_for()
    manager.click("[name=make]")
    manager.get_by_role("heading", name="The loop").wait_for()
    round_url = manager.url

    said = {}
    for role, extra in (("annotator", "Payroll"), ("annotator2", "Chatbots")):
        page = site.sign_in(role)
        page.goto(site.url("label/"))
        page.locator(".card", has_text="The loop").get_by_role("link").click()
        for place in range(3):
            name = page.locator("h1").inner_text()
            said.setdefault(name, []).append(role)
            label(site, page, *(["Road freight"] if place != 1 else [extra]))
        page.get_by_text("Nothing to label right now").wait_for()
        assert not page.problems
    assert {len(roles) for roles in said.values()} == {2}

    judge = site.sign_in("adjudicator")
    judge.goto(site.url("disputes/"))
    row = judge.locator("tr", has_text="The loop").first
    for _ in range(75):  # the sweep settles what is due within seconds, on a busy machine in a minute
        if row.count():
            break
        judge.wait_for_timeout(1000)
        judge.reload()
    row.get_by_role("button", name="Open").click()
    judge.get_by_text("Where they differ").wait_for()
    rows = judge.locator("[data-row]")
    for place in range(rows.count()):
        answer = "yes" if rows.nth(place).get_attribute("data-name") == "Payroll" else "no"
        rows.nth(place).locator(f"[value={answer}]").check()
    judge.fill("[name=rationale]", "It sells payroll.")
    judge.get_by_role("button", name=re.compile("Settle")).click()
    judge.wait_for_url(re.compile("disputes"))

    manager.goto(round_url)
    manager.get_by_role("link", name="Freeze a release").click()
    manager.fill("[name=dev]", "100")
    manager.fill("[name=test]", "0")
    manager.fill("[name=fewshot]", "0")
    manager.fill("[name=override_reason]", "A test by hand.")
    manager.get_by_role("button", name="Freeze for good").click()
    manager.get_by_role("heading", name=re.compile("The loop@1")).wait_for()

    engineer = site.sign_in("engineer")
    engineer.goto(site.url("runs/new/"))
    engineer.select_option("[name=prompt]", "baseline-zero@1")
    engineer.select_option("[name=on]", "The loop@1:dev")
    engineer.get_by_role("button", name="Start the run").click()
    engineer.get_by_role("button", name="Score").click(timeout=40_000)
    engineer.get_by_text("Micro F1").first.wait_for()
    assert re.search(r"Micro F1 is \d\.\d{2}", engineer.locator("main").inner_text())
    assert not engineer.problems


def test_an_answer_without_labels_is_asked_again_and_loses_nothing(site):
    page = site.sign_in("annotator")
    page.goto(site.url("label/"))
    page.locator(".card", has_text="Golden 2").get_by_role("link").click()
    page.locator("[data-search]:focus").wait_for()
    while page.locator("[data-chosen] [data-code]").count():  # what an earlier test left as a draft
        page.keyboard.press("Backspace")
    name = page.locator("h1").inner_text()
    page.fill("[name=comment]", "A thought to keep")
    page.get_by_role("button", name=re.compile("Submit")).click()
    page.get_by_text("Choose at least one label").wait_for()
    assert page.locator("h1").inner_text() == name
    assert page.locator("[name=comment]").input_value() == "A thought to keep"


def test_labelling_works_without_javascript(site):
    page = site.sign_in("annotator2", java_script_enabled=False)
    page.goto(site.url("label/"))
    page.locator(".card", has_text="Golden 2").get_by_role("link").click()
    before = page.locator("h1").inner_text()
    page.locator("[name=labels][value=hr-payroll]").check()
    page.get_by_role("button", name=re.compile("Submit")).click()
    assert page.locator("h1").inner_text() != before


def test_a_manager_invites_somebody_who_joins(site):
    manager = site.sign_in("manager")
    manager.goto(site.url("people/"))
    manager.fill("[name=email]", "newcomer@example.org")
    manager.locator("main form.form [name=role]").select_option("analyst")
    manager.get_by_role("button", name="Make the link").click()
    link = manager.locator("#link").input_value()
    stranger = site.browser.new_context().new_page()
    stranger.goto(link)
    stranger.fill("[name=name]", "New Comer")
    stranger.fill("[name=password]", "a-very-good-password-77")
    stranger.get_by_role("button", name="Join").click()
    stranger.get_by_role("heading", name="B2B offerings").wait_for()
    stranger.goto(link)
    stranger.get_by_text("This link does not work").wait_for()


def test_importing_items_with_a_preview(site, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text(
        "id,name,text,sector\nn-1,New One,We sell <b>crates</b>.,Logistics\nn-2,New Two,=SUM(A1),Logistics\n"
    )
    page = site.sign_in("manager")
    page.goto(site.url("imports/"))
    page.set_input_files("[name=file]", str(path))
    page.get_by_role("button", name="Show the columns").click()
    page.get_by_text("What is each column?").wait_for()
    page.get_by_role("button", name="Import").click()
    page.locator("#state").get_by_text("Done.").wait_for(timeout=30_000)
    page.goto(site.url("items/?q=n-1"))
    page.get_by_role("link", name="n-1").click()
    page.get_by_text("We sell <b>crates</b>.").wait_for()  # shown as text, not as markup
