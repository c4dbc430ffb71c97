import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from reviewapp.common.policy import PUBLIC
from reviewapp.home.styleguide import COLOURS, routes, styleguide

CSS = Path(__file__).resolve().parents[2] / "static" / "css"


@pytest.mark.django_db
def test_it_is_not_there_outside_development(client):
    assert routes(debug=False) == []
    assert client.get("/styleguide/").status_code == 404


def test_it_is_there_for_developers_and_declares_its_policy():
    [route] = routes(debug=True)

    assert route.callback.policy == PUBLIC


def test_it_shows_every_component():
    request = RequestFactory().get("/styleguide/")
    request.user = AnonymousUser()

    html = styleguide(request).content.decode()

    for name in ("metric", "badge", "callout bad", "empty", "tabs", "errorlist", "chart", "written", "changes"):
        assert re.search(rf'class="[^"]*{name}', html), name


def test_each_colour_has_its_swatch():
    tokens = (CSS / "tokens.css").read_text()
    swatches = (CSS / "styleguide.css").read_text()

    for name in COLOURS:
        assert f"--{name}: #" in tokens
        assert f".swatch.{name} {{ background: var(--{name}); }}" in swatches
