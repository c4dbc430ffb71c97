"""The labelling screen in a real browser: how few keys it takes, and each state in which something could be lost."""

import os
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from evaluation.demo.content.taxonomy import offerings
from labeling.labelsearch import Findable, rank

pytestmark = pytest.mark.browser
SUBMIT = "Control+Enter"


def begin(site, *, role="annotator", round_name="Try it by hand", **options):
    page = site.sign_in(role, **options)
    page.goto(site.url("label/"))
    page.locator(".card", has_text=round_name).get_by_role("link").click()
    page.locator("[data-item]").wait_for()
    page.locator("[data-search]:focus").wait_for()
    while chosen(page):  # what an earlier test left as a draft
        page.keyboard.press("Backspace")
    return page


def heading(page):
    return page.locator("[data-item] h1").inner_text()


def chosen(page):
    return page.locator("[data-chosen] [data-code]").evaluate_all("all => all.map(one => one.dataset.code)")


class Hands:
    """Presses keys on a page and counts them; it has no mouse."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def record(name, value):
    """For the line that `make test-browser` prints."""
    if path := os.environ.get("KEYS_FILE"):
        with Path(path).open("a") as file:
            file.write(f"{name}={value}\n")


def fewest_keys(labels, place):
    """The least to type for a label by what it is called: letters, then Enter or its number among those found."""
    name = labels[place].name.lower()
    words = re.findall(r"\w+", name)
    tries = {name[:length] for length in range(1, len(name) + 1)}
    tries |= {a[:x] + b[:y] for a, b in pairwise(words) for x in (1, 2, 3) for y in (1, 2, 3)}
    tries |= {"".join(word[0] for word in words)}
    found = {
        one: rank(labels, one).index(place) for one in tries if not one.endswith(" ") and place in rank(labels, one)
    }
    query = min((one for one, at in found.items() if at < 9), key=lambda one: (len(one), found[one], one))
    return [*query, "Enter" if found[query] == 0 else str(found[query] + 1)]


def taxonomy_as_on(page):
    rows = page.locator("[data-option]").evaluate_all(
        "all => all.map(one => ({code: one.firstElementChild.value, name: one.dataset.name, path: one.dataset.path,"
        " synonyms: one.dataset.synonyms ? one.dataset.synonyms.split('|') : []}))"
    )
    return [Findable(**row) for row in rows]


def test_four_labels_of_the_taxonomy_take_at_most_fifteen_keys(site):
    page = begin(site, role="annotator2")
    labels = taxonomy_as_on(page)
    assert len(labels) == len(offerings()) >= 110
    counts = []
    for seed in range(5):
        wanted = random.Random(seed).sample(range(len(labels)), 4)
        before, hands = heading(page), Hands(page)
        for place in wanted:
            hands.press(*fewest_keys(labels, place))
        assert chosen(page) == [labels[place].code for place in wanted]
        hands.press(SUBMIT)
        site.wait_for_another(page, before)
        counts.append(hands.pressed)
    record("label4", max(counts))
    assert max(counts) <= 15
    assert not page.problems


def test_none_applies_takes_two_keys(site):
    page = begin(site, role="annotator2")
    before, hands = heading(page), Hands(page)
    hands.press("0", SUBMIT)
    site.wait_for_another(page, before)
    record("none", hands.pressed)
    assert hands.pressed <= 2


def test_the_quick_row_holds_the_raters_own_recent_labels(site):
    page = begin(site, role="annotator2")
    before = heading(page)
    for text in ("payr", "erp"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    used = chosen(page)
    page.keyboard.press(SUBMIT)
    site.wait_for_another(page, before)
    page.keyboard.press("2")
    assert chosen(page) == [used[1]]
    page.keyboard.press("Backspace")
    assert chosen(page) == []
    page.keyboard.press("Control+z")
    assert chosen(page) == [used[1]]
    page.keyboard.press("Control+Shift+z")
    assert chosen(page) == []


def test_evidence_by_keyboard_takes_three_keys_a_quote_and_reaches_the_server(site):
    page = begin(site)
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.keyboard.press("F2")
    hands = Hands(page)
    hands.press("j", "Space", "1")
    assert hands.pressed <= 3
    quoted = page.locator(".sentence.quoted")
    assert quoted.count() == 1
    said = quoted.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("Submitted").wait_for()
    page.keyboard.press("[")
    own = page.locator("[data-own-answer]")
    own.get_by_text("unsure").wait_for()
    assert said in own.locator("blockquote").inner_text()
    page.keyboard.press("Escape")


def test_evidence_by_mouse(site):
    page = begin(site)
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    box = page.locator("[data-sentence]").first.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 10, steps=5)
    page.mouse.up()
    page.keyboard.press("1")
    assert page.locator(".sentence.quoted").count() == 1


def test_a_submission_is_taken_back_with_everything_in_it(site):
    page = begin(site)
    before = heading(page)
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+m")
    page.keyboard.type("a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+b")
    page.keyboard.press(SUBMIT)
    page.get_by_text("Submitted").wait_for()
    page.keyboard.press("Control+z")
    page.locator("[data-state]", has_text="Taken back").wait_for()
    assert heading(page) == before
    assert page.locator("[name=comment]").input_value() == "a thought"
    assert page.locator("[data-run=flag]").get_attribute("aria-pressed") == "true"
    page.keyboard.press(SUBMIT)
    site.wait_for_another(page, before)


def test_skipping_asks_for_one_of_five_reasons(site):
    page = begin(site)
    before = heading(page)
    page.keyboard.press("Control+.")
    page.get_by_role("heading", name="Why do you skip").wait_for()
    assert page.locator("[data-reason]").count() == 5
    page.keyboard.press("2")
    site.wait_for_another(page, before)
    page.locator("[data-state]", has_text="Skipped").wait_for()
    page.get_by_role("link", name="My answers").click()
    assert before not in page.locator("main").inner_text()


def test_the_next_item_is_there_before_it_is_asked_for(site):
    page = begin(site)
    page.wait_for_load_state("networkidle")
    before = heading(page)
    page.context.set_offline(True)
    page.keyboard.press("0")
    page.keyboard.press(SUBMIT)
    site.wait_for_another(page, before)  # without the network
    page.get_by_text("Offline: kept on this machine").wait_for()
    page.context.set_offline(False)
    page.get_by_text("Submitted").wait_for()
    assert page.get_by_text("Offline: kept on this machine").is_hidden()


def test_an_answer_given_offline_survives_a_closed_tab(site):
    page = begin(site)
    page.wait_for_load_state("networkidle")
    before = heading(page)
    page.route("**/submit/", lambda route: route.abort())
    page.keyboard.press("0")
    page.keyboard.press(SUBMIT)
    page.get_by_text("1 to send").wait_for()
    page.unroute("**/submit/")
    page.reload()
    page.get_by_text("Submitted").wait_for()
    page.goto(site.url("label/"))
    page.locator(".card", has_text="Try it by hand").get_by_role("link").click()
    page.get_by_role("link", name="My answers").click()
    assert before in page.locator("table").inner_text()


def test_a_server_error_is_tried_again_and_the_answer_counts_once(site):
    page = begin(site)
    page.wait_for_load_state("networkidle")
    done = int(page.locator("[data-done]").inner_text())
    failures = iter([500, 503])

    def answer(route):
        status = next(failures, None)
        if status is None:
            return route.continue_()
        return route.fulfill(status=status, body="no")

    page.route("**/submit/", answer)
    page.keyboard.press("0")
    page.keyboard.press(SUBMIT)
    page.get_by_text("Submitted").wait_for()
    page.unroute("**/submit/")
    page.reload()
    assert int(page.locator("[data-done]").inner_text()) == done + 1


def test_a_draft_survives_a_closed_tab(site):
    page = begin(site)
    before = heading(page)
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.get_by_text("Draft saved").wait_for()
    page.evaluate("localStorage.clear()")  # what is left is the server's
    page.reload()
    page.locator("[data-chosen] [data-code]").wait_for()
    assert heading(page) == before
    page.keyboard.press("Backspace")
    page.get_by_text("Draft saved").wait_for()


def test_a_second_tab_can_take_over(site):
    page = begin(site)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("heading", name="open in another tab").wait_for()
    other.get_by_role("button", name="Work in this tab").click()
    other.locator("[data-search]:focus").wait_for()
    page.get_by_role("heading", name="open in another tab").wait_for()
    assert heading(other) == heading(page)
    assert other.locator("dialog[open]").count() == 0


def test_two_machines_with_one_draft_are_shown_side_by_side(site):
    one, other = begin(site), begin(site)
    assert heading(one) == heading(other)
    one.keyboard.type("payr")
    one.keyboard.press("Enter")
    one.get_by_text("Draft saved").wait_for()
    other.keyboard.type("erp")
    other.keyboard.press("Enter")
    other.get_by_role("heading", name="changed in two places").wait_for()
    other.get_by_role("button", name="Put both together").click()
    other.get_by_text("Draft saved").wait_for()
    assert len(chosen(other)) == 2
    other.keyboard.press("Backspace")
    other.keyboard.press("Backspace")
    other.get_by_text("Draft saved").wait_for()


def test_a_session_that_ended_is_taken_up_over_the_page(site):
    page = begin(site)
    page.wait_for_load_state("networkidle")
    before = heading(page)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.keyboard.press(SUBMIT)
    page.get_by_role("heading", name="Your session has ended").wait_for()
    page.fill("#again-password", "not the password")
    page.get_by_role("button", name="Sign in and go on").click()
    page.get_by_text("not right").wait_for()
    page.fill("#again-password", site.password)
    page.get_by_role("button", name="Sign in and go on").click()
    page.get_by_text("Submitted").wait_for()
    page.get_by_role("link", name="My answers").click()
    assert before in page.locator("table").inner_text()


def test_a_reservation_that_ran_out_loses_nothing(site):
    page = begin(site)
    page.wait_for_load_state("networkidle")
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.get_by_text("Draft saved").wait_for()
    page.route("**/renew/", lambda route: route.fulfill(json={"held": False, "paused": False}))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("heading", name="You were away for a while").wait_for()
    page.get_by_role("button", name="Go on").click()
    before = heading(page)
    page.keyboard.press(SUBMIT)
    page.get_by_text("Submitted").wait_for()
    page.unroute("**/renew/")
    page.goto(page.url + "answers/")
    page.get_by_role("link", name=before).click()
    assert "Payroll" in page.locator("[data-own-answer]").inner_text()


def test_a_paused_round_says_so_and_keeps_the_draft(site):
    manager = site.sign_in("manager")
    manager.goto(site.url("rounds/"))
    manager.get_by_role("link", name="Try it by hand").click()
    page = begin(site)
    page.keyboard.type("payr")
    page.keyboard.press("Enter")
    page.get_by_text("Draft saved").wait_for()
    kept = chosen(page)
    manager.get_by_role("button", name="Pause", exact=False).first.click()
    try:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.get_by_role("heading", name="This round is paused").wait_for()
        page.reload()
        page.get_by_role("heading", name="This round is paused").wait_for()
    finally:
        manager.get_by_role("button", name=re.compile("Go on|Resume")).first.click()
    manager.get_by_text("The round goes on.").wait_for()
    page.evaluate("localStorage.clear()")  # what is left is the server's
    page.reload()
    page.locator("[data-chosen] [data-code]").wait_for()
    assert chosen(page) == kept


def test_a_taxonomy_that_changed_is_shown_and_the_draft_carried_over(site, tmp_path):
    first, second, items = (tmp_path / name for name in ("v1.csv", "v2.csv", "items.csv"))
    first.write_text("code,name\npay,Payroll\nold,Fax machines\n")
    second.write_text("code,name\npay,Payroll services\nnew,Chatbots\n")
    items.write_text("id,name,text\n1,One,We run payrolls.\n2,Two,We sell fax machines.\n")
    site.run_all(
        ("create_project", "moving", "--name", "Moving", "--manager", "manager@demo.example"),
        ("create_user", "annotator@demo.example", "--project", "moving", "--role", "annotator"),
        ("import_taxonomy", "moving", str(first)),
        ("import_items", "moving", str(items)),
        ("sample_round", "moving", "--name", "First", "--size", "2", "--by", "", "--seed", "1"),
    )
    page = site.sign_in("annotator")
    page.goto(f"{site.base}/projects/moving/label/")
    page.locator("[data-search]:focus").wait_for()
    for text in ("payr", "fax"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    page.get_by_text("Draft saved").wait_for()
    site.run("import_taxonomy", "moving", str(second))
    manager = site.sign_in("manager")
    manager.goto(f"{site.base}/projects/moving/rounds/")
    manager.get_by_role("link", name="First").click()
    manager.get_by_role("button", name="Use taxonomy v2").click()

    page.route("**/renew/", lambda route: (page.wait_for_timeout(500), route.continue_()))  # it is waited for
    page.keyboard.press(SUBMIT)

    page.get_by_role("heading", name="The labels have changed").wait_for()
    changes = page.locator("[data-changes]").inner_text()
    assert "old: Fax machines" in changes
    assert "in your draft" in changes
    page.get_by_role("button", name="Go on with the new labels").click()
    page.locator("[data-chosen] [data-code]").first.wait_for()
    assert chosen(page) == ["pay"]


def test_keys_can_be_chosen(site):
    page = site.sign_in("annotator2")
    page.goto(f"{site.base}/profile/")
    page.get_by_label("No label applies").fill("ctrl+0")
    page.get_by_role("button", name="Save the keys").click()
    page.get_by_text("digits 1 to 9 are not free").or_(page.get_by_text("Saved.")).first.wait_for()
    page.get_by_label("No label applies").fill("ctrl+d")
    page.get_by_role("button", name="Save the keys").click()
    page.get_by_text("Saved.").wait_for()
    working = begin(site, role="annotator2")
    working.keyboard.press("Control+d")
    assert working.locator("[data-run=none]").get_attribute("aria-pressed") == "true"
    working.keyboard.press("Control+d")
    page.goto(f"{site.base}/profile/")
    page.get_by_label("No label applies").fill("0")
    page.get_by_role("button", name="Save the keys").click()
    page.get_by_text("Saved.").wait_for()


def test_commands_can_be_found_by_name(site):
    page = begin(site)
    page.keyboard.press("Control+k")
    page.keyboard.type("flag")
    page.keyboard.press("Enter")
    assert page.locator("[data-run=flag]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Control+b")
    page.keyboard.press("F1")
    page.get_by_role("heading", name="Keys").wait_for()
    page.keyboard.press("Escape")


def test_the_ranking_in_the_browser_is_the_one_in_python(site):
    import json

    shared = json.loads((Path(__file__).resolve().parents[1] / "shared" / "label_search.json").read_text())
    page = begin(site)
    source = page.locator("script[src*='/js/label']").get_attribute("src")
    found = page.evaluate(
        """async ([source, labels, queries]) => {
          const text = await (await fetch(source)).text();
          const name = text.match(/from "\\.\\/(options[^"]*)"/)[1];
          const inner = await (await fetch(new URL(name, new URL(source, location)))).text();
          const url = new URL(inner.match(/from "\\.\\/(rank[^"]*)"/)[1], new URL(source, location));
          const { index, rank } = await import(url);
          const indexed = index(labels);
          return queries.map((query) => rank(indexed, query).map((place) => labels[place].code));
        }""",
        [source, shared["labels"], [case["query"] for case in shared["cases"]]],
    )
    assert found == [case["found"] for case in shared["cases"]]
