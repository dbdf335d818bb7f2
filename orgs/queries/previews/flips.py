"""The tests of policies that a change would turn."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext

from orgs import quotas
from orgs.models import PolicyTest
from orgs.policy.evaluation import Request, evaluate
from orgs.queries.decisions.rulings import Named
from orgs.queries.policy_tests import decide_alone
from orgs.queries.previews.cases import Case, Side
from orgs.queries.previews.findings import Flip


def find_flips(case: Case, before: Side, after: Side) -> Iterator[Flip]:
    """The tests about these accounts, and those of a saved policy itself, that turn. One statement."""
    names = case.stored.names
    concerned = set(case.concerned)
    about = Q(account__isnull=False)
    if len(concerned) <= quotas.PER_CHANGE:
        about = Q(account__in=concerned)
    tests = PolicyTest.objects.filter(
        about | Q(policy=case.saved or ""), organization=case.stored.facts.organization_id
    )
    rows = tests.order_by("policy__name_key", "pk").values_list(
        "pk", "name", "policy_id", "policy__name", "account_id", "action", "resource", "context",
        "is_allowed",
    )  # fmt: skip
    for pk, name, policy_id, policy_name, account_id, action, resource, context, wanted in rows:
        request = Request(account_id or "", action, resource or None, context)
        if account_id in concerned:
            old = evaluate(before.position(account_id), request)
            new = evaluate(after.position(account_id), request)
        elif account_id is None and policy_id == case.saved:
            old = decide_alone(policy_id, case.stored.texts[policy_id], request)
            new = decide_alone(policy_id, case.texts_after[policy_id], request)
        else:
            continue
        if old.allowed != new.allowed:
            yield Flip(
                test_id=pk,
                test=name,
                policy=Named(policy_id, policy_name),
                account=Named(account_id, names[account_id]) if account_id else None,
                passes_before=old.allowed == wanted,
                passes_after=new.allowed == wanted,
                sentence=new.sentence(gettext, {**names, policy_id: policy_name, "": policy_name}),
            )
