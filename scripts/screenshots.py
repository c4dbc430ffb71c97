"""Pictures of each screen and state, light and dark, wide and narrow, into screenshots/.

usage: python scripts/screenshots.py [SCREEN ...]      only the groups named: label adjudicate round quality others
"""

import json
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.server import CHROMIUM, Site, find_chromium, running  # noqa: E402 -- the path comes first

OUT = ROOT / "screenshots"
SIZES = {1440: 900, 390: 844}


class Camera:
    """Takes each state in both schemes and both widths."""

    def __init__(self):
        OUT.mkdir(exist_ok=True)
        self.taken = 0

    def take(self, page, name, *, whole=True, settle=250):
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(settle)
                page.screenshot(path=OUT / f"{name}-{scheme}-{width}.png", full_page=whole)
                self.taken += 1
        page.set_viewport_size({"width": 1440, "height": 900})
        print(f"  {name}")


def begin(site, found, role="annotator", name="Try it by hand"):
    page = site.sign_in(role)
    page.goto(site.url(f"label/{found[name]}/"))
    page.locator("[data-item]").wait_for()
    page.wait_for_function("() => document.activeElement?.matches('[data-search]')")
    return page


def label(site, camera, found):
    page = begin(site, found)
    camera.take(page, "label-fresh", whole=False)
    page.keyboard.press("F1")
    camera.take(page, "label-help", whole=False)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("s")
    camera.take(page, "label-palette", whole=False)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+.")
    camera.take(page, "label-skip", whole=False)
    page.keyboard.press("Escape")
    for text in ("payr", "help d"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    page.keyboard.type("data")
    camera.take(page, "label-typing", whole=False)
    page.keyboard.press("Escape")
    page.keyboard.press("F2")
    for key in ("j", "Space", "1", "j", "j", "Space", "2", "j"):
        page.keyboard.press(key)
    camera.take(page, "label-evidence", whole=False)
    page.keyboard.press("Escape")
    page.get_by_text("Draft saved").wait_for()
    _conflict(site, camera, found)
    page.reload()
    page.locator("[data-chosen] [data-code]").first.wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Submitted").wait_for()
    camera.take(page, "label-submitted", whole=False)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("0")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Your session has ended").wait_for()
    camera.take(page, "label-session-ended", whole=False)
    page.context.close()
    page = site.sign_in("annotator")
    for name, path in {
        "label-home": "label/",
        "label-my-answers": f"label/{found['Try it by hand']}/answers/",
        "label-empty": f"label/{found['Nothing left']}/",
        "label-arabic": f"label/{found['Arabic']}/",
        "label-japanese": f"label/{found['Japanese']}/",
        "label-long-words": f"label/{found['Long words']}/",
        "guidelines-rater": "guidelines/",
    }.items():
        page.goto(site.url(path))
        camera.take(page, name)
    page.goto(site.url(f"label/{found['Try it by hand']}/answers/"))
    page.locator("main table a").first.click()
    camera.take(page, "label-my-answer")
    _paused(site, camera, found, page)
    page.goto(f"{site.base}/profile/")
    camera.take(page, "profile")
    page.context.close()


def _conflict(site, camera, found):
    one, other = begin(site, found), begin(site, found)
    one.keyboard.type("road")
    one.keyboard.press("Enter")
    one.get_by_text("Draft saved").wait_for()
    other.keyboard.type("erp")
    other.keyboard.press("Enter")
    other.get_by_role("heading", name="changed in two places").wait_for()
    camera.take(other, "label-conflict", whole=False)
    one.context.close()
    other.context.close()


def _paused(site, camera, found, page):
    manager = site.sign_in("manager")
    manager.goto(site.url(f"rounds/{found['Try it by hand']}/"))
    manager.get_by_role("button", name="Pause", exact=False).first.click()
    page.goto(site.url(f"label/{found['Try it by hand']}/"))
    page.get_by_role("heading", name="This round is paused").wait_for()
    camera.take(page, "label-paused")
    manager.goto(site.url(f"rounds/{found['Try it by hand']}/"))
    camera.take(manager, "round-paused")
    manager.get_by_role("button", name=re.compile("Go on|Resume")).first.click()
    manager.context.close()


def adjudicate(site, camera, found):
    page = site.sign_in("adjudicator")
    for name, path in {
        "adjudicate-list": "disputes/",
        "adjudicate-patterns": "disputes/patterns/",
        "adjudicate-rechecks": "disputes/rechecks/",
        "adjudicate-requests": "guidelines/requests/",
        "adjudicate-settled": f"disputes/{found['settled']}/",
        "adjudicate-frozen": f"disputes/{found['frozen']}/",
    }.items():
        page.goto(site.url(path))
        camera.take(page, name)
    page.goto(site.url("disputes/"))
    page.get_by_role("button", name="Open the next").click()
    page.get_by_text("Where they differ").wait_for()
    camera.take(page, "adjudicate-dispute")
    page.keyboard.press("y")
    page.keyboard.press("1")
    camera.take(page, "adjudicate-deciding")
    page.keyboard.press("+")
    page.keyboard.type("road")
    camera.take(page, "adjudicate-adding")
    page.context.close()
    page = site.sign_in("manager")
    page.goto(site.url("disputes/"))
    camera.take(page, "adjudicate-manager")
    page.context.close()


def rounds(site, camera, found):
    page = site.sign_in("manager")
    for name, path in {
        "round-list": "rounds/",
        "round-open": f"rounds/{found['Golden 2']}/",
        "round-closed": f"rounds/{found['Golden 1']}/",
        "round-untouched": f"rounds/{found['Try it by hand']}/",
        "round-items": f"rounds/{found['Golden 2']}/items/",
        "round-new": "rounds/new/",
        "guidelines": "guidelines/",
        "requests-manager": "guidelines/requests/",
        "overview": "",
    }.items():
        page.goto(site.url(path))
        camera.take(page, name)
    page.goto(site.url("guidelines/"))
    page.get_by_role("link", name="Write a new version").click()
    camera.take(page, "guidelines-editor")
    page.context.close()


def quality(site, camera, found):
    page = site.sign_in("manager")
    for name, path in {
        "raters": "quality/",
        "raters-one": f"quality/{found['Ben']}/",
        "raters-checks": f"quality/rounds/{found['Golden 2']}/checks/",
        "raters-new-training": "quality/trainings/new/",
    }.items():
        page.goto(site.url(path))
        camera.take(page, name)
    page.context.close()
    page = site.sign_in("annotator2")
    page.goto(site.url(f"label/{found['Know the labels']}/"))
    for place in range(20):
        page.wait_for_function("() => document.activeElement?.matches('[data-search]')")
        page.locator("[name=labels]").nth(place + 2).evaluate("box => box.click()")
        page.get_by_role("button", name=re.compile("Submit")).click()
        page.wait_for_url("**/feedback/")
        if place == 0:
            camera.take(page, "training-feedback")
        page.keyboard.press("n")
        page.wait_for_url(lambda url: "feedback" not in url, wait_until="load")
        if page.url.endswith("/training/"):
            break
    camera.take(page, "training-result")
    page.context.close()


def others(site, camera, found):
    page = site.sign_in("manager")
    for name, path in {
        "items": "items/",
        "taxonomy": "taxonomy/",
        "agreement": "agreement/",
        "releases": "releases/",
        "runs": "runs/",
        "prompts": "prompts/",
        "people": "people/",
        "settings": "settings/",
        "audit": "audit/",
    }.items():
        page.goto(site.url(path))
        camera.take(page, name)
    page.goto(f"{site.base}/styleguide/")
    camera.take(page, "styleguide")
    page.context.close()


GROUPS = {"label": label, "adjudicate": adjudicate, "round": rounds, "quality": quality, "others": others}


def main(wanted):
    if unknown := set(wanted) - set(GROUPS):
        raise SystemExit(f"no such group: {', '.join(sorted(unknown))}. There are: {', '.join(GROUPS)}")
    camera = Camera()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), DEBUG="1") as server:
        prepare = "from tests.browser.scenes import prepare; prepare()"
        found = json.loads(server.manage("shell", "-v", "0", "-c", prepare).splitlines()[-1])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), **CHROMIUM)
            site = Site(server, browser)
            for name in wanted or GROUPS:
                GROUPS[name](site, camera, found)
            browser.close()
    print(f"{camera.taken} pictures in {OUT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main(sys.argv[1:])
