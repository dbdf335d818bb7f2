"""Policies as lists: who may see them, parts, how they are found, and how many statements that takes."""

import pytest

from orgs import errors
from orgs.models import Attachment, Policy, PolicyType, PolicyVersion, SwitchState
from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy, update_policy
from orgs.operations.policy_types import (
    disable_policy_type,
    enable_policy_type,
    finish_policy_type_switches,
)
from orgs.operations.tags import tag_resource
from orgs.queries import attachable, policy_list
from orgs.queries.attachable import PART, open_places, search_places
from orgs.queries.policy_list import (
    get_attached,
    get_policy,
    get_version,
    list_attached,
    list_policies,
    list_policy_types,
    list_versions,
)
from tests.console.growing import grow
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


@pytest.fixture
def founded():
    return make_organization()


@pytest.fixture
def organization(founded):
    return founded[0]


@pytest.fixture
def manager(founded):
    return founded[1]


def switch_on(organization, manager, policy_type=SCP):
    enable_policy_type(actor=manager, root_id=organization.root.pk, policy_type=policy_type)
    finish_policy_type_switches(organization.root.pk)


def make_policy(manager, name="Stay", policy_type=SCP, content=DENY):
    return create_policy(actor=manager, name=name, policy_type=policy_type, content=content)


def names_of(manager, **asked):
    part = list_policies(types=list_policy_types(actor=manager), **{"policy_type": SCP, **asked})
    return [line.name for line in part.lines]


@pytest.mark.parametrize(
    "query",
    [list_policy_types, lambda *, actor: get_policy(actor=actor, policy_id="p-FullAccess")],
    ids=["types", "policy"],
)
def test_policies_are_shown_to_those_who_see_the_structure(organization, query):
    member = AccountFactory(member_of=organization.root)

    with pytest.raises(errors.NotManagementOrDelegated):
        query(actor=actor_for(make_administrator(member)))
    with pytest.raises(errors.CallerNotInOrganization):
        query(actor=actor_for(make_administrator(AccountFactory())))


def test_r_pt_1_every_type_is_listed_with_how_far_it_is_switched_on(organization, manager):
    AccountFactory(member_of=organization.root)
    enable_policy_type(actor=manager, root_id=organization.root.pk, policy_type=SCP)

    scp, tag = list_policy_types(actor=manager).lines
    assert (scp.state, scp.is_on, scp.policies, scp.attachments) == (
        SwitchState.PENDING_ENABLE, False, 1, 0,
    )  # fmt: skip
    assert (tag.state, tag.changed_at, tag.policies, tag.attachments) == (
        SwitchState.DISABLED, None, 0, 0,
    )  # fmt: skip

    finish_policy_type_switches(organization.root.pk)
    scp, _tag = list_policy_types(actor=manager).lines
    assert (scp.is_on, scp.attachments) == (True, 3)

    disable_policy_type(actor=manager, root_id=organization.root.pk, policy_type=SCP)
    scp, _tag = list_policy_types(actor=manager).lines
    assert (scp.state, scp.is_on) == (SwitchState.PENDING_DISABLE, False)


def test_a_type_that_is_none_is_refused(manager):
    with pytest.raises(errors.InvalidParameter):
        list_policy_types(actor=manager).line("resource_control_policy")


def test_r_pol_13_the_list_holds_the_built_in_policy_and_the_own_ones_of_the_type(manager):
    make_policy(manager, "zebra")
    make_policy(manager, "Alpha")
    make_policy(manager, "Tags", TAG, COST)
    _other, stranger = make_organization()
    make_policy(stranger, "Foreign")
    create_policy(actor=manager, name="Trial", policy_type=SCP, content=DENY, is_dry_run=True)

    assert names_of(manager) == ["Alpha", "FullAccess", "zebra"]
    assert names_of(manager, policy_type=TAG) == ["Tags"]


def test_a_policy_is_found_by_a_part_of_its_name_or_by_its_whole_id(manager):
    policy = make_policy(manager, "Deny Regions")

    assert names_of(manager, name="REGION") == ["Deny Regions"]
    assert names_of(manager, name=policy.pk) == ["Deny Regions"]
    assert names_of(manager, name="access") == ["FullAccess"]
    assert names_of(manager, name=policy.pk[:-1]) == []
    assert names_of(manager, name="a\x00b") == []


def test_the_list_comes_in_parts_by_name(manager, monkeypatch):
    monkeypatch.setattr(policy_list, "PART", 2)
    for name in ("b", "a", "c", "d"):
        make_policy(manager, name)
    types = list_policy_types(actor=manager)

    seen, after = [], ""
    while True:
        part = list_policies(types=types, policy_type=SCP, after=after)
        seen.append([line.name for line in part.lines])
        after = part.after
        if not after:
            break

    assert seen == [["a", "b"], ["c", "d"], ["FullAccess"]]
    for wrong in ("nonsense", "p-12:a", ":a", "p-00000000:a\x00"):
        with pytest.raises(errors.InvalidParameter):
            list_policies(types=types, policy_type=SCP, after=wrong)


