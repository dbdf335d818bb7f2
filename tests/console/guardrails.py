"""A company with policies of both types on, attached at every level, as the pages that show them need it."""

import json

from orgs.models import Policy, PolicyType
from orgs.operations import attachments, policies, policy_types
from tests.console.conftest import Company
from tests.factories import actor_for

SCP = PolicyType.SERVICE_CONTROL_POLICY
TAG = PolicyType.TAG_POLICY
FULL_ACCESS = "p-FullAccess"


def statement(effect: str, *actions: str, **more: object) -> dict[str, object]:
    """One statement of a service control policy."""
    return {"Effect": effect, "Action": list(actions)} | more


def scp(*statements: dict[str, object]) -> str:
    """The text of a service control policy."""
    return json.dumps({"Version": "5.0", "Statement": list(statements)}, indent=1)


def tag_rules(**rules: dict[str, object]) -> str:
    """The text of a tag policy: for each key its settings with their operators."""
    return json.dumps({"tags": rules})


NETWORKS = scp(statement("Deny", "vpc:vpcs:delete", Sid="KeepNetworks"))
REGIONS = scp(
    statement(
        "Deny",
        "ecs:*:*",
        "evs:*:*",
        Sid="RegionsOnly",
        Condition={"StringNotEquals": {"g:RequestedRegion": ["eu-west-101", "cn-north-4"]}},
    ),
    statement("Deny", "ecs:cloudServers:deleteServers", Resource=["ecs:*:*:instance:prod-*"]),
)
NO_DELETIONS = json.dumps(
    {
        "Version": "5.0",
        "Statement": [
            {
                "Sid": "NoDeletion",
                "Effect": "Deny",
                "Action": ["ecs:*:delete"],
                "Condition": {"NotIpAddress": {"g:SourceIp": "10.0.0.0/8"}},
            }
        ],
    },
    indent=2,
)
COST = tag_rules(
    cost={
        "tag_key": {
            "@@assign": "Cost",
            "@@operators_allowed_for_child_policies": ["@@none"],
        },
        "tag_value": {"@@assign": ["100", "200", "300"]},
    }
)
MORE_COST = tag_rules(
    cost={
        "tag_key": {"@@assign": "COST"},
        "tag_value": {"@@append": ["900"], "@@remove": ["300"]},
    },
    env={"tag_value": {"@@assign": ["test", "prod"]}},
)


def switch_on(company: Company, *wanted: PolicyType) -> None:
    """Switch both types on, or those that are wanted; what their job does is done as well."""
    root_id = company.organization.root.pk
    there = company.organization.policy_types.values_list("policy_type", flat=True)
    for policy_type in set(wanted or PolicyType) - set(there):
        policy_types.enable_policy_type(
            actor=actor_for(company.administrator), root_id=root_id, policy_type=policy_type
        )
    policy_types.finish_policy_type_switches(root_id)


def make(
    company: Company, name: str, content: str, policy_type: str = SCP, *, is_dry_run: bool = False
) -> Policy:
    """A policy of the company."""
    return policies.create_policy(
        actor=actor_for(company.administrator),
        name=name,
        policy_type=policy_type,
        content=content,
        description=f"What {name} is for",
        is_dry_run=is_dry_run,
    )


def attach(company: Company, policy: Policy, *entity_ids: str) -> None:
    """Attach it to each of them."""
    for entity_id in entity_ids:
        attachments.attach_policy(
            actor=actor_for(company.administrator),
            policy_id=policy.pk,
            entity_id=entity_id,
            is_dry_run=policy.is_dry_run,
        )


def guard(company: Company) -> dict[str, Policy]:
    """Policies on the root, the unit and the member; some are attached nowhere. Made once."""
    if company.policies:
        return company.policies
    switch_on(company)
    root, unit, member = company.organization.root.pk, company.member.unit_id, company.member.pk
    made = company.policies
    made["networks"] = make(company, "Networks stay", NETWORKS)
    made["regions"] = make(company, "Two regions only", REGIONS)
    made["spare"] = make(company, "Spare", NETWORKS)
    made["cost"] = make(company, "Cost centres", COST, TAG)
    made["more"] = make(company, "More cost centres", MORE_COST, TAG)
    made["unused"] = make(company, "Unused tags", COST, TAG)
    attach(company, made["networks"], root)
    attach(company, made["regions"], unit)
    attach(company, made["cost"], root)
    attach(company, made["more"], unit, member)
    return made
