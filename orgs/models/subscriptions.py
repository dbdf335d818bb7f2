"""Who is told of what happens: subscriptions by webhook or e-mail, and what was sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers


class Channel(models.TextChoices):
    """How a subscription is served."""

    WEBHOOK = "webhook", _("Webhook")
    EMAIL = "email", _("E-mail")


class SubscriptionState(models.TextChoices):
    """Whether a subscription is served."""

    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Switched off")
    PAUSED = "paused", _("Paused after failures")
    UNCONFIRMED = "unconfirmed", _("Not confirmed yet")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed by the receiver")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions to subscriptions."""

    def find(self, subscription_id: object) -> "Subscription":
        """The subscription with that id.

        Raises:
            InvalidParameter, SubscriptionNotFound.
        """
        checked = identifiers.SUBSCRIPTION.require(subscription_id, field="subscription_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.SubscriptionNotFound(subscription_id=checked)
        return found


class Subscription(models.Model):
    """Events of an organization, or of a unit and everything below it, told to an address outside. (ours)

    Without `unit` it is the whole organization, without `kinds` every event. The secret of a webhook is
    shown once and kept sealed under the key ring. A subscription to a unit goes with the unit.

    Who reads the e-mails of an address confirms that they are wanted: `confirmed_at` is of the present
    `target`, and of e-mail alone. They are written in `language`.
    """

    id = models.CharField(
        primary_key=True, max_length=34, default=identifiers.new_subscription_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="subscriptions"
    )
    unit = models.ForeignKey(
        "orgs.OrganizationalUnit",
        on_delete=models.CASCADE,
        null=True,
        related_name="subscriptions",
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    name = models.CharField(_("name"), max_length=128)
    target = models.CharField(_("address"), max_length=500)
    kinds: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    sealed_secret = models.BinaryField(null=True, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=SubscriptionState, default=SubscriptionState.ACTIVE
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    created_at = models.DateTimeField(_("created"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="webhook_has_secret",
                condition=models.Q(channel="webhook", sealed_secret__isnull=False)
                | models.Q(channel="email", sealed_secret=None),
            ),
            models.CheckConstraint(
                name="mailed_once_confirmed",
                condition=models.Q(channel="webhook", state__in=["active", "disabled", "paused"])
                | models.Q(channel="email", confirmed_at__isnull=False)
                | models.Q(channel="email", state__in=["disabled", "unconfirmed", "unsubscribed"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    GATHERED = "gathered", _("Waiting for a summary")


class Purpose(models.TextChoices):
    """Why something is sent."""

    EVENT = "event", _("Event")
    TEST = "test", _("Test")
    CONFIRMATION = "confirmation", _("Question whether e-mails are wanted")
    DIGEST = "digest", _("Summary of several events")


class Delivery(models.Model):
    """One event on its way to one subscription: the outbox, and the log of it afterwards.

    It is written in the transaction of the change, so it stands or falls with it. Only what is sent of an
    event has one. E-mails beyond so many an hour are gathered in a digest, which is sent as one:
    `mailed_at` is of what counts, `digest` is what the event was told in. `status`, `duration_ms`, `answer`
    and `problem` tell of the last attempt.
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    subscription = models.ForeignKey(
        "orgs.Subscription", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(
        "orgs.Event", on_delete=models.PROTECT, null=True, related_name="deliveries", db_index=False
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.EVENT)
    state = models.CharField(
        _("state"), max_length=9, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("due"))
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    mailed_at = models.DateTimeField(_("last e-mail"), null=True)
    digest = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="gathered"
    )
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    duration_ms = models.PositiveIntegerField(_("duration in milliseconds"), null=True)
    answer = models.CharField(_("beginning of the answer"), max_length=500, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        default_permissions = ()
        indexes = [
            models.Index(fields=["subscription", "id"], name="delivery_by_subscription"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
            models.Index(
                fields=["subscription", "mailed_at"],
                name="delivery_mailed_of_late",
                condition=models.Q(mailed_at__isnull=False),
            ),
            models.Index(
                fields=["subscription"],
                name="delivery_gathered",
                condition=models.Q(state="gathered") | models.Q(state="waiting", purpose="digest"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_is_delivered",
                condition=models.Q(purpose="event", event__isnull=False)
                | models.Q(purpose__in=["test", "confirmation", "digest"], event=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class AskedReceiver(models.Model):
    """That an organization asked an address whether it wants e-mails: what bounds how often. (ours)

    It outlives the subscription, or who deletes and makes anew could ask without end.
    """

    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.PROTECT,
        related_name="asked_receivers",
        db_index=False,
    )
    target = models.CharField(_("address"), max_length=500)
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("asked receiver")
        verbose_name_plural = _("asked receivers")
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "asked_at"], name="asked_receiver_of_late")]

    def __str__(self) -> str:
        return self.target