def test_attachments_of_a_built_in_policy_are_those_of_the_own_organization(organization, manager):
    switch_on(organization, manager)
    other, stranger = make_organization()
    for _ in range(3):
        UnitFactory(parent=other.root)
    switch_on(other, stranger)

    part = list_policies(types=list_policy_types(actor=manager), policy_type=SCP)

    assert [(line.name, line.is_builtin, line.attachments) for line in part.lines] == [
        ("FullAccess", True, 2)
    ]
    view = get_policy(actor=manager, policy_id="p-FullAccess")
    assert (view.attachments, view.policy.is_builtin, view.tags) == (2, True, [])
    assert {line.name for line in list_attached(view=view).lines} == {
        organization.root.name,
        organization.management_account.name,
    }


def test_a_policy_of_another_organization_is_not_found(manager):
    _other, stranger = make_organization()
    foreign = make_policy(stranger)

    with pytest.raises(errors.PolicyNotFound):
        get_policy(actor=manager, policy_id=foreign.pk)
    with pytest.raises(errors.InvalidParameter):
        get_policy(actor=manager, policy_id="nonsense")


def test_a_policy_comes_with_what_its_page_shows(organization, manager):
    switch_on(organization, manager)
    policy = make_policy(manager)
    update_policy(actor=manager, policy_id=policy.pk, content=DENY + " ")
    attach_policy(actor=manager, policy_id=policy.pk, entity_id=organization.root.pk)
    tag_resource(actor=manager, resource_id=policy.pk, tags=[("owner", "team")])

    view = get_policy(actor=manager, policy_id=policy.pk)

    assert (view.is_on, view.is_scp, view.is_bound) == (True, True, True)
    assert (view.attachments, view.versions, view.saved_by) == (1, 2, manager.username)
    assert view.tags == [("owner", "team")]
    assert view.urn == (
        f"organizations::{organization.management_account_id}:policy:{organization.pk}/{policy.pk}"
    )


def test_versions_come_in_parts_newest_first(manager, monkeypatch):
    monkeypatch.setattr(policy_list, "PART", 2)
    policy = make_policy(manager)
    for number in range(4):
        update_policy(actor=manager, policy_id=policy.pk, content=DENY + " " * (number + 1))
    view = get_policy(actor=manager, policy_id=policy.pk)

    first = list_versions(view=view)
    second = list_versions(view=view, after=first.after)
    third = list_versions(view=view, after=second.after)

    numbers = [[line.number for line in part.lines] for part in (first, second, third)]
    assert numbers == [[5, 4], [3, 2], [1]]
    assert third.after == ""
    assert third.lines[0].characters == len(DENY)
    version, text = get_version(view=view, number=2)
    assert (version.number, text) == (2, DENY + " ")
    for missing in (0, 6, 2**31, -1):
        with pytest.raises(errors.PolicyVersionNotFound):
            get_version(view=view, number=missing)
    with pytest.raises(errors.InvalidParameter):
        list_versions(view=view, after="nonsense")


def test_entities_come_in_parts_and_are_found_by_name_or_id(organization, manager, monkeypatch):
    monkeypatch.setattr(policy_list, "PART", 2)
    unit = UnitFactory(parent=organization.root, name="Workloads")
    inner = UnitFactory(parent=unit, name="Inner")
    member = AccountFactory(member_of=inner, name="the-member")
    switch_on(organization, manager)
    view = get_policy(actor=manager, policy_id="p-FullAccess")

    seen, after = [], ""
    while True:
        part = list_attached(view=view, after=after)
        seen += part.lines
        after = part.after
        if not after:
            break

    found = {line.name: (line.is_root, line.is_account, line.path) for line in seen}
    assert found == {
        organization.root.name: (True, False, []),
        "Workloads": (False, False, []),
        "Inner": (False, False, ["Workloads"]),
        organization.management_account.name: (False, True, []),
        "the-member": (False, True, ["Workloads", "Inner"]),
    }
    for name in ("MEMBER", member.pk):
        assert [line.id for line in list_attached(view=view, name=name).lines] == [member.pk]
    assert list_attached(view=view, name="a\x00").lines == []
    with pytest.raises(errors.InvalidParameter):
        list_attached(view=view, after="1; drop")

    line, hanging = get_attached(view=view, entity_id=inner.pk)
    assert (line.name, line.path, hanging) == ("Inner", ["Workloads"], 1)
    for missing in ("nonsense", make_organization()[0].root.pk):
        with pytest.raises(errors.EntityNotFound):
            get_attached(view=view, entity_id=missing)


def opened(target, depth=0):
    yield f"{'  ' * depth}{target.name}" + (f" ({target.why_not})" if target.why_not else "")
    for below in target.below:
        yield from opened(below, depth + 1)


