"""Tags in use: keys, their values, what carries them; parts and statements."""

import pytest

from orgs import errors
from orgs.models import PolicyType
from orgs.operations.policies import create_policy
from orgs.operations.tags import tag_resource
from orgs.queries import tag_keys
from orgs.queries.tag_keys import list_carriers, list_keys, list_values
from orgs.queries.tags import Kind
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.tag_policies import tag_policy_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tagged():
    """Tags on one resource of each kind, and on a second account; and another organization's."""
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root, name="Sales")
    account, other = (
        AccountFactory(member_of=unit, name="shop-front"),
        AccountFactory(member_of=unit, name="shop-back"),
    )
    policy = create_policy(
        actor=actor,
        name="Tags",
        policy_type=PolicyType.TAG_POLICY,
        content=tag_policy_text("stage"),
    )
    given = [
        (organization.root, {"stage": "all"}),
        (unit, {"stage": "test", "team": "blue"}),
        (account, {"stage": "test", "cost": ""}),
        (other, {"stage": "live", "Cost": "1"}),
        (policy, {"stage": "test"}),
    ]
    for resource, tags in given:
        tag_resource(actor=actor, resource_id=resource.pk, tags=tags.items())
    stranger, stranger_actor = make_organization()
    tag_resource(actor=stranger_actor, resource_id=stranger.root.pk, tags=[("foreign", "x")])
    return organization, actor, {"unit": unit, "account": account, "other": other}


def rows(part):
    return [(row.text, {kind.value: n for kind, n in row.on.items() if n}) for row in part.rows]


def test_list_keys_counts_each_kind_and_the_different_values(tagged):
    _organization, actor, _ = tagged

    part = list_keys(actor=actor)

    assert rows(part) == [
        ("Cost", {"account": 1}),
        ("cost", {"account": 1}),
        ("stage", {"account": 2, "unit": 1, "root": 1, "policy": 1}),
        ("team", {"unit": 1}),
    ]
    assert [(row.values, row.total) for row in part.rows] == [(1, 1), (1, 1), (3, 5), (1, 1)]
    assert part.after is None


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (Kind.ROOT, ["stage"]),
        (Kind.UNIT, ["stage", "team"]),
        (Kind.ACCOUNT, ["Cost", "cost", "stage"]),
        (Kind.POLICY, ["stage"]),
    ],
)
def test_list_keys_of_a_kind_counts_only_that(tagged, kind, keys):
    _organization, actor, _ = tagged

    part = list_keys(actor=actor, kind=kind)

    assert [row.text for row in part.rows] == keys
    assert {one for row in part.rows for one, number in row.on.items() if number} == {kind}


def test_list_keys_finds_a_part_of_a_key_without_regard_to_case(tagged):
    _organization, actor, _ = tagged

    assert [row.text for row in list_keys(actor=actor, part_of_key="OS").rows] == ["Cost", "cost"]
    assert list_keys(actor=actor, part_of_key="\x00").rows == []


def test_list_values_counts_each_kind(tagged):
    _organization, actor, _ = tagged

    assert rows(list_values(actor=actor, key="stage")) == [
        ("all", {"root": 1}),
        ("live", {"account": 1}),
        ("test", {"account": 1, "unit": 1, "policy": 1}),
    ]
    assert rows(list_values(actor=actor, key="stage", kind=Kind.UNIT)) == [("test", {"unit": 1})]
    assert rows(list_values(actor=actor, key="stage", part_of_value="IV")) == [
        ("live", {"account": 1})
    ]
    assert rows(list_values(actor=actor, key="cost")) == [("", {"account": 1})]
    assert rows(list_values(actor=actor, key="none")) == rows(
        list_values(actor=actor, key="\ud800")
    )


def test_list_carriers_names_what_has_the_tag(tagged):
    organization, actor, made = tagged

    units = list_carriers(actor=actor, kind=Kind.UNIT, key="stage")
    accounts = list_carriers(actor=actor, kind=Kind.ACCOUNT, key="stage", value="live")

    assert [(row.id, row.name, row.value) for row in units.rows] == [
        (made["unit"].pk, "Sales", "test")
    ]
    assert [(row.id, row.name) for row in accounts.rows] == [(made["other"].pk, "shop-back")]
    assert [row.id for row in list_carriers(actor=actor, kind=Kind.ROOT, key="stage").rows] == [
        organization.root.pk
    ]
    assert list_carriers(actor=actor, kind=Kind.POLICY, key="\x00").rows == []


def test_parts_follow_one_another(tagged, monkeypatch):
    _organization, actor, _ = tagged
    monkeypatch.setattr(tag_keys, "PART", 1)

    keys, after = [], ""
    while after is not None:
        part = list_keys(actor=actor, after=after)
        keys += [row.text for row in part.rows]
        after = part.after
    values, after = [], None
    while True:
        part = list_values(actor=actor, key="stage", after=after)
        values += [row.text for row in part.rows]
        if (after := part.after) is None:
            break
    ids, after = [], ""
    while after is not None:
        carriers = list_carriers(actor=actor, kind=Kind.ACCOUNT, key="stage", after=after)
        ids += [row.id for row in carriers.rows]
        after = carriers.after

    assert keys == ["Cost", "cost", "stage", "team"]
    assert values == ["all", "live", "test"]
    assert len(set(ids)) == len(ids) == 2


@pytest.mark.parametrize("number", [2, 60])
def test_lists_take_the_same_statements_at_any_size(number, django_assert_num_queries):
    organization, actor = make_organization()
    for place in range(number):
        account = AccountFactory(member_of=organization.root)
        tags = [("key", str(place)), (f"key-{place}", "")]
        tag_resource(actor=actor, resource_id=account.pk, tags=tags)

    for ask in (
        lambda: list_keys(actor=actor),
        lambda: list_values(actor=actor, key="key"),
        lambda: list_carriers(actor=actor, kind=Kind.ACCOUNT, key="key"),
    ):
        with django_assert_num_queries(3):  # organization, grants; the part
            ask()


def test_lists_are_for_those_who_see_the_structure(tagged):
    _organization, _actor, made = tagged
    member = actor_for(make_administrator(made["account"]))

    for ask in (
        lambda: list_keys(actor=member),
        lambda: list_values(actor=member, key="stage"),
        lambda: list_carriers(actor=member, kind=Kind.ACCOUNT, key="stage"),
    ):
        with pytest.raises(errors.NotManagementOrDelegated):
            ask()
