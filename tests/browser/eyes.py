"""What axe finds on a page, in one theme or in both."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # all that a theme can change


def violations(page, *, scheme="light", only_colours=False):
    """Rule and element of each violation, in one theme."""
    page.emulate_media(color_scheme=scheme)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {"resultTypes": ["violations"]} | ({"runOnly": COLOURS} if only_colours else {})
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [(scheme, one["id"], one["nodes"][0]["html"][:160]) for one in found]


def violations_in_both_themes(page):
    """Everything in the light theme, and in the dark one what depends on colours."""
    return violations(page) + violations(page, scheme="dark", only_colours=True)
