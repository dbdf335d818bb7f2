"""The list of accounts: who sees it, filters, orders, parts, statements, the file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from orgs import errors
from orgs.models import Account, AccountStatus, JoinMethod, Role
from orgs.operations.tags import tag_resource
from orgs.queries.accounts import (
    AccountFilter,
    Marker,
    Sort,
    export_accounts,
    list_accounts,
)
from orgs.queries.organizations import Sizes
from tests.console.growing import grow
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db


def names(actor, sort=Sort.NAME, **only) -> list[str]:
    part = list_accounts(actor=actor, only=AccountFilter(**only), sort=sort)
    assert part.sizes.found == len(part.rows)
    return [row.name for row in part.rows]


@pytest.fixture(scope="module")
def company_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_company()


@pytest.fixture
def company(company_made_once, db):
    return as_made(company_made_once)


def make_company():
    """Root: management. Work: api-main. Work / Test / Deep: api-test, closing-one, closed-one."""
    organization, actor = make_organization("management")
    work = UnitFactory(parent=organization.root, name="Work")
    test = UnitFactory(parent=work, name="Test")
    deep = UnitFactory(parent=test, name="Größe")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    AccountFactory(member_of=work, name="Api-main", joined_at=long_ago)
    api_test = AccountFactory(
        member_of=deep,
        name="api-test",
        join_method=JoinMethod.INVITED,
        joined_at=long_ago + timedelta(1),
    )
    AccountFactory(member_of=deep, name="closing-one", status=AccountStatus.PENDING_CLOSURE)
    AccountFactory(member_of=deep, name="closed-one", status=AccountStatus.SUSPENDED)
    tag_resource(actor=actor, resource_id=api_test.pk, tags=[("stage", "test"), ("cost", "7")])
    return organization, actor, api_test


def test_list_accounts_gives_rows_by_name_with_the_path_of_their_units(company):
    organization, actor, api_test = company

    part = list_accounts(actor=actor, with_tags=True)

    assert [row.name for row in part.rows] == [
        "Api-main",
        "api-test",
        "closed-one",
        "closing-one",
        "management",
    ]
    assert (part.sizes.found, part.sizes.accounts, part.sizes.units, part.after) == (5, 5, 3, "")
    row = part.rows[1]
    assert row.id == api_test.pk
    assert [name for _id, name in row.path] == ["root", "Work", "Test", "Größe"]
    assert row.path[0][0] == organization.root.pk
    assert row.path[-1][0] == api_test.unit_id
    assert row.tags == [("cost", "7"), ("stage", "test")]
    assert [row.is_management_account for row in part.rows] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ({"name": "API-"}, ["Api-main", "api-test"]),
        ({"name": "one"}, ["closed-one", "closing-one"]),
        ({"name": "%"}, []),
        ({"name": "_"}, []),
        ({"status": "suspended"}, ["closed-one"]),
        ({"status": "nonsense"}, []),
        ({"join_method": "created"}, ["Api-main", "closed-one", "closing-one"]),
        ({"tag_key": "stage"}, ["api-test"]),
        ({"tag_key": "stage", "tag_value": "test"}, ["api-test"]),
        ({"tag_key": "stage", "tag_value": "7"}, []),
        ({"tag_value": "7"}, ["api-test"]),
        ({"unit": "work"}, ["Api-main", "api-test", "closed-one", "closing-one"]),
        ({"unit": "TES"}, ["api-test", "closed-one", "closing-one"]),
        ({"unit": "GRÖSSE"}, ["api-test", "closed-one", "closing-one"]),
        ({"unit": "root"}, []),
        ({"unit": "test", "status": "active"}, ["api-test"]),
        *(
            ({field: text}, [])
            for field in ("name", "unit", "tag_key")
            for text in ("\0", "\ud800")
        ),
    ],
)
def test_list_accounts_narrows(company, only, found):
    _organization, actor, _api_test = company

    assert names(actor, **only) == found


def test_list_accounts_finds_an_account_and_a_unit_by_id(company):
    organization, actor, api_test = company

    assert names(actor, name=api_test.pk) == ["api-test"]
    assert names(actor, unit=api_test.unit_id) == ["api-test", "closed-one", "closing-one"]
    assert len(names(actor, unit=organization.root.pk)) == 5


def test_list_accounts_treats_a_foreign_id_like_an_absent_one(company):
    _organization, actor, _api_test = company
    foreign, _stranger = make_organization()
    unit = UnitFactory(parent=foreign.root)
    account = AccountFactory(member_of=unit)
    account.tags.create(organization=foreign, key="theirs", value="theirs")

    for unit_id in (unit.pk, foreign.root.pk, "ou-" + "0" * 32):
        assert names(actor, unit=unit_id) == []
    assert names(actor, name=account.pk) == []
    assert names(actor, tag_key="theirs") == []
    assert account.name not in names(actor)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NAME_DOWN, ["management", "closing-one", "closed-one", "api-test", "Api-main"]),
        (Sort.JOINED, ["Api-main", "api-test", "management", "closing-one", "closed-one"]),
        (Sort.JOINED_DOWN, ["closed-one", "closing-one", "management", "api-test", "Api-main"]),
        (Sort.STATUS, ["Api-main", "api-test", "management", "closing-one", "closed-one"]),
        (Sort.STATUS_DOWN, ["closed-one", "closing-one", "management", "api-test", "Api-main"]),
    ],
)
def test_list_accounts_sorts(company, sort, expected):
    _organization, actor, _api_test = company

    assert names(actor, sort) == expected


@pytest.mark.parametrize("sort", Sort)
def test_list_accounts_comes_in_parts_that_show_each_account_once(sort):
    organization, actor = make_organization()
    grow(organization, units=3, accounts=149)
    accounts = list(Account.objects.filter(organization=organization).order_by("name_key"))
    for place, account in enumerate(accounts):
        account.status = list(AccountStatus)[place % 3]
        account.joined_at = datetime(2024, 1, 1 + place % 7, 1, 2, 3, 456, tzinfo=UTC)
    Account.objects.bulk_update(accounts, ["status", "joined_at"])

    seen, after, lengths = [], "", []
    while True:
        part = list_accounts(actor=actor, sort=sort, after=after)
        seen += [row.id for row in part.rows]
        lengths.append(len(part.rows))
        after = part.after
        if not after:
            break

    assert lengths == [50, 50, 50]
    facts = {
        "name": lambda a: (a.name_key, a.pk),
        "joined": lambda a: (a.joined_at, a.pk),
        "status": lambda a: (list(AccountStatus).index(a.status), a.name_key, a.pk),
    }[sort.fact]
    assert seen == [a.pk for a in sorted(accounts, key=facts, reverse=sort.goes_down)]


def test_list_accounts_goes_on_after_a_row_that_has_left():
    organization, actor = make_organization()
    grow(organization, units=1, accounts=119)
    first = list_accounts(actor=actor)
    everything = [row.id for row in first.rows]
    Account.objects.filter(pk=everything[-1]).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )

    second = list_accounts(actor=actor, after=first.after)

    assert len(second.rows) == 50
    assert set(everything) & {row.id for row in second.rows} == set()


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "name",
        "name:x::y",
        "joined:" + "0" * 32 + "::y",
        "name:" + "0" * 32 + "::\0",
        "-name:" + "0" * 32 + "::y",
    ],
)
def test_list_accounts_refuses_an_after_of_another_order_or_none_of_ours(company, after):
    _organization, actor, _api_test = company

    with pytest.raises(errors.InvalidParameter):
        list_accounts(actor=actor, after=after)


@pytest.mark.parametrize(
    "value", ["", "x", "2024-01-01", "00010101T000000+0100", "20240101T000000"]
)
def test_marker_refuses_what_is_no_time_of_ours(value):
    with pytest.raises(errors.InvalidParameter):
        Marker.parse(f"joined:{'0' * 32}:{value}:name", Sort.JOINED)


def test_marker_refuses_a_status_that_is_none():
    with pytest.raises(errors.InvalidParameter):
        Marker.parse(f"status:{'0' * 32}:happy:name", Sort.STATUS)


def test_marker_reads_what_it_wrote():
    marker = Marker(Sort.STATUS, "active", "a:b %&=#/é", "0" * 32)

    assert Marker.parse(str(marker), Sort.STATUS) == marker


def test_list_accounts_is_for_who_may_see_the_structure(company):
    organization, actor, api_test = company
    reader = actor_for(make_administrator(organization.management_account, role=Role.READER))

    assert names(reader) == names(actor)
    for ask in (list_accounts, export_accounts):
        with pytest.raises(errors.NotManagementOrDelegated):
            ask(actor=actor_for(make_administrator(api_test)))
        with pytest.raises(errors.CallerNotInOrganization):
            ask(actor=actor_for(make_administrator(AccountFactory())))
        api_test.users.all().delete()


@pytest.mark.parametrize(("units", "accounts"), [(5, 60), (400, 3_000)])
def test_list_accounts_takes_the_same_statements_at_any_size(
    units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    only = AccountFilter(name="grown", unit="unit", status="active", join_method="created")

    with django_assert_num_queries(3):  # grants; organization with its sizes, rows
        first = list_accounts(actor=actor)
    with django_assert_num_queries(4):  # and the tags
        second = list_accounts(actor=actor, after=first.after, with_tags=True, with_sizes=False)
    with django_assert_num_queries(4):  # and how many are found
        found = list_accounts(actor=actor, only=only, sort=Sort.STATUS_DOWN)

    in_units = organization.accounts.exclude(unit=organization.root).count()
    of_all = organization.units.filter(parent__isnull=False).count(), organization.accounts.count()
    assert first.sizes == Sizes(*of_all, found=of_all[1])
    assert second.sizes is None
    assert found.sizes == Sizes(*of_all, found=in_units)


def test_export_accounts_writes_what_the_filter_lets_through_with_the_path(company):
    _organization, actor, api_test = company
    Account.objects.filter(pk=api_test.pk).update(description='=cmd|"/c calc"!A1')

    lines = export_accounts(actor=actor, only=AccountFilter(unit="work"), sort=Sort.NAME_DOWN)
    head, *rows = csv.reader(io.StringIO("".join(lines)))

    assert head == [
        "id",
        "name",
        "unit",
        "status",
        "join_method",
        "joined_at",
        "description",
        "tags",
    ]
    assert [row[1] for row in rows] == ["closing-one", "closed-one", "api-test", "Api-main"]
    assert rows[2] == [
        api_test.pk,
        "api-test",
        "Work / Test / Größe",
        "active",
        "invited",
        "2020-01-02T00:00:00Z",
        '\'=cmd|"/c calc"!A1',
        "cost=7 stage=test",
    ]


def test_export_accounts_takes_the_same_statements_at_any_size(django_assert_num_queries):
    organization, actor = make_organization()
    for more in (10, 500):
        AccountFactory(member_of=organization.root, joined_at=datetime.now(UTC) + timedelta(more))
        with django_assert_num_queries(5):  # grants; organization, units, tags, accounts
            "".join(export_accounts(actor=actor))
