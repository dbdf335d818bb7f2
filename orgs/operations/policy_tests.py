"""Tests of a policy: questions kept with it and asked on each save, and the save that they stop. (ours)"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgs import errors, events, names
from orgs.actor import Actor
from orgs.models import Account, Organization, Policy, PolicyTest, PolicyType
from orgs.operations.change import change
from orgs.operations.policies import find_own_policy
from orgs.permissions import Permission
from orgs.queries.questions import read_question


def create_policy_test(
    *,
    actor: Actor,
    policy_id: str,
    name: str,
    action: str,
    is_allowed: bool,
    account_id: str | None = None,
    resource: str = "",
    context: Mapping[str, Any] | None = None,
) -> PolicyTest:
    """Keep a question with a policy, and whether it has to be allowed. It need not be so yet.

    With an account, all that binds that account answers; without one the policy alone, as if it and an
    allowance of everything were all there is.

    Raises:
        InvalidParameter: name, action, resource or context; or the policy is no service control policy.
        PolicyNotFound, PolicyBuiltin, AccountNotFound, PolicyTestQuotaExceeded.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.UPDATE_POLICY) as organization:
        name = names.policy_test_name(name)
        question = read_question(action=action, resource=resource, context=context)
        is_allowed = _require_flag(is_allowed)
        policy = _find_policy(organization, policy_id)
        account = _find_account(organization, account_id)
        limit = int(settings.POLICY_TESTS)
        if policy.tests.count() >= limit:
            raise errors.PolicyTestQuotaExceeded(policy_name=policy.name, limit=limit)
        test = PolicyTest.objects.create(
            policy=policy,
            organization=organization,
            name=name,
            account=account,
            action=question.action,
            resource=question.resource,
            context=dict(question.context),
            is_allowed=is_allowed,
            created_at=timezone.now(),
        )
        target = events.of_policy(policy, before={}, after=_facts(test))
        events.record(actor, organization, events.Kind.POLICY_TEST_CREATED, [target])
        return test


def update_policy_test(
    *,
    actor: Actor,
    policy_id: str,
    test_id: int,
    name: str | None = None,
    action: str | None = None,
    is_allowed: bool | None = None,
    resource: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> PolicyTest:
    """Change a test; what is None stays, and the account always does. What changes nothing leaves no trace.

    Raises:
        InvalidParameter, PolicyNotFound, PolicyBuiltin, PolicyTestNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.UPDATE_POLICY) as organization:
        name = None if name is None else names.policy_test_name(name)
        is_allowed = None if is_allowed is None else _require_flag(is_allowed)
        policy = _find_policy(organization, policy_id)
        test = _find_test(policy, test_id)
        question = read_question(
            action=test.action if action is None else action,
            resource=test.resource if resource is None else resource,
            context=test.context if context is None else context,
        )
        before = _facts(test)
        test.name = test.name if name is None else name
        test.action, test.resource = question.action, question.resource
        test.context = dict(question.context)
        test.is_allowed = test.is_allowed if is_allowed is None else is_allowed
        after = _facts(test)
        if after == before:
            return test
        test.save(update_fields=["name", "action", "resource", "context", "is_allowed"])
        target = events.of_policy(policy, before=before, after=after)
        events.record(actor, organization, events.Kind.POLICY_TEST_UPDATED, [target])
        return test


def delete_policy_test(*, actor: Actor, policy_id: str, test_id: int) -> None:
    """Forget a test.

    Raises:
        InvalidParameter, PolicyNotFound, PolicyBuiltin, PolicyTestNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.UPDATE_POLICY) as organization:
        policy = _find_policy(organization, policy_id)
        test = _find_test(policy, test_id)
        target = events.of_policy(policy, before=_facts(test), after={})
        events.record(actor, organization, events.Kind.POLICY_TEST_DELETED, [target])
        test.delete()


def _find_policy(organization: Organization, policy_id: object) -> Policy:
    policy = find_own_policy(organization, policy_id)
    if policy.policy_type != PolicyType.SERVICE_CONTROL_POLICY:
        raise errors.InvalidParameter(field="policy_id", reason=errors.Reason.NO_TESTS)
    return policy


def _find_account(organization: Organization, account_id: str | None) -> Account | None:
    return None if account_id is None else organization.accounts.find(account_id)


def _find_test(policy: Policy, test_id: object) -> PolicyTest:
    is_id = isinstance(test_id, int) and not isinstance(test_id, bool) and 0 < test_id < 2**63
    tests = policy.tests.select_related("account")
    test = tests.filter(pk=int(str(test_id))).first() if is_id else None
    if test is None:
        raise errors.PolicyTestNotFound(policy_name=policy.name)
    return test


def _require_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise errors.InvalidParameter(field="is_allowed", reason=errors.Reason.NOT_A_FLAG)
    return value


def _facts(test: PolicyTest) -> events.Facts:
    return {
        "test": test.name,
        "account_id": test.account_id or "",
        "action": test.action,
        "resource": test.resource,
        "context": dict(test.context),
        "is_allowed": test.is_allowed,
    }
