"""The machine: every operation there is."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.rule_machine.accounts import Accounts
from tests.rule_machine.attachments import Attachments
from tests.rule_machine.by_grant import ByGrant
from tests.rule_machine.departures import Departures
from tests.rule_machine.drawn import indexes
from tests.rule_machine.organizations import Organizations
from tests.rule_machine.policy_tests import PolicyTests
from tests.rule_machine.policy_types import PolicyTypes
from tests.rule_machine.services import Services
from tests.rule_machine.users import Users

# Each of them is provoked, because chance alone does not meet it in every run.
MISTAKES = (
    "account_not_found",
    "account_closing",
    "account_conflict",
    "account_create_concurrency",
    "cannot_close_invited",
    "cannot_close_management",
    "cannot_leave",
    "entity_not_found",
    "grantee_is_management",
    "handshake_not_found",
    "handshake_not_pending",
    "move_not_found",
    "move_too_old",
    "move_source_mismatch",
    "moved_meanwhile",
    "organization_not_empty",
    "ou_depth_exceeded",
    "ou_name_conflict",
    "ou_not_found",
    "ou_quota_exceeded",
    "outside_grant",
    "parent_not_found",
    "policy_already_attached",
    "policy_changed_meanwhile",
    "policy_content_malformed",
    "policy_content_too_long",
    "policy_name_conflict",
    "policy_not_attached",
    "policy_outside_grant",
    "policy_test_not_found",
    "policy_test_quota_exceeded",
    "policy_tests_fail",
    "policy_type_already_disabled",
    "policy_type_not_enabled",
    "scoped_grant_not_found",
    "scoped_grant_present",
    "service_principal_unknown",
    "tag_conflict",
    "trusted_service_already_enabled",
)


class Machine(
    Organizations,
    Accounts,
    Departures,
    Services,
    PolicyTests,
    PolicyTypes,
    Attachments,
    ByGrant,
    Users,
):
    """Every operation there is, by callers who may and who may not."""

    @rule(whats=st.lists(st.sampled_from(MISTAKES), min_size=2, max_size=4), index=indexes)
    def make_mistakes(self, whats, index):
        """What chance alone seldom meets: something is asked that is refused for just this reason."""
        for what in whats:
            getattr(self, f"mistake_{what}")(index)
