"""Several tags of a resource in one change."""

import pytest

from orgs import errors
from orgs.events import Kind
from orgs.models import Event
from orgs.operations.tags import tag_resource, update_tags, update_tags_of_resources
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db


def tags_of(resource) -> dict[str, str]:
    return dict(resource.tags.order_by("key").values_list("key", "value"))


@pytest.fixture
def tagged():
    """A unit with two tags, and who may change them."""
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    tag_resource(actor=actor, resource_id=unit.pk, tags=[("cost", "1"), ("env", "test")])
    return unit, actor


def test_update_tags_adds_changes_and_removes_in_one_change(tagged):
    unit, actor = tagged
    before = Event.objects.count()

    update_tags(
        actor=actor,
        resource_id=unit.pk,
        tags=[("cost", "2"), ("team", "blue")],
        removed_keys=["env", "never"],
    )

    assert tags_of(unit) == {"cost": "2", "team": "blue"}
    assert Event.objects.count() == before + 1
    event = Event.objects.order_by("-number").first()
    (target,) = event.targets.all()
    assert event.kind == Kind.TAGS_CHANGED
    assert target.before == {"tags": {"cost": "1", "env": "test"}}
    assert target.after == {"tags": {"cost": "2", "team": "blue"}}


@pytest.mark.parametrize("kind", ["root", "account"])
def test_update_tags_changes_roots_and_accounts_too(kind):
    organization, actor = make_organization()
    root = organization.root
    resource = root if kind == "root" else AccountFactory(member_of=root)

    update_tags(actor=actor, resource_id=resource.pk, tags=[("cost", "1")])

    assert tags_of(resource) == {"cost": "1"}


def test_update_tags_with_what_is_there_changes_nothing(tagged):
    unit, actor = tagged
    before = digest_of_database()

    update_tags(actor=actor, resource_id=unit.pk, tags=[("cost", "1")], removed_keys=["never"])

    assert digest_of_database() == before


def test_update_tags_counts_what_is_left_against_the_quota(tagged, settings):
    settings.TAG_QUOTA = 2
    unit, actor = tagged
    before = digest_of_database()

    with pytest.raises(errors.TagQuotaExceeded):
        update_tags(actor=actor, resource_id=unit.pk, tags=[("team", "blue")])
    assert digest_of_database() == before
    update_tags(actor=actor, resource_id=unit.pk, tags=[("team", "blue")], removed_keys=["env"])

    assert tags_of(unit) == {"cost": "1", "team": "blue"}


@pytest.mark.parametrize(
    ("tags", "removed", "field"),
    [([], [], "tag_keys"), ([("cost", "2")], ["cost"], "removed_keys")],
)
def test_update_tags_refuses_nothing_to_do_and_a_key_both_kept_and_removed(
    tagged, tags, removed, field
):
    unit, actor = tagged
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        update_tags(actor=actor, resource_id=unit.pk, tags=tags, removed_keys=removed)

    assert refused.value.field == field
    assert digest_of_database() == before


def test_update_tags_of_resources_is_one_change_and_one_event(tagged):
    unit, actor = tagged
    accounts = [AccountFactory(member_of=unit) for _number in range(3)]
    settled = accounts[2]
    tag_resource(actor=actor, resource_id=settled.pk, tags=[("cost", "2")])
    before = Event.objects.count()

    changed = update_tags_of_resources(
        actor=actor,
        resource_ids=[unit.pk, *[account.pk for account in accounts]],
        tags=[("cost", "2")],
        removed_keys=["env"],
    )

    assert changed == 3
    assert [tags_of(resource) for resource in (unit, *accounts)] == [{"cost": "2"}] * 4
    assert Event.objects.count() == before + 1
    event = Event.objects.order_by("-number").first()
    touched = event.targets.order_by("place").values_list("entity_id", "before", "after")
    after = {"tags": {"cost": "2"}}
    assert list(touched) == [
        (unit.pk, {"tags": {"cost": "1", "env": "test"}}, after),
        (accounts[0].pk, {"tags": {}}, after),
        (accounts[1].pk, {"tags": {}}, after),
    ]


def test_update_tags_of_resources_is_all_or_nothing(tagged, settings):
    unit, actor = tagged
    settings.TAG_QUOTA = 2
    account = AccountFactory(member_of=unit)
    before = digest_of_database()

    with pytest.raises(errors.TagQuotaExceeded) as refused:
        update_tags_of_resources(
            actor=actor, resource_ids=[account.pk, unit.pk], tags=[("team", "blue")]
        )

    assert unit.name in str(refused.value)
    assert digest_of_database() == before


def test_update_tags_of_resources_refuses_none_too_many_and_a_repeated_one(tagged, settings):
    unit, actor = tagged
    many = [f"{number:032x}" for number in range(1_001)]
    before = digest_of_database()

    for resource_ids, reason in (
        ([], errors.Reason.NONE_GIVEN),
        (many, errors.Reason.TOO_MANY),
        ([unit.pk, unit.pk], errors.Reason.REPEATED),
    ):
        with pytest.raises(errors.InvalidParameter) as refused:
            update_tags_of_resources(actor=actor, resource_ids=resource_ids, tags=[("a", "b")])
        assert (refused.value.field, refused.value.reason) == ("resource_ids", reason)

    assert digest_of_database() == before


def test_update_tags_of_resources_takes_the_same_statements_for_any_number(
    tagged, django_assert_num_queries
):
    unit, actor = tagged
    accounts = [AccountFactory(member_of=unit).pk for _number in range(40)]

    # transaction in, organization, standing, grants; accounts, tags; whether tag policies are on;
    # tags out and in; event, targets, organization; transaction out
    for some in (accounts[:2], accounts):
        with django_assert_num_queries(13):
            update_tags_of_resources(actor=actor, resource_ids=some, tags=[("n", str(len(some)))])
