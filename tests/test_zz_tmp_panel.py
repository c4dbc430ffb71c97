import pytest

import tests.reviewapp.test_routes as tr
from tests.reviewapp.test_routes import *  # noqa
from tests.world import make_world

pytestmark = pytest.mark.django_db
MINE = [r for r in tr.PROJECT_ROUTES if "panels" in r.pattern or "rubrics" in r.pattern]
for n in list(globals()):
    if n.startswith("test_"):
        del globals()[n]


def test_mine(client):
    world = make_world()
    print([r.name for r in MINE])
    for route in MINE:
        with tr.undone():
            tr._walk_as_members(route, world, client)
    for route in MINE:
        with tr.undone():
            tr._walk_from_outside(route, world, client)
