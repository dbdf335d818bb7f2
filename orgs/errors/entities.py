"""Refusals about places in the tree, whatever stands there."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import NotFound


class ParentNotFound(NotFound):
    """No such root or unit in the actor's organization."""

    message = _("There is no root or organizational unit {parent_id} in your organization.")


class RootNotFound(NotFound):
    """No such root in the actor's organization (R-GEN-13)."""

    message = _("There is no root {root_id} in your organization.")


class EntityNotFound(NotFound):
    """No such root, unit or account in the actor's organization (R-OU-15)."""

    message = _("There is no root, unit or account {entity_id} in your organization.")
