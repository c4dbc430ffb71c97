"""Writing down that somebody was shown a machine's answer, before it is shown."""

from collections.abc import Iterable

from labeling.models import Sight, User
from reviewapp.common import clock


def note_sights(*, user: User, items: Iterable[int]) -> None:
    """The person gets no seat at these items any more (see `seats`); saying it again changes nothing."""
    now = clock.now()
    rows = [Sight(user=user, item_id=item, seen_at=now) for item in items]
    Sight.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
