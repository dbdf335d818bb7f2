"""Refusals about agencies, and about being in an account by one."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, Denied, NotFound


class AgencyNotFound(NotFound):
    """No agency of that kind in the actor's account, or none that lets it into another. (ours)"""

    message = _("There is no account-access agency for {id}.")


class AgencyInUse(Conflict):
    """Nobody saws off the branch they sit on: who came in by an agency does not delete it. (ours)"""

    message = _(
        "You came in by agency {name}. A user of {account_name} itself has to delete it, or its last way "
        "in would be gone."
    )


class EntryEnded(Denied):
    """The way into an account that is not one's own is closed, or was never open. (ours)"""

    message = _("You are not in another account, or no longer.")


class SwitchedAway(Denied):
    """What belongs to the own account and sign-in waits until one is back. (ours)"""

    message = _("You are in account {account_name}, which is not your own. Go back first.")
