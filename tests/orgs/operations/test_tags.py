"""Tags: R-TAG-1 to R-TAG-9."""

import pytest

from orgs import errors
from orgs.operations.tags import tag_resource, untag_resource
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
