"""What tests of the pages of policies have in common: texts, addresses, and a type that is on."""

from orgs.actor import Actor
from orgs.models import OrganizationalUnit, Policy, PolicyType
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches

SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
DENY = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]}'
DENY_MORE = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["evs:*:*"]}]}'
BROKEN = '{\n  "Version": "5.0",\n  "Statement": [{"Effect": "Refuse", "Action": ["ecs:*"]}]\n}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


def switch_on(manager: Actor, root: OrganizationalUnit, policy_type: PolicyType = SCP) -> None:
    enable_policy_type(actor=manager, root_id=root.pk, policy_type=policy_type)
    finish_policy_type_switches(root.pk)


def page_of(policy: Policy, rest: str = "") -> str:
    return f"/policies/{policy.pk}/{rest}"
