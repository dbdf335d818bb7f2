"""What the rules say, in plain Python: the product is judged against this.

Written from the rules (R-...) and the contract's lists of conditions alone, with no line shared with
`orgs`, so that a mistake in one of the two shows as a difference. A `State` never changes; an operation
answers a new one or a `Refusal` named after the contract's condition, asked in the contract's order.

One module for each noun, with the rules of what is done to it. Underneath: what there is (`state`), one
thing otherwise (`changes`), who may (`callers`), what policies come to (`decisions`); above all of them
the state that events describe (`events`). What is asked from outside is named here.
"""

from tests.oracle.account_creations import create_account, fail_creation, finish_creation
from tests.oracle.accounts import (
    convert_account,
    move_account,
    move_accounts,
    set_eligibility,
    update_account,
)
from tests.oracle.attachments import attach_policy, detach_policy, set_attachments
from tests.oracle.closings import close_account, fail_closing, finish_closing, purge_account
from tests.oracle.delegated_administrators import (
    deregister_delegated_administrator,
    register_delegated_administrator,
)
from tests.oracle.departures import leave_organization, remove_account
from tests.oracle.dry_runs import DRY_RUN_FIELDS, fail_dry_run, finish_dry_run, update_dry_run
from tests.oracle.events.replay import replay
from tests.oracle.events.rows import Discrepancy, EventRow, TargetRow
from tests.oracle.invitations import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    expire_invitations,
    invite_account,
)
from tests.oracle.moves import undo_move
from tests.oracle.organizations import create_organization, delete_organization
from tests.oracle.policies import (
    create_policy,
    delete_policy,
    restore_policy_version,
    update_policy,
)
from tests.oracle.policy_tests import create_policy_test, delete_policy_test, update_policy_test
from tests.oracle.policy_types import (
    disable_policy_type,
    enable_policy_type,
    fail_switch,
    finish_switch,
)
from tests.oracle.quotas import set_account_quota
from tests.oracle.scoped_grants import (
    GRANTABLE,
    User,
    create_scoped_grant,
    expire_scoped_grants,
    in_order,
    revoke_scoped_grant,
    revoke_scoped_grants,
    update_scoped_grant,
)
from tests.oracle.state import (
    BUILT_IN,
    DRY_RUN,
    FULL_ACCESS,
    LONG_AGO,
    POLICY_TYPES,
    SCP,
    TAG_POLICY,
    Account,
    Caller,
    Closing,
    Creation,
    Departure,
    Grant,
    Invitation,
    Limits,
    Move,
    Organization,
    Outcome,
    Policy,
    PolicyTest,
    Refusal,
    State,
    Unit,
)
from tests.oracle.tags import tag_resource, untag_resource, update_tags, update_tags_of_resources
from tests.oracle.texts import folded, unit_name_is_good
from tests.oracle.trusted_services import disable_trusted_service, enable_trusted_service
from tests.oracle.units import create_unit, delete_unit, move_unit, rename_unit
from tests.oracle.users import answer_to_disabled, switch_user
