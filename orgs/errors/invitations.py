"""Refusals about invitations, which the contract calls handshakes."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound, QuotaExceeded


class HandshakeNotFound(NotFound):
    """No such invitation, or none that the actor may know about (R-INV-11)."""

    message = _("There is no invitation {invitation_id}.")


class HandshakeNotPending(Conflict):
    """The invitation has ended (R-INV-1)."""

    message = _("This invitation is no longer open: {state}.")


class HandshakeDuplicate(Conflict):
    """The organization has invited this account already (R-INV-6)."""

    message = _("{account_name} has an open invitation of this organization already.")


class InviteRate(QuotaExceeded):
    """Enough invitations were sent lately (R-INV-7)."""

    message = _(
        "At most {limit} invitations can be sent in {hours} hours. The next one can go {next_at}."
    )


class HandshakeResentRecently(Conflict):
    """The e-mail of an invitation is not sent again at once. (ours)"""

    message = _("This invitation was sent a moment ago. It can be sent again {next_at}.")