def test_a_policy_can_be_attached_along_one_way_through_the_tree(organization, manager):
    unit = UnitFactory(parent=organization.root, name="Workloads")
    UnitFactory(parent=unit, name="Inner")
    AccountFactory(member_of=unit, name="the-member")
    policy = make_policy(manager)
    switch_on(organization, manager)
    attach_policy(actor=manager, policy_id=policy.pk, entity_id=unit.pk)
    view = get_policy(actor=manager, policy_id=policy.pk)
    root, manage = organization.root.name, organization.management_account.name

    at_root = [
        root,
        "  Workloads (Stay is already attached to Workloads.)",
        f"  {manage}",
    ]
    assert list(opened(open_places(view=view))) == at_root
    assert list(opened(open_places(view=view, at=unit.pk))) == [
        *at_root[:2],
        "    Inner",
        "    the-member",
    ]
    with pytest.raises(errors.ParentNotFound):
        open_places(view=view, at=make_organization()[0].root.pk)
    with pytest.raises(errors.InvalidParameter):
        open_places(view=view, after="nonsense")


@pytest.mark.parametrize(("units", "accounts"), [(0, 5), (1, 5), (2, 3), (5, 2), (4, 0)])
def test_what_is_in_a_place_comes_in_parts_units_before_accounts(
    organization, manager, monkeypatch, units, accounts
):
    monkeypatch.setattr(attachable, "PART", 2)
    place = UnitFactory(parent=organization.root, name="Place")
    for number in range(units):
        UnitFactory(parent=place, name=f"Unit {number}")
    for number in range(accounts):
        AccountFactory(member_of=place, name=f"account-{place.pk[-6:]}-{number}")
    view = get_policy(actor=manager, policy_id="p-FullAccess")

    shown, after, parts = [], "", 0
    while True:
        root = open_places(view=view, at=place.pk, after=after)
        (at,) = [target for target in root.below if target.id == place.pk]
        assert (at.is_later_part, len(at.below) <= 2) == (bool(after), True)
        shown += [target.name for target in at.below]
        parts += 1
        if at.last is None:
            break
        after = str(at.last)

    assert shown == [
        *(f"Unit {number}" for number in range(units)),
        *(f"account-{place.pk[-6:]}-{number}" for number in range(accounts)),
    ]
    assert parts == -(-(units + accounts) // 2)


def test_r_pol_10_a_place_with_as_many_policies_as_it_may_have_is_off(
    organization, manager, settings
):
    settings.SCPS_PER_ENTITY = 1
    policy = make_policy(manager)
    switch_on(organization, manager)
    view = get_policy(actor=manager, policy_id=policy.pk)

    target = open_places(view=view)

    assert isinstance(target.why_not, errors.PolicyAttachQuotaExceeded)


def test_places_are_found_by_name_or_id_units_before_accounts(organization, manager, monkeypatch):
    monkeypatch.setattr(attachable, "MOST_FOUND", 2)
    unit = UnitFactory(parent=organization.root, name="North")
    member = AccountFactory(member_of=unit, name="north-office")
    AccountFactory(member_of=unit, name="north-store")
    other, _stranger = make_organization()
    UnitFactory(parent=other.root, name="North")
    view = get_policy(actor=manager, policy_id="p-FullAccess")

    found = search_places(view=view, name="NORTH")
    assert [target.id for target in found.targets] == [unit.pk, member.pk]
    assert [target.is_account for target in found.targets] == [False, True]
    assert found.is_cut
    by_id = search_places(view=view, name=member.pk)
    assert ([target.name for target in by_id.targets], by_id.is_cut) == (["north-office"], False)
    assert search_places(view=view, name="a\x00").targets == []


@pytest.mark.parametrize("size", [5, 120])
def test_the_lists_take_the_same_statements_at_any_size(
    organization, manager, size, django_assert_num_queries
):
    grow(organization, units=size, accounts=size)
    switch_on(organization, manager)
    policy = make_policy(manager)
    Policy.objects.bulk_create(
        Policy(
            organization=organization,
            policy_type=SCP,
            name=f"p{number}",
            name_key=f"p{number}",
            content=DENY,
            created_at=policy.created_at,
            updated_at=policy.created_at,
        )
        for number in range(size)
    )
    PolicyVersion.objects.bulk_create(
        PolicyVersion(
            policy=policy,
            organization=organization,
            number=number + 2,
            content=DENY,
            saved_at=policy.created_at,
        )
        for number in range(size)
    )
    assert Attachment.objects.count() == 2 * size + 2

    with django_assert_num_queries(3):
        types = list_policy_types(actor=manager)
    with django_assert_num_queries(1):
        list_policies(types=types, policy_type=SCP)
    with django_assert_num_queries(4):
        view = get_policy(actor=manager, policy_id=policy.pk)
    with django_assert_num_queries(1):
        list_versions(view=view)
    with django_assert_num_queries(4):
        full_access = get_policy(actor=manager, policy_id="p-FullAccess")
    with django_assert_num_queries(1):
        list_attached(view=full_access)
    with django_assert_num_queries(2):
        get_attached(view=full_access, entity_id=organization.management_account_id)
    # Accounts are asked for behind the last unit, and not before.
    with django_assert_num_queries(3 if size <= PART else 2):
        open_places(view=view)
    with django_assert_num_queries(2):
        search_places(view=view, name="grown")
