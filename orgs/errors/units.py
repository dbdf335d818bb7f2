"""Refusals about organizational units."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound, QuotaExceeded


class OuNotFound(NotFound):
    """No such organizational unit in the actor's organization."""

    message = _("There is no organizational unit {unit_id} in your organization.")


class OuNameConflict(Conflict):
    """A sibling has that name, compared without regard to case (R-OU-6, R-OU-7)."""

    message = _("{parent_name} already holds an organizational unit named {name}.")


class OuDepthExceeded(Conflict):
    """Deeper than five levels below the root (R-OU-4)."""

    message = _("Organizational units nest at most {limit} levels deep; this would make {levels}.")


class OuQuotaExceeded(QuotaExceeded):
    """No room for another unit (R-OU-3)."""

    message = _("The organization may hold {limit} organizational units, and holds that many.")


class OuNotEmpty(Conflict):
    """A unit is deleted only when nothing hangs on it (R-OU-12)."""

    message = _("{name} still holds {units} organizational units and {accounts} accounts.")


class OuMoveIntoItself(Conflict):
    """A unit cannot hang on itself or on what is below it (R-OU-11)."""

    message = _("{name} cannot be moved into itself or into a unit below it.")
