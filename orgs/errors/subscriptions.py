"""Refusals about who is told of events."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound, QuotaExceeded


class SubscriptionNotFound(NotFound):
    """The organization has no such subscription to events. (ours)"""

    message = _("There is no subscription {subscription_id}.")


class SubscriptionQuotaExceeded(QuotaExceeded):
    """The organization has as many subscriptions as it may. (ours)"""

    message = _("An organization may have {limit} subscriptions.")


class SubscriptionHasNoSecret(Conflict):
    """What is told by e-mail is not signed. (ours)"""

    message = _("{name} is a subscription by e-mail, which has no secret.")


class SiteAddressUnknown(Conflict):
    """E-mails carry links to this site, and nobody has said where people reach it. (ours)"""

    message = _(
        "E-mails need the address of this site, which its operator has not set (ORGS_SITE_ADDRESS)."
    )


class SubscriptionUnconfirmed(Conflict):
    """Whoever reads the address has not said that e-mails are wanted. (ours)"""

    message = _("The receiver of {name} has not confirmed it, so nothing else is sent there.")


class ConfirmationNotAwaited(Conflict):
    """There is nothing to ask the receiver. (ours)"""

    message = _("{name} does not wait for a confirmation.")


class ReceiverUnsubscribed(Conflict):
    """The receiver's no stands for this subscription. (ours)"""

    message = _(
        "The receiver of {name} has unsubscribed. Whoever wants the e-mails again needs a new subscription."
    )


class ConfirmationQuotaExceeded(QuotaExceeded):
    """The organization has asked as many addresses within a day as it may. (ours)"""

    message = _("At most {limit} addresses can be asked to confirm within 24 hours.")


class ReceiverAskedTooOften(QuotaExceeded):
    """An address that does not answer is not asked on and on. (ours)"""

    message = _("{target} was asked {limit} times within 24 hours. Ask again later.")


class DeliveryNotFound(NotFound):
    """The subscription has no such delivery, or it is too long ago. (ours)"""

    message = _("{name} has no such delivery.")


class DeliveryWaiting(Conflict):
    """It is on its way already. (ours)"""

    message = _("This delivery waits to be sent already.")
