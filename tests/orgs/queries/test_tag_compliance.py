"""Compliance of our own resources (R-TP-5, R-TP-6): what is judged, in words, in parts, in few statements."""

import pytest

from orgs import errors
from orgs.models import PolicyType
from orgs.operations.tags import tag_resource
from orgs.queries import tag_compliance
from orgs.queries.tag_compliance import list_compliance
from orgs.queries.tags import Kind
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.tag_policies import (
    attach_tag_policy,
    list_own_types,
    switch_on,
    tag_policy_text,
)

pytestmark = pytest.mark.django_db
RULE = tag_policy_text("CostCentre", values=["100", "2*"])


@pytest.fixture
def ruled(run_jobs):
    organization, actor = make_organization()
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    return organization, actor


def tag(actor, resource, **tags):
    tag_resource(actor=actor, resource_id=resource.pk, tags=tags.items())


def faults(part):
    return [(row.name, [one.sentence for one in row.faults]) for row in part.rows]


def test_every_violation_is_said_in_words_with_what_would_be_right(ruled):
    organization, actor = ruled
    account = AccountFactory(member_of=organization.root, name="shop-front")
    tag(actor, account, costcentre="7", other="x")
    attach_tag_policy(actor, organization.root.pk, RULE)

    part = list_compliance(actor=actor, kind=Kind.ACCOUNT)

    assert faults(part) == [
        (
            "shop-front",
            [
                'The tag key "costcentre" must be written "CostCentre".',
                'The tag costcentre cannot have the value "7". Allowed: 100, 2*.',
            ],
        )
    ]
    assert part.rows[0].tags == [("costcentre", "7")]  # what no policy names is not judged
    assert (part.looked_at, part.after, part.is_on, part.has_rules) == (1, None, True, True)


@pytest.mark.parametrize("kind", list(Kind))
def test_resources_of_every_kind_are_judged(ruled, kind):
    organization, actor = ruled
    unit = UnitFactory(parent=organization.root, name="Sales")
    account = AccountFactory(member_of=unit, name="shop-front")
    policy = attach_tag_policy(actor, organization.root.pk, RULE)
    resources = {
        Kind.ROOT: organization.root,
        Kind.UNIT: unit,
        Kind.ACCOUNT: account,
        Kind.POLICY: policy,
    }
    for resource in resources.values():
        tag(actor, resource, CostCentre="7")

    part = list_compliance(actor=actor, kind=kind)

    assert [(row.kind, row.id, len(row.faults)) for row in part.rows] == [
        (kind, resources[kind].pk, 1)
    ]
    assert list(part.rows[0].place) == (["Sales"] if kind == Kind.ACCOUNT else [])


def test_the_nearer_policy_counts_for_what_is_below_it(ruled):
    organization, actor = ruled
    unit = UnitFactory(parent=organization.root, name="Sales")
    inside = AccountFactory(member_of=unit, name="in-sales")
    outside = AccountFactory(member_of=organization.root, name="outside")
    tag(actor, inside, CostCentre="300")
    tag(actor, outside, CostCentre="300")
    attach_tag_policy(actor, organization.root.pk, RULE)
    attach_tag_policy(actor, unit.pk, tag_policy_text("CostCentre", values=["300"]), "Sales")

    part = list_compliance(actor=actor, kind=Kind.ACCOUNT)

    assert [row.name for row in part.rows] == ["outside"]


def test_what_obeys_is_shown_when_it_is_asked_for(ruled):
    organization, actor = ruled
    good = AccountFactory(member_of=organization.root, name="good-one")
    tag(actor, good, CostCentre="100")
    AccountFactory(member_of=organization.root, name="untagged")
    attach_tag_policy(actor, organization.root.pk, RULE)

    assert list_compliance(actor=actor, kind=Kind.ACCOUNT).rows == []
    part = list_compliance(actor=actor, kind=Kind.ACCOUNT, only_faulty=False)

    assert [(row.name, row.is_compliant) for row in part.rows] == [("good-one", True)]


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_violation_is_enforced_where_policy_and_catalogue_say_so(ruled, is_listed):
    organization, actor = ruled
    account = AccountFactory(member_of=organization.root)
    tag(actor, account, CostCentre="7")
    text = tag_policy_text("CostCentre", values=["100"], enforced_for=["organizations:account"])
    attach_tag_policy(actor, organization.root.pk, text)
    list_own_types(["account"] if is_listed else ["ou"])

    part = list_compliance(actor=actor, kind=Kind.ACCOUNT)

    assert [one.is_enforced for row in part.rows for one in row.faults] == [is_listed]


def test_while_tag_policies_are_off_nothing_is_judged():
    organization, actor = make_organization()
    account = AccountFactory(member_of=organization.root)
    tag(actor, account, CostCentre="7")

    part = list_compliance(actor=actor, kind=Kind.ACCOUNT)

    assert (part.is_on, part.has_rules, part.rows, part.looked_at) == (False, False, [], 0)


def test_parts_follow_one_another_by_id_and_judge_so_many_and_no_more(ruled, monkeypatch):
    organization, actor = ruled
    attach_tag_policy(actor, organization.root.pk, RULE)
    for number in range(7):
        account = AccountFactory(member_of=organization.root, name=f"account-{number}")
        tag(actor, account, CostCentre="7" if number % 2 else "100")
    monkeypatch.setattr(tag_compliance, "PART", 2)
    monkeypatch.setattr(tag_compliance, "JUDGED", 4)

    seen, after, looked_at, parts = [], "", 0, 0
    while after is not None:
        part = list_compliance(actor=actor, kind=Kind.ACCOUNT, after=after)
        assert len(part.rows) <= 2
        assert part.looked_at <= 4
        seen += [row.name for row in part.rows]
        looked_at, after, parts = looked_at + part.looked_at, part.after, parts + 1

    assert sorted(seen) == ["account-1", "account-3", "account-5"]
    assert looked_at == 7
    assert parts > 1


@pytest.mark.parametrize("number", [3, 40])
def test_list_compliance_takes_the_same_statements_at_any_size(
    ruled, number, django_assert_num_queries
):
    organization, actor = ruled
    attach_tag_policy(actor, organization.root.pk, RULE)
    for _number in range(number):
        unit = UnitFactory(parent=organization.root)
        tag(actor, AccountFactory(member_of=unit), CostCentre="7")

    # organization, grants; whether it is on, keys named; accounts, attachments, tags, catalogue
    with django_assert_num_queries(8):
        part = list_compliance(actor=actor, kind=Kind.ACCOUNT)

    assert len(part.rows) == number


def test_list_compliance_refuses_a_member_and_a_marker_that_is_none(ruled):
    organization, actor = ruled
    member = make_administrator(AccountFactory(member_of=organization.root))

    with pytest.raises(errors.NotManagementOrDelegated):
        list_compliance(actor=actor_for(member), kind=Kind.ACCOUNT)
    with pytest.raises(errors.InvalidParameter):
        list_compliance(actor=actor, kind=Kind.ACCOUNT, after="nonsense")
