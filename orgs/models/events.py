"""The audit trail: one event per change, numbered and chained, never altered."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """What one change did, written in the same transaction (R8).

    Its stream is an organization, or an account that is in none; `number` counts the stream's events
    from 1 without a gap (I13), and `hash` covers the event, its targets and the hash before it.
    The actor is written down, not referred to, because the trail outlives users and accounts.
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, null=True, related_name="events"
    )
    account = models.ForeignKey(
        "orgs.Account",
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        help_text=_("Set instead of the organization while the account stands alone."),
    )
    number = models.PositiveBigIntegerField(_("number"))
    kind = models.CharField(_("event"), max_length=64)
    at = models.DateTimeField(_("time"))
    actor_account_id = models.CharField(max_length=36, blank=True)
    actor_account_name = models.CharField(max_length=64, blank=True)
    # Whose user it was, where it entered the account from another one.
    home_account_id = models.CharField(max_length=36, blank=True, default="")
    home_account_name = models.CharField(max_length=64, blank=True, default="")
    actor_user_id = models.BigIntegerField(null=True)
    actor_username = models.CharField(max_length=150, blank=True)
    is_operator = models.BooleanField(default=False)
    source_address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64)
    details: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder
    )
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "request_id"], name="event_by_request")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], name="event_number_once_per_organization"
            ),
            models.UniqueConstraint(
                fields=["account", "number"], name="event_number_once_per_account"
            ),
            models.CheckConstraint(
                name="event_in_one_stream",
                condition=models.Q(organization__isnull=False, account=None)
                | models.Q(organization=None, account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    def chained_hash(self, targets: "Iterable[EventTarget]", *, previous: str) -> str:
        """SHA-256, in hexadecimal, over the hash before, this event and its targets in their order."""
        digest = hashlib.sha256(previous.encode())
        digest.update(_canonical(self._facts()))
        for target in targets:
            digest.update(_canonical(target.facts()))
        return digest.hexdigest()

    def _facts(self) -> list[Any]:
        facts = [
            self.organization_id or self.account_id,
            self.number,
            self.kind,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor_account_id,
            self.actor_account_name,
            self.actor_user_id,
            self.actor_username,
            self.is_operator,
            self.source_address,
            self.request_id,
            self.details,
        ]
        # Only where there is one: events from before there could be any keep their hash.
        if self.home_account_id:
            facts += [self.home_account_id, self.home_account_name]
        return facts


class EventTarget(models.Model):
    """One entity that an event touched: where it was, how it looked before and after.

    `before` is empty for what was made, `after` for what was deleted.
    """

    event = models.ForeignKey(
        "orgs.Event", on_delete=models.PROTECT, related_name="targets", db_index=False
    )
    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="event_targets",
        db_index=False,
    )
    place = models.PositiveIntegerField()
    entity_type = models.CharField(max_length=32)
    entity_id = models.CharField(max_length=150)
    entity_name = models.CharField(max_length=150)
    path: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    before: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(
        null=True
    )
    after: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(
        null=True
    )

    class Meta:
        verbose_name = _("event target")
        verbose_name_plural = _("event targets")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["organization", "entity_id", "event"], name="event_target_by_entity"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "place"], name="event_target_once_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.entity_type} {self.entity_name}"

    def facts(self) -> list[Any]:
        """What the event's hash covers of this target."""
        return [
            self.place,
            self.entity_type,
            self.entity_id,
            self.entity_name,
            self.path,
            self.before,
            self.after,
        ]


def _canonical(facts: Sequence[Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
