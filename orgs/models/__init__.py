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
from orgs.models.care import CareKind, CareRun, CareState
from orgs.models.delegated_administrators import DelegatedAdministrator
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
from orgs.models.policies import FULL_ACCESS, Policy, PolicyTest, PolicyType, PolicyVersion
from orgs.models.policy_types import RootPolicyType, SwitchState
from orgs.models.rate_limits import RateLimit
from orgs.models.recorded_calls import RecordedCall
from orgs.models.remembered_answers import RememberedAnswer
from orgs.models.ring_keys import RingKey
from orgs.models.scoped_grants import ScopedGrant, ScopedGrantQuerySet, sorted_rights
from orgs.models.services import IntegrableService, TagPolicyService
from orgs.models.subscriptions import (
    AskedReceiver,
    Channel,
    Delivery,
    DeliveryState,
    Purpose,
    Subscription,
    SubscriptionState,
)
from orgs.models.tags import Tag
from orgs.models.trusted_services import TrustedService
from orgs.models.units import MAX_LEVELS, OrganizationalUnit
from orgs.models.users import OPERATORS, Role, User
from orgs.models.workers import Worker

__all__ = [
    "FULL_ACCESS",
    "MAX_LEVELS",
    "OPERATORS",
    "ORGANIZATIONS",
    "AccessKey",
    "Account",
    "AccountStatus",
    "Agency",
    "AgencyKind",
    "AskedReceiver",
    "Attachment",
    "Batch",
    "BatchKind",
    "BatchRow",
    "BatchRowState",
    "CareKind",
    "CareRun",
    "CareState",
    "Channel",
    "ClosingRequest",
    "ClosingState",
    "CreationRequest",
    "CreationState",
    "DelegatedAdministrator",
    "Delivery",
    "DeliveryState",
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
    "Purpose",
    "RateLimit",
    "RecordedCall",
    "RememberedAnswer",
    "RingKey",
    "Role",
    "RootPolicyType",
    "ScopedGrant",
    "ScopedGrantQuerySet",
    "Subscription",
    "SubscriptionState",
    "SwitchState",
    "Tag",
    "TagPolicyService",
    "TargetType",
    "TrustedService",
    "User",
    "Worker",
    "sorted_rights",
]
