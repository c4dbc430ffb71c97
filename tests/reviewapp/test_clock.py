"""Time can be told, for as long as a block lasts."""

from datetime import UTC, datetime

import pytest

from reviewapp.common import clock

pytestmark = pytest.mark.django_db


def test_time_is_told_inside_the_block_only():
    then = datetime(2024, 1, 1, 8, tzinfo=UTC)

    with clock.told_by(lambda: then):
        told = clock.now()

    assert told == then
    assert clock.now() > then


def test_time_is_the_present_again_after_an_error():
    then = datetime(2024, 1, 1, 8, tzinfo=UTC)

    with pytest.raises(RuntimeError), clock.told_by(lambda: then):
        raise RuntimeError

    assert clock.now() > then
