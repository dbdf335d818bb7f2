"""Organizations in which service control policies are on."""

from orgs.actor import Actor
from orgs.models import Organization, Policy
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches

SCP = "service_control_policy"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'


def guard(organization: Organization, actor: Actor, *, policies: int) -> list[Policy]:
    """Switch them on, and make so many; they hang nowhere yet."""
    root_id = organization.root.pk
    enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    finish_policy_type_switches(root_id)
    return [
        create_policy(actor=actor, name=f"Policy {number}", policy_type=SCP, content=DENY)
        for number in range(policies)
    ]
