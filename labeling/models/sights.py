"""Who was shown what a machine said of an item."""

from django.db import models

from labeling.models.items import Item
from labeling.models.people import User


class Sight(models.Model):
    """From now on this person gets no seat at the item: their answer would not be blind to the model."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sights")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="sights")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="sight_once")]

    def __str__(self) -> str:
        return f"{self.user_id} saw the model's answer for {self.item_id}"
