"""Refusals about the catalogues of services."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class ServiceNotFound(NotFound):
    """No such service in the catalogue."""

    message = _("There is no service {service} in the catalogue.")


class ServicePresent(Conflict):
    """A catalogue holds a service once. (ours)"""

    message = _("The catalogue already holds {service}.")


class ServiceChangedMeanwhile(Conflict):
    """Another operator changed it since it was looked at (P5). (ours)"""

    message = _("{service} was changed meanwhile. Look at it as it is now, then change it again.")


class ServiceInUse(Conflict):
    """Something still refers to it (I15). (ours)"""

    message = _("{service} is in use, so it stays in the catalogue.")
