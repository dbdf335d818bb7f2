"""The access keys of a user, as that user sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orgs.actor import Actor
from orgs.models import AccessKey


@dataclass(frozen=True, slots=True)
class AccessKeyRow:
    """A key; its secret was shown once and is not among what can be asked."""

    id: str
    created_at: datetime
    last_used_at: datetime | None
    is_active: bool


def list_access_keys(*, actor: Actor) -> Sequence[AccessKeyRow]:
    """The actor's own keys, the oldest first. One statement."""
    columns = ("id", "created_at", "last_used_at", "is_active")
    kept = AccessKey.objects.filter(user=actor.user_id).order_by("created_at", "id")
    return [AccessKeyRow(*row) for row in kept.values_list(*columns)]
