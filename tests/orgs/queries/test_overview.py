"""The organization at a glance: the numbers, the quotas, what is empty, the last events; four statements."""

import pytest

from orgs import errors, operations
from orgs.models import Account, AccountStatus, Organization
from orgs.permissions import READER, Permission
from orgs.queries.overview import EMPTY_UNITS, EVENTS, Quota, get_overview
from tests.console.growing import grow
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db


def overview_of(actor):
    return get_overview(actor=actor, permissions=READER)


def test_get_overview_counts_units_levels_accounts_and_tags(settings):
    organization, actor = make_organization()
    make_organization()  # of which nothing is counted
    first = UnitFactory(parent=organization.root, name="First")
    second = UnitFactory(parent=first, name="Second")
    accounts = [AccountFactory(member_of=second) for _number in range(4)]
    Account.objects.filter(pk=accounts[0].pk).update(status=AccountStatus.SUSPENDED)
    Account.objects.filter(pk=accounts[1].pk).update(status=AccountStatus.PENDING_CLOSURE)
    for resource in (first, accounts[0]):
        operations.tags.tag_resource(
            actor=actor, resource_id=resource.pk, tags=[("owner", "a"), (f"k{resource.pk}", "")]
        )

    found = overview_of(actor)

    assert found.organization == organization
    assert found.root_id == organization.root.pk
    assert found.statuses == [
        (AccountStatus.ACTIVE, 3),
        (AccountStatus.PENDING_CLOSURE, 1),
        (AccountStatus.SUSPENDED, 1),
    ]
    assert found.inactive == found.statuses[1:]
    assert (found.active, found.levels, found.level_limit) == (3, 2, 5)
    assert (found.tags, found.tag_keys) == (4, 3)
    assert (found.sizes.units, found.sizes.accounts) == (2, 5)
    assert found.accounts == Quota(5, settings.ACCOUNT_QUOTA)
    assert found.units == Quota(2, settings.ORGANIZATIONAL_UNIT_QUOTA)
    assert found.wants_attention


def test_get_overview_of_a_new_organization(settings):
    _organization, actor = make_organization()

    found = overview_of(actor)

    assert (found.units.used, found.accounts.used, found.levels, found.tags) == (0, 1, 0, 0)
    assert (found.empty_units, found.empty_unit_count) == ([], 0)
    assert [found.is_new, found.wants_attention, found.has_own_account_quota] == [
        True,
        False,
        False,
    ]
    assert [event.kind for event in found.events] == ["createOrganization"]
    assert found.events[0].target_count == 3
    assert len(found.events[0].targets) == 1


def test_get_overview_is_new_until_both_steps_are_taken_or_an_account_has_come():
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    assert overview_of(actor).is_new
    operations.tags.tag_resource(actor=actor, resource_id=unit.pk, tags=[("owner", "a")])
    assert not overview_of(actor).is_new
    operations.tags.untag_resource(actor=actor, resource_id=unit.pk, tag_keys=["owner"])
    assert overview_of(actor).is_new

    AccountFactory(member_of=unit)

    assert not overview_of(actor).is_new


def test_get_overview_names_the_first_units_that_hold_nothing():
    organization, actor = make_organization()
    full = UnitFactory(parent=organization.root, name="Full")
    AccountFactory(member_of=full)
    holder = UnitFactory(parent=organization.root, name="A holder")
    for number in reversed(range(EMPTY_UNITS + 2)):
        UnitFactory(parent=holder, name=f"Empty {number}")

    found = overview_of(actor)

    assert [unit.name for unit in found.empty_units] == [f"Empty {n}" for n in range(EMPTY_UNITS)]
    assert {unit.parent_name for unit in found.empty_units} == {"A holder"}
    assert (found.empty_unit_count, found.more_empty_units) == (EMPTY_UNITS + 2, 2)


def test_get_overview_has_the_account_quota_that_was_set():
    organization, actor = make_organization()
    Organization.objects.filter(pk=organization.pk).update(account_quota=1)

    found = overview_of(actor)

    assert found.has_own_account_quota
    assert found.accounts == Quota(1, 1)
    assert found.accounts.is_full
    assert found.wants_attention


@pytest.mark.parametrize(
    ("used", "limit", "percent", "is_nearly_full", "is_full"),
    [
        (0, 10, 0, False, False),
        (1, 1_000, 1, False, False),
        (9, 10, 90, False, False),
        (91, 100, 91, True, False),
        (999, 1_000, 99, True, False),
        (10, 10, 100, True, True),
        (11, 10, 100, True, True),
        (0, 0, 100, False, True),
    ],
)
def test_quota_says_how_full_it_is(used, limit, percent, is_nearly_full, is_full):
    quota = Quota(used, limit)

    assert [quota.percent, quota.is_nearly_full, quota.is_full] == [
        percent,
        is_nearly_full,
        is_full,
    ]


def test_get_overview_is_for_who_may_see_the_structure_of_an_organization():
    _organization, actor = make_organization()

    with pytest.raises(errors.NotManagementOrDelegated):
        get_overview(actor=actor, permissions=frozenset({Permission.VIEW_ORGANIZATION}))
    operations.organizations.delete_organization(actor=actor)
    with pytest.raises(errors.CallerNotInOrganization):
        overview_of(actor)


@pytest.mark.parametrize(("units", "accounts"), [(5, 60), (400, 3_000)])
def test_get_overview_takes_four_statements_at_any_size(units, accounts, django_assert_num_queries):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    for number in range(EVENTS + 1):
        operations.tags.tag_resource(
            actor=actor, resource_id=organization.root.pk, tags=[(f"key-{number}", "")]
        )

    with django_assert_num_queries(4):
        found = overview_of(actor)

    assert (found.units.used, found.accounts.used) == (units, accounts + 1)
    assert len(found.events) == EVENTS
