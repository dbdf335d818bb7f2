"""Activity: who sees which events, filters, parts, before and after."""

import pytest

from orgs import errors, operations
from orgs.models import Role
from orgs.queries.events import EventFilter, Fact, changed_facts, list_events
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def history():
    """An organization with six events: founded, two units, one renamed, one tagged, one deleted."""
    organization, actor = make_organization()
    root = organization.root.pk
    sales = operations.units.create_organizational_unit(actor=actor, parent_id=root, name="Sales")
    legal = operations.units.create_organizational_unit(actor=actor, parent_id=root, name="Legal")
    operations.units.update_organizational_unit(actor=actor, unit_id=sales.pk, name="Sales & Co")
    operations.tags.tag_resource(actor=actor, resource_id=sales.pk, tags=[("stage", "test")])
    operations.units.delete_organizational_unit(actor=actor, unit_id=legal.pk)
    return organization, actor, sales


def kinds(actor, **filters) -> list[str]:
    return [row.kind for row in list_events(actor=actor, only=EventFilter(**filters)).rows]


def test_list_events_gives_the_newest_first(history):
    _organization, actor, _sales = history

    part = list_events(actor=actor)

    assert [(row.number, row.kind) for row in part.rows] == [
        (6, "deleteOrganizationalUnit"),
        (5, "tagResource"),
        (4, "updateOrganizationalUnit"),
        (3, "createOrganizationalUnit"),
        (2, "createOrganizationalUnit"),
        (1, "createOrganization"),
    ]
    assert part.before is None
    assert part.rows[0].actor_username == actor.username


def test_list_events_says_what_changed(history):
    _organization, actor, _sales = history

    rows = {row.number: row for row in list_events(actor=actor).rows}

    assert rows[4].targets[0].facts == [Fact("name", "Sales", "Sales & Co")]
    assert rows[5].targets[0].facts == [Fact("tags.stage", None, "test")]
    assert rows[6].targets[0].path == ["Legal"]


def test_list_events_narrows_by_entity_kind_person_and_time(history):
    _organization, actor, sales = history
    fourth = list_events(actor=actor).rows[2]

    assert kinds(actor, entity_id=sales.pk) == [
        "tagResource",
        "updateOrganizationalUnit",
        "createOrganizationalUnit",
    ]
    assert kinds(actor, kind="tagResource") == ["tagResource"]
    assert kinds(actor, username="nobody") == []
    assert kinds(actor, since=fourth.at) == kinds(actor)[:3]
    assert kinds(actor, until=fourth.at) == kinds(actor)[3:]


def test_list_events_shows_a_member_only_what_its_account_caused(history):
    organization, _actor, _sales = history
    member = AccountFactory(member_of=organization.root)
    owner = actor_for(make_administrator(member))

    assert kinds(owner) == []


def test_list_events_shows_a_reader_of_the_management_account_everything(history):
    organization, actor, _sales = history
    reader = actor_for(make_administrator(organization.management_account, role=Role.READER))

    assert kinds(reader) == kinds(actor)


def test_list_events_refuses_an_account_without_an_organization(history):
    with pytest.raises(errors.CallerNotInOrganization):
        list_events(actor=actor_for(make_administrator(AccountFactory())))


def test_list_events_never_shows_another_organization(history):
    _organization, _actor, sales = history
    _other, stranger = make_organization()

    assert kinds(stranger, entity_id=sales.pk) == []


def test_list_events_says_what_is_still_there(history):
    organization, actor, sales = history

    rows = list_events(actor=actor).rows

    founded = [(target.entity_type, target.still_there) for target in rows[-1].targets]
    assert founded == [("organization", False), ("root", True), ("account", True)]
    assert [row.targets[0].still_there for row in rows[:4]] == [False, True, True, False]
    assert rows[1].targets[0].entity_id == sales.pk
    assert rows[-1].targets[2].entity_id == organization.management_account_id


@pytest.mark.parametrize("text", ["\0", "a\u202eb", "\ud800", "x" * 300])
def test_list_events_finds_nothing_by_a_text_that_no_name_can_be(history, text):
    _organization, actor, _sales = history

    assert kinds(actor, username=text) == []
    assert kinds(actor, entity_id=text) == []
    assert kinds(actor, kind=text) == []


def test_list_events_comes_in_parts_with_the_same_statements(history, django_assert_num_queries):
    _organization, actor, sales = history
    with django_assert_num_queries(4):
        list_events(actor=actor)
    for number in range(60):
        operations.units.update_organizational_unit(
            actor=actor, unit_id=sales.pk, name=f"Sales {number}"
        )

    with django_assert_num_queries(4):
        first = list_events(actor=actor)
    second = list_events(actor=actor, before=first.before)

    numbers = [row.number for row in (*first.rows, *second.rows)]
    assert numbers == list(range(66, 0, -1))
    assert (len(first.rows), second.before) == (50, None)


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        (None, {"name": "A"}, [Fact("name", None, "A")]),
        ({"name": "A"}, None, [Fact("name", "A", None)]),
        ({"name": "A"}, {"name": "A"}, []),
        (
            {"tags": {"a": "1", "b": "2"}},
            {"tags": {"b": "3", "c": ""}},
            [Fact("tags.a", "1", None), Fact("tags.b", "2", "3"), Fact("tags.c", None, "")],
        ),
    ],
)
def test_changed_facts_takes_tags_apart(before, after, facts):
    assert changed_facts(before, after) == facts
