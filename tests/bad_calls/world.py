"""The world of the calls, and values that are wrong for several of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password

from orgs import operations
from orgs.actor import Actor
from orgs.models import User
from tests import bad_input
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

# A call, its parameter that is given a bad value, the field that has to be named, and the values.
Cases = list[tuple[Callable[..., Any], str, str, Iterable[object]]]

UNIT_ID, ROOT_ID, ACCOUNT_ID = "ou-" + "0a" * 16, "r-" + "0a" * 6, "0a" * 16
KINDS = [UNIT_ID, ROOT_ID, ACCOUNT_ID, "p-FullAccess", "o-" + "0" * 32, "h-" + "0" * 32]
PARENT_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[2:])
# An optional text that is not given is none at all.
PLACES = [value for value in PARENT_IDS if value is not None]
UNIT_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[1:])
ACCOUNT_IDS = bad_input.bad_ids(good=ACCOUNT_ID, others=[*KINDS[:2], *KINDS[3:]])
NO_FLAGS = [None, 0, 1, "", "0", "true", b"1", [], [True], {}, 1.0]
SCP, PASSWORD = "service_control_policy", "calm-banyan-shade-42"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'


@dataclass
class World:
    actor: Actor
    policy_id: str
    root_id: str
    unit_id: str
    other_unit_id: str
    account_id: str
    invited: Actor
    subscription_id: str
    grant_id: int


def make_world() -> World:
    organization, actor = make_organization()
    User.objects.update(password=make_password(PASSWORD))
    root = organization.root
    unit, other = UnitFactory(parent=root, name="Éq"), UnitFactory(parent=root)
    account = AccountFactory(member_of=root)
    make_administrator(organization.management_account, username="colleague")
    User.objects.create_user("other-operator", is_staff=True)
    invited = actor_for(make_administrator(AccountFactory(name="to-be-invited")))
    policy = operations.policies.create_policy(
        actor=actor, name="Stay", policy_type=SCP, content=DENY
    )
    told, _secret = operations.subscriptions.create_subscription(
        actor=actor, channel="webhook", name="Ledger", target="https://example.com/"
    )
    make_administrator(account, username="member")
    grant = operations.scoped_grants.create_scoped_grant(
        actor=actor, unit_id=root.pk, username="member", permissions=["create_unit"]
    )
    return World(
        actor, policy.pk, root.pk, unit.pk, other.pk, account.pk, invited, told.pk, grant.pk
    )
