"""What is kept."""

from orgs.models.access_keys import AccessKey
from orgs.models.accounts import Account, AccountStatus, JoinMethod
from orgs.models.events import Event, EventTarget
from orgs.models.grants import (
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    OrganizationGroupGrant,
    OrganizationUserGrant,
)
from orgs.models.organizations import Organization
from orgs.models.rate_limits import RateLimit
from orgs.models.remembered_answers import RememberedAnswer
from orgs.models.services import IntegrableService, TagPolicyService
from orgs.models.tags import Tag
from orgs.models.units import MAX_LEVELS, OrganizationalUnit
from orgs.models.users import OPERATORS, Role, User

__all__ = [
    "MAX_LEVELS",
    "OPERATORS",
    "AccessKey",
    "Account",
    "AccountStatus",
    "Event",
    "EventTarget",
    "IntegrableService",
    "JoinMethod",
    "Organization",
    "OrganizationGroupGrant",
    "OrganizationUserGrant",
    "OrganizationalUnit",
    "OrganizationalUnitGroupGrant",
    "OrganizationalUnitUserGrant",
    "RateLimit",
    "RememberedAnswer",
    "Role",
    "Tag",
    "TagPolicyService",
    "User",
]
