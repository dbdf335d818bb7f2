"""Two organizations alike: with the other's ids, each answers as with ids that never were.

Every page with something in its address, and every operation of the wire, is asked as the administrator of
the one: with what the other has, and with absent ids of the same kind. Both answers are the same bytes but
for the id itself, and no name of the other stands in any of them.
"""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.urls import URLPattern, get_resolver, reverse

from orgs import operations
from orgs.api.urls import EXTENSIONS, ROUTES
from orgs.models import PolicyType, User
from tests.console.conftest import signed_in
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.wire.signing import key_for, send, signed_headers

pytestmark = pytest.mark.django_db

REQUESTS = 2_000
LONG = 20  # characters of an id that is no number, though it may look like one
VARYING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|"request_id": ?"[^"]*"|nonce="[^"]*"'
)
FIELDS = (
    "parent_id",
    "source_parent_id",
    "destination_parent_id",
    "entity_id",
    "policy_id",
    "account_id",
    "unit_id",
    "root_id",
    "resource_id",
    "resource",
    "policy",
    "at",
)


class Side:
    """An organization with one of everything, named so that its name is found in any byte."""

    def __init__(self, name: str) -> None:
        self.organization, self.actor = make_organization(f"{name}-management")
        root = self.organization.root
        self.user = User.objects.get(pk=self.actor.user_id)
        unit = UnitFactory(parent=root, name=f"{name}-unit")
        below = UnitFactory(parent=unit, name=f"{name}-below")
        account = AccountFactory(member_of=below, name=f"{name}-account")
        member = make_administrator(account, username=f"{name}-member")
        operations.policy_types.enable_policy_type(
            actor=self.actor, root_id=root.pk, policy_type=PolicyType.SERVICE_CONTROL_POLICY
        )
        operations.policy_types.finish_policy_type_switches(root.pk)
        policy = operations.policies.create_policy(
            actor=self.actor,
            name=f"{name}-policy",
            policy_type="service_control_policy",
            content='{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}',
        )
        invitation = operations.invitations.invite_account(
            actor=self.actor, target_type="account", target=AccountFactory(name=f"{name}-guest").pk
        )
        creation = operations.creations.create_account(actor=self.actor, name=f"{name}-coming")
        batch = operations.batches.create_batch(
            actor=self.actor, kind="create", rows=f"{name}-in-a-batch"
        )
        key, _secret = operations.access_keys.create_access_key(
            actor=actor_for(member), username=member.username
        )
        grant = operations.scoped_grants.create_scoped_grant(
            actor=self.actor,
            unit_id=unit.pk,
            username=member.username,
            permissions=["create_unit"],
        )
        subscription, _secret = operations.subscriptions.create_subscription(
            actor=self.actor,
            channel="webhook",
            name=f"{name}-webhook",
            target="https://example.com/",
        )
        self.entities = [
            *(root.pk, unit.pk, below.pk, account.pk, invitation.pk, creation.pk, batch.pk),
            subscription.pk,
        ]
        self.policies = [policy.pk]
        self.numbers = [grant.pk, member.pk]
        self.keys = [key.pk]


def absent(known: str) -> str:
    """An id of the same kind that never was."""
    prefix, dash, _rest = known.rpartition("-")
    return f"{prefix}{dash}".ljust(len(known), "0")


def pairs_of(side: Side) -> dict[str, list[tuple[str, str]]]:
    """For each converter of an address what the other has, each with an absent one."""
    return {
        "EntityId": [(one, absent(one)) for one in side.entities],
        "PolicyId": [(one, absent(one)) for one in side.policies],
        "AccessKeyId": [(one, "0" * 20) for one in side.keys],
        "IntConverter": [(str(one), str(10**12 + one)) for one in side.numbers],
    }


def pages() -> Iterator[tuple[str, list[str]]]:
    """Every page with something in its address: its name, and the kinds of what stands there."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            kinds = [type(one).__name__ for one in pattern.pattern.converters.values()]
            if pattern.name == "event":
                continue  # events are numbered from 1 in each organization
            if kinds and not pattern.callback.__module__.startswith("orgs."):
                yield pattern.name, kinds


def asked_pages(kinds: list[str], theirs: Side) -> Iterator[tuple[list[str], list[str]]]:
    """What stands in the address: theirs, and absent."""
    known = pairs_of(theirs)
    if any(kind not in known for kind in kinds):
        return
    for number in range(max(len(known[kind]) for kind in kinds)):
        chosen = [known[kind][number % len(known[kind])] for kind in kinds]
        yield [one for one, _other in chosen], [other for _one, other in chosen]


def alike(content: bytes, given: list[str]) -> bytes:
    """An answer without what differs between any two, and without what was asked."""
    content = VARYING.sub(b"", content)
    numbers = [one for one in given if one.isdigit() and len(one) < LONG]
    for one in sorted(set(given) - set(numbers), key=len, reverse=True):
        content = re.sub(rb"\b%b\b" % re.escape(one.encode()), b"ID", content)
    # A small number stands in every picture as well.
    return re.sub(rb"\b[0-9]+\b", b"N", content) if numbers else content


@pytest.fixture
def sides(settings):
    cache.clear()
    settings.RATE_PER_KEY = settings.RATE_PER_ORGANIZATION = settings.RATE_PER_ADDRESS = 0
    settings.ATTEMPTS_IN_A_ROW = 10**6
    return Side("ours-1"), Side("canary-zq")


def test_r_gen_3_swapped_ids_answer_like_absent_ones_and_name_nothing(sides):
    ours, theirs = sides
    client, key = signed_in(ours.user), key_for(ours.user)
    wrong, count = [], 0

    def compare(what: str, answers: list[tuple[int, bytes]]) -> None:
        if answers[0] != answers[1] or answers[0][0] < 400:
            wrong.append((what, answers[0][0], answers[1][0]))
        if b"canary-zq" in answers[0][1] or b"canary-zq" in answers[1][1]:
            wrong.append((what, "names the other"))

    for name, kinds in pages():
        for swapped in asked_pages(kinds, theirs):
            for method in ("get", "post"):
                answers = []
                for ids in swapped:
                    given = {} if method == "get" else dict.fromkeys(FIELDS, ids[0])
                    answer = getattr(client, method)(reverse(name, args=ids), given)
                    answers.append((answer.status_code, alike(answer.content, ids)))
                    count += 1
                if answers[0][0] != 405:
                    compare(f"{method} {name} {swapped[0]}", answers)
    for method, path, endpoint in (*ROUTES, *EXTENSIONS):
        for one, other in [*pairs_of(theirs)["EntityId"], *pairs_of(theirs)["PolicyId"]]:
            if "<" not in path and endpoint.body is None and endpoint.query is None:
                continue
            answers = []
            for given in (one, other):
                url = "/" + re.sub(r"<[^>]*>", given, path).lstrip("/")
                body = b"" if endpoint.body is None else _body(given)
                headers = signed_headers(key, method, url, body=body, headers={"X-N": str(count)})
                answer = send(method, url, headers, body)
                answers.append((answer.status_code, alike(answer.content, [given])))
                count += 1
            if "<" in path:
                compare(f"{method} {path} {one}", answers)
            elif b"canary-zq" in answers[0][1] or answers[0] != answers[1]:
                wrong.append((f"{method} {path} {one}", answers[0][0], answers[1][0]))

    assert wrong == []
    assert count >= REQUESTS


def _body(given: str) -> bytes:
    fields = ", ".join(f'"{name}": "{given}"' for name in FIELDS)
    return f"{{{fields}}}".encode()
