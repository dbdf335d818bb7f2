"""Telling services what happened in organizations that trust them (R-TS-11)."""

from orgs import hooks
from orgs.events import Kind
from orgs.hooks import Happened, Notice
from orgs.models import Event

# The account is what the event's targets are about, or the service is.
TOLD: dict[str, Happened] = {
    Kind.TRUSTED_SERVICE_ENABLED: Happened.ENABLED,
    Kind.ORGANIZATION_IMPORTED: Happened.ENABLED,
    Kind.TRUSTED_SERVICE_DISABLED: Happened.DISABLED,
    Kind.ORGANIZATION_DELETED: Happened.DISABLED,
    Kind.ACCOUNT_CREATED: Happened.JOINED,
    Kind.INVITATION_ACCEPTED: Happened.JOINED,
    Kind.ACCOUNT_REMOVED: Happened.LEFT,
    Kind.ORGANIZATION_LEFT: Happened.LEFT,
    Kind.ACCOUNT_PURGED: Happened.LEFT,
}
OF_ACCOUNTS = frozenset({Happened.JOINED, Happened.LEFT})


def tell_service(subject_id: str) -> None:
    """Tell the callback of a service of an event, which is long committed. Safe to run again.

    `subject_id` is the event's id and the principal, with a slash between.
    """
    event_id, _slash, principal = subject_id.partition("/")
    event = Event.objects.get(pk=int(event_id))
    happened = TOLD[event.kind]
    accounts = event.targets.filter(entity_type="account").order_by("place")
    hooks.tell_service(
        Notice(
            id=subject_id,
            happened=happened,
            service_principal=principal,
            organization_id=event.organization_id or "",
            at=event.at,
            account_ids=tuple(accounts.values_list("entity_id", flat=True))
            if happened in OF_ACCOUNTS
            else (),
        )
    )
