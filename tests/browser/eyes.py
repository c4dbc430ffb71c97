"""What a page does to those who see differently: axe in both themes, and at each width."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
WIDTHS = (1440, 390)
COLOURS = ["color-contrast", "link-in-text-block"]  # all that a theme can change, and nine tenths of axe's time
NO_COLOURS = {"rules": {one: {"enabled": False} for one in COLOURS}}
ONLY_COLOURS = {"runOnly": {"type": "rule", "values": COLOURS}}
LIKE_THE_FIRST = ["tbody tr:nth-child(n+7)", "li:nth-child(n+9)"]  # a long list's later rows have its colours
RUN = """([without, options]) =>
  axe.run(without.length ? { exclude: without.map((one) => [one]) } : document, options)
    .then((results) => results.violations)"""


def look(page):
    """The page's problems at each width: what axe finds, colours in both themes at the first, and what sticks out."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found += [(width, *one) for one in (violations(page) if width == WIDTHS[0] else _found(page, NO_COLOURS))]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((width, "sticks out sideways"))
    return found


def violations(page):
    """Rule and element of each violation; of those that depend on colours, in each theme."""
    found = _found(page, NO_COLOURS)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [(scheme, *one) for one in _found(page, ONLY_COLOURS, LIKE_THE_FIRST)]
    return found


def _found(page, rules, without=()):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found = page.evaluate(RUN, [list(without), {"resultTypes": ["violations"], "preload": False} | rules])
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in found]
