"""The same of policies: those that bind, those on trial, their tests and where they hang."""

from datetime import timedelta

from django.utils import timezone

from orgs import operations
from orgs.models import PolicyType
from tests.console.conftest import Company
from tests.console.guardrails import FULL_ACCESS, guard
from tests.console.pages.ids import of_manager, of_unit
from tests.console.pages.row import Ids
from tests.factories import AccountFactory, actor_for, make_administrator

TEXTS = {
    PolicyType.SERVICE_CONTROL_POLICY: (
        '{"Version": "5.0", "Statement": [{"Sid": "Stay", "Effect": "Deny",'
        ' "Action": ["organizations:organizations:leave"], "Resource": ["*"],'
        ' "Condition": {"Bool": {"g:PrincipalIsRootUser": ["true"]}}}]}'
    ),
    PolicyType.TAG_POLICY: (
        '{"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["1", "2"]},'
        ' "enforced_for": {"@@assign": ["ecs:instance"]}}}}'
    ),
}


def of_policy_test(company: Company) -> list[str]:
    """A test of the company's policy, made once."""
    (policy_id,) = of_policy(company)
    tests = company.organization.policy_tests.all()
    test = tests.first() or operations.policy_tests.create_policy_test(
        actor=actor_for(company.administrator),
        policy_id=policy_id,
        name="Stays allowed",
        action="ecs:servers:get",
        is_allowed=True,
    )
    return [policy_id, str(test.pk)]


def of_tested_policy(company: Company) -> list[str]:
    return of_policy_test(company)[:1]


def simulated(company: Company) -> list[str]:
    """An account with a name that stands in an address, under a policy that binds; made once."""
    of_policy(company)
    if "simulated" not in company.others:
        account = AccountFactory(member_of=company.member.unit, name="simulated-one")
        company.others["simulated"] = make_administrator(account)
    return []


def of_policy(company: Company) -> list[str]:
    """A service control policy of the company with two versions, attached to its root; the type is on."""
    return [policy_of(company, PolicyType.SERVICE_CONTROL_POLICY)]


def of_tag_policy(company: Company) -> list[str]:
    """A tag policy of the company, attached nowhere; the type is on."""
    return [policy_of(company, PolicyType.TAG_POLICY)]


def policy_of(company: Company, policy_type: PolicyType) -> str:
    """The company's policy of that type, made only once."""
    organization, actor = company.organization, actor_for(company.administrator)
    # A tag policy that hangs somewhere was made for the compliance page.
    others = [policy.pk for policy in company.policies.values()]
    bound = organization.policies.enforced().filter(policy_type=policy_type)
    alike = bound.exclude(pk__in=others)
    if policy_type == PolicyType.TAG_POLICY:
        alike = alike.filter(attachments=None)
    found = alike.order_by("created_at").first()
    if found is not None:
        return found.pk
    if not organization.policy_types.filter(policy_type=policy_type).exists():
        operations.policy_types.enable_policy_type(
            actor=actor, root_id=organization.root.pk, policy_type=policy_type
        )
        operations.policy_types.finish_policy_type_switches(organization.root.pk)
    text = TEXTS[policy_type]
    made = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        description="What it is for",
        policy_type=policy_type,
        content=text,
        tags=[("owner", "team")],
    )
    if policy_type == PolicyType.SERVICE_CONTROL_POLICY:
        operations.policies.update_policy(actor=actor, policy_id=made.pk, content=text + "\n")
        for entity_id in (organization.root.pk, company.member.unit_id, company.member.pk):
            operations.attachments.attach_policy(
                actor=actor, policy_id=made.pk, entity_id=entity_id
            )
    return made.pk


def of_version(company: Company) -> list[str]:
    return [*of_policy(company), "1"]


def of_attachment(company: Company) -> list[str]:
    return [*of_policy(company), company.member.pk]


def of_full_access(company: Company) -> list[str]:
    of_policy(company)
    return ["p-FullAccess"]


def of_type(company: Company) -> list[str]:
    of_policy(company)
    return ["service_control_policy"]


def of_type_without_trial(company: Company) -> list[str]:
    """Service control policies are on, and dry runs are not."""
    of_policy(company)
    return []


def of_trial(company: Company) -> list[str]:
    """A policy on trial with two versions, attached to the unit, that has recorded calls; made once."""
    found = company.organization.policies.dry_run().first()
    if found is not None:
        return [found.pk]
    of_policy(company)
    actor, root = actor_for(company.administrator), company.organization.root
    operations.dry_runs.update_dry_run_configuration(
        actor=actor,
        root_id=root.pk,
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        status="enabled",
        bucket_name="logs",
        region_id="eu-1",
        bucket_prefix="dry/runs",
        agency_name="Writer",
    )
    operations.dry_runs.finish_dry_run_switch(root.pk)
    text = TEXTS[PolicyType.SERVICE_CONTROL_POLICY]
    made = operations.policies.create_policy(
        actor=actor,
        name="Trial",
        description="What it is for",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=text,
        is_dry_run=True,
    )
    operations.policies.update_policy(
        actor=actor, policy_id=made.pk, content=text + "\n", is_dry_run=True
    )
    operations.attachments.attach_policy(
        actor=actor, policy_id=made.pk, entity_id=company.member.unit_id, is_dry_run=True
    )
    for number in range(3):
        company.organization.dry_run_records.create(
            at=timezone.now() - timedelta(minutes=number),
            account_id=company.member.pk,
            account_name=company.member.name,
            principal="somebody",
            action="organizations:organizations:leave",
            resource="organizations:::organization/o-1",
            decision={
                "reason": "explicit_deny",
                "entity_id": company.member.unit_id,
                "policy_id": made.pk,
                "policy_name": made.name,
                "statement": 1,
                "sid": "Stay",
            },
        )
    return [made.pk]


def on_trial(company: Company) -> list[str]:
    of_trial(company)
    return []


def of_trial_attachment(company: Company) -> list[str]:
    return [*of_trial(company), *of_unit(company)]


def of_type_that_is_off(_company: Company) -> list[str]:
    return ["tag_policy"]


def guarded(ids: Ids) -> Ids:
    """The same, with policies there, above it, and to choose from."""

    def with_policies(company: Company) -> list[str]:
        guard(company)
        return ids(company)

    return with_policies


def tried(ids: Ids) -> Ids:
    """The same, with a policy on trial above it."""

    def with_trial(company: Company) -> list[str]:
        of_trial(company)
        return ids(company)

    return with_trial


def of_attached(company: Company) -> list[str]:
    """The unit, and a policy on it that is not built in."""
    return [*of_unit(company), guard(company)["regions"].pk]


def of_last(company: Company) -> list[str]:
    """The account that has FullAccess and nothing else."""
    guard(company)
    return [*of_manager(company), FULL_ACCESS]
