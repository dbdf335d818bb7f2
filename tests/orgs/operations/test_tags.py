"""Tags: R-TAG-1 to R-TAG-9."""

import pytest

from orgs import errors
from orgs.events import Kind
from orgs.models import Event
from orgs.operations.tags import tag_resource, untag_resource, update_tags
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["root", "unit", "account", "management account"])
def tagged(request):
    organization, actor = make_organization()
    resource = {
        "root": lambda: organization.root,
        "unit": lambda: UnitFactory(parent=organization.root),
        "account": lambda: AccountFactory(member_of=organization.root),
        "management account": lambda: organization.management_account,
    }[request.param]()
    return resource, actor


def tags_of(resource):
    return dict(resource.tags.values_list("key", "value"))


def test_tag_resource_adds_keys_that_differ_in_case(tagged):
    resource, actor = tagged

    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", ""), ("Cost", "1")])

    assert tags_of(resource) == {"cost": "", "Cost": "1"}


def test_tag_resource_refuses_a_key_that_is_there_and_adds_nothing(tagged):
    resource, actor = tagged
    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", "1")])
    before = digest_of_database()

    with pytest.raises(errors.TagConflict):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("env", "2"), ("cost", "1")])

    assert digest_of_database() == before


def test_tag_resource_holds_twenty_tags_and_no_more(tagged):
    resource, actor = tagged
    many = [(f"key-{number}", "") for number in range(20)]
    tag_resource(actor=actor, resource_id=resource.pk, tags=many)
    before = digest_of_database()

    with pytest.raises(errors.TagQuotaExceeded):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("one-more", "")])
    with pytest.raises(errors.TagConflict):  # asked before the quota
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("key-1", "")])

    assert digest_of_database() == before


def test_untag_resource_ignores_keys_that_are_not_there(tagged):
    resource, actor = tagged
    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", "1"), ("env", "2")])

    untag_resource(actor=actor, resource_id=resource.pk, tag_keys=["cost", "never"])
    before = digest_of_database()
    untag_resource(actor=actor, resource_id=resource.pk, tag_keys=["cost", "Env"])

    assert tags_of(resource) == {"env": "2"}
    assert digest_of_database() == before


def test_tag_characters_are_widened_by_a_setting(tagged, settings):
    resource, actor = tagged
    settings.TAG_CHARACTERS_WIDE = True

    tag_resource(actor=actor, resource_id=resource.pk, tags=[("a b:/=+@", "c d:/=+@")])

    assert tags_of(resource) == {"a b:/=+@": "c d:/=+@"}


@pytest.fixture
def two_tags():
    """A unit with two tags, and who may change them."""
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    tag_resource(actor=actor, resource_id=unit.pk, tags=[("cost", "1"), ("env", "test")])
    return unit, actor


def test_update_tags_adds_changes_and_removes_in_one_change(two_tags):
    unit, actor = two_tags
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


def test_update_tags_adds_to_whatever_can_be_tagged(tagged):
    resource, actor = tagged

    update_tags(actor=actor, resource_id=resource.pk, tags=[("cost", "1")])

    assert tags_of(resource) == {"cost": "1"}


def test_update_tags_with_what_is_there_changes_nothing(two_tags):
    unit, actor = two_tags
    before = digest_of_database()

    update_tags(actor=actor, resource_id=unit.pk, tags=[("cost", "1")], removed_keys=["never"])

    assert digest_of_database() == before


def test_update_tags_counts_what_is_left_against_the_quota(two_tags, settings):
    settings.TAG_QUOTA = 2
    unit, actor = two_tags
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
    two_tags, tags, removed, field
):
    unit, actor = two_tags
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        update_tags(actor=actor, resource_id=unit.pk, tags=tags, removed_keys=removed)

    assert refused.value.field == field
    assert digest_of_database() == before
