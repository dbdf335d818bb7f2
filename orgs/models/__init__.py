"""What is kept."""

from orgs.models.access_keys import AccessKey
from orgs.models.account_requests import (
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    FailureReason,
)
from orgs.models.accounts import Account, AccountStatus, JoinMethod
from orgs.models.agencies import ORGANIZATIONS, Agency, AgencyKind
from orgs.models.attachments import Attachment
from orgs.models.batches import Batch, BatchKind, BatchRow, BatchRowState
from orgs.models.departures import Departure, DepartureKind
from orgs.models.dry_runs import DryRunConfiguration, DryRunRecord
from orgs.models.effective_tag_policies import EffectiveTagPolicy
from orgs.models.events import Event, EventTarget
from orgs.models.grants import (
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    OrganizationGroupGrant,
    OrganizationUserGrant,
)
from orgs.models.invitations import Invitation, InvitationState, TargetType
from orgs.models.jobs import Job, JobState
from orgs.models.organizations import Organization
from orgs.models.policies import Policy, PolicyTest, PolicyType, PolicyVersion
from orgs.models.policy_types import RootPolicyType, SwitchState
from orgs.models.rate_limits import RateLimit
from orgs.models.remembered_answers import RememberedAnswer
from orgs.models.services import IntegrableService, TagPolicyService
from orgs.models.tags import Tag
from orgs.models.units import MAX_LEVELS, OrganizationalUnit
from orgs.models.users import OPERATORS, Role, User

__all__ = [
    "MAX_LEVELS",
    "OPERATORS",
    "ORGANIZATIONS",
    "AccessKey",
    "Account",
    "AccountStatus",
    "Agency",
    "AgencyKind",
    "Attachment",
    "Batch",
    "BatchKind",
    "BatchRow",
    "BatchRowState",
    "ClosingRequest",
    "ClosingState",
    "CreationRequest",
    "CreationState",
    "Departure",
    "DepartureKind",
    "DryRunConfiguration",
    "DryRunRecord",
    "EffectiveTagPolicy",
    "Event",
    "EventTarget",
    "FailureReason",
    "IntegrableService",
    "Invitation",
    "InvitationState",
    "Job",
    "JobState",
    "JoinMethod",
    "Organization",
    "OrganizationGroupGrant",
    "OrganizationUserGrant",
    "OrganizationalUnit",
    "OrganizationalUnitGroupGrant",
    "OrganizationalUnitUserGrant",
    "Policy",
    "PolicyTest",
    "PolicyType",
    "PolicyVersion",
    "RateLimit",
    "RememberedAnswer",
    "Role",
    "RootPolicyType",
    "SwitchState",
    "Tag",
    "TagPolicyService",
    "TargetType",
    "User",
]
