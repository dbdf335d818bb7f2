"""What can be granted on an organization or a unit: one list."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Everything that can be granted. The value is stored, the label is shown."""

    VIEW_ORGANIZATION = "view_organization", _("See that the organization exists")
    VIEW_STRUCTURE = "view_structure", _("See units, accounts, policies, tags, services and quotas")
    VIEW_ACTIVITY = "view_activity", _("See everything that happened")
    DELETE_ORGANIZATION = "delete_organization", _("Delete the organization")
    CREATE_UNIT = "create_unit", _("Create organizational units")
    UPDATE_UNIT = "update_unit", _("Rename organizational units")
    MOVE_UNIT = "move_unit", _("Move organizational units")
    DELETE_UNIT = "delete_unit", _("Delete organizational units")
    CREATE_ACCOUNT = "create_account", _("Create accounts")
    INVITE_ACCOUNT = "invite_account", _("Invite accounts, and take invitations back")
    REMOVE_ACCOUNT = "remove_account", _("Remove accounts from the organization")
    CLOSE_ACCOUNT = "close_account", _("Close accounts")
    UPDATE_ACCOUNT = "update_account", _("Change the description of accounts")
    MOVE_ACCOUNT = "move_account", _("Move accounts between units")
    CREATE_POLICY = "create_policy", _("Create policies")
    UPDATE_POLICY = "update_policy", _("Change policies")
    DELETE_POLICY = "delete_policy", _("Delete policies")
    ATTACH_POLICY = "attach_policy", _("Attach and detach policies")
    SWITCH_POLICY_TYPE = "switch_policy_type", _("Switch policy types on and off")
    SET_UP_DRY_RUN = "set_up_dry_run", _("Set up dry runs")
    MANAGE_SUBSCRIPTIONS = (
        "manage_subscriptions",
        _("Have events sent elsewhere, by webhook and e-mail"),
    )
    SWITCH_TRUSTED_SERVICE = "switch_trusted_service", _("Enable and disable trusted services")
    REGISTER_DELEGATED_ADMINISTRATOR = (
        "register_delegated_administrator",
        _("Register and deregister delegated administrators"),
    )
    TAG_RESOURCE = "tag_resource", _("Add, change and remove tags")
    MANAGE_GRANTS = "manage_grants", _("Grant rights on units, and take them back")


# The vendor's caller classes, as sets of grants on the organization (R-GEN-1, R-ORG-7, R-DA-5).
MEMBER = frozenset({Permission.VIEW_ORGANIZATION})
DELEGATED_ADMINISTRATOR = MEMBER | {Permission.VIEW_STRUCTURE}
READER = DELEGATED_ADMINISTRATOR | {Permission.VIEW_ACTIVITY}
ADMINISTRATOR = frozenset(Permission)

# What can be granted on a unit and everything below it. To see the place comes with each of them.
SCOPED = (
    Permission.CREATE_UNIT,
    Permission.UPDATE_UNIT,
    Permission.MOVE_UNIT,
    Permission.DELETE_UNIT,
    Permission.MOVE_ACCOUNT,
    Permission.INVITE_ACCOUNT,
    Permission.TAG_RESOURCE,
    Permission.ATTACH_POLICY,
)
