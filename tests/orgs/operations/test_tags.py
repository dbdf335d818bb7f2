"""Tags: R-TAG-1 to R-TAG-9, R-TAG-11 to R-TAG-14."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import errors
from orgs.models import PolicyType, Role, Tag
from orgs.operations.departures import remove_account
from orgs.operations.invitations import accept_invitation, invite_account
from orgs.operations.policies import create_policy, delete_policy
from orgs.operations.tags import tag_resource, untag_resource
from orgs.operations.units import create_organizational_unit, delete_organizational_unit
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

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


DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'


def administrator_of(account):
    return account.users.first() or make_administrator(account)


def tags_of(resource):
    return dict(resource.tags.values_list("key", "value"))


def test_r_tag_2_tag_resource_adds_keys_that_differ_in_case(tagged):
    resource, actor = tagged

    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", ""), ("Cost", "1")])

    assert tags_of(resource) == {"cost": "", "Cost": "1"}


def test_r_tag_7_tag_resource_refuses_a_key_that_is_there_and_adds_nothing(tagged):
    resource, actor = tagged
    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", "1")])
    before = digest_of_database()

    with pytest.raises(errors.TagConflict):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("env", "2"), ("cost", "1")])

    assert digest_of_database() == before


def test_r_tag_1_tag_resource_holds_twenty_tags_and_no_more(tagged):
    resource, actor = tagged
    many = [(f"key-{number}", "") for number in range(20)]
    tag_resource(actor=actor, resource_id=resource.pk, tags=many)
    before = digest_of_database()

    with pytest.raises(errors.TagQuotaExceeded):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("one-more", "")])
    with pytest.raises(errors.TagConflict):  # asked before the quota
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("key-1", "")])

    assert digest_of_database() == before


def test_r_tag_9_untag_resource_ignores_keys_that_are_not_there(tagged):
    resource, actor = tagged
    tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", "1"), ("env", "2")])

    untag_resource(actor=actor, resource_id=resource.pk, tag_keys=["cost", "never"])
    before = digest_of_database()
    untag_resource(actor=actor, resource_id=resource.pk, tag_keys=["cost", "Env"])

    assert tags_of(resource) == {"env": "2"}
    assert digest_of_database() == before


def test_r_tag_5_tag_characters_are_widened_by_a_setting(tagged, settings):
    resource, actor = tagged
    settings.TAG_CHARACTERS_WIDE = True

    tag_resource(actor=actor, resource_id=resource.pk, tags=[("a b:/=+@", "c d:/=+@")])

    assert tags_of(resource) == {"a b:/=+@": "c d:/=+@"}


@pytest.mark.parametrize(
    ("rule", "tag"),
    [
        ("R-TAG-3", ("", "1")),
        ("R-TAG-3", ("k" * 129, "1")),
        ("R-TAG-3", ("a b", "1")),
        ("R-TAG-3", ("é", "1")),
        ("R-TAG-4", ("cost", "x" * 256)),
        ("R-TAG-4", ("cost", "a b")),
        ("R-TAG-4", ("cost", None)),
        ("R-TAG-6", ("_sys_cost", "1")),
    ],
)
def test_r_tag_3_r_tag_4_r_tag_6_what_is_no_tag_is_refused_and_the_good_one_with_it(
    tagged, rule, tag
):
    resource, actor = tagged
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("good", "1"), tag])

    assert digest_of_database() == before


@pytest.mark.parametrize("key", ["k" * 128, "Cost_1-a", "成本"])
@pytest.mark.parametrize("value", ["", "x" * 255, "1.0_a-b", "成本"])
def test_r_tag_3_r_tag_4_what_is_a_tag_passes(key, value):
    organization, actor = make_organization()

    tag_resource(actor=actor, resource_id=organization.root.pk, tags=[(key, value)])

    assert tags_of(organization.root) == {key: value}


def test_r_tag_8_a_key_twice_in_one_request_is_refused(tagged):
    resource, actor = tagged
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter):
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("cost", "1"), ("cost", "2")])

    assert digest_of_database() == before


@pytest.mark.parametrize("tags", [[("good", "1"), ("a b", "1")], [("good", "1"), ("good", "2")]])
def test_r_tag_11_with_a_tag_that_is_none_nothing_is_made(tags):
    organization, actor = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter):
        create_organizational_unit(
            actor=actor, parent_id=organization.root.pk, name="New", tags=tags
        )
    with pytest.raises(errors.InvalidParameter):
        create_policy(
            actor=actor,
            name="New",
            policy_type=PolicyType.SERVICE_CONTROL_POLICY,
            content=DENY,
            tags=tags,
        )

    assert digest_of_database() == before


def test_r_tag_12_tags_vanish_with_the_unit_and_the_policy():
    organization, actor = make_organization()
    unit = create_organizational_unit(
        actor=actor, parent_id=organization.root.pk, name="New", tags=[("cost", "1")]
    )
    policy = create_policy(
        actor=actor,
        name="New",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=DENY,
        tags=[("cost", "1")],
    )

    delete_organizational_unit(actor=actor, unit_id=unit.pk)
    delete_policy(actor=actor, policy_id=policy.pk)

    assert Tag.objects.count() == 0


def test_r_tag_12_r_tag_14_an_account_leaves_its_tags_behind_and_comes_again_without():
    organization, actor = make_organization()
    account = AccountFactory(
        member_of=organization.root, created_at=timezone.now() - timedelta(days=30)
    )
    tag_resource(actor=actor, resource_id=account.pk, tags=[("cost", "1")])

    remove_account(actor=actor, account_id=account.pk)
    assert Tag.objects.count() == 0

    for organization_again in (actor, make_organization()[1]):
        invitation = invite_account(
            actor=organization_again, target_type="account", target=account.pk
        )
        accept_invitation(actor=actor_for(administrator_of(account)), invitation_id=invitation.pk)
        assert tags_of(account) == {}
        account.refresh_from_db()
        remove_account(actor=organization_again, account_id=account.pk)


def test_r_tag_13_members_and_readers_write_no_tags():
    organization, _actor = make_organization()
    account = AccountFactory(member_of=organization.root)
    reader = make_administrator(organization.management_account, role=Role.READER)

    for user, refusal in (
        (make_administrator(account), errors.NotManagementAccount),
        (reader, errors.PermissionDenied),
    ):
        before = digest_of_database()
        with pytest.raises(refusal):
            tag_resource(actor=actor_for(user), resource_id=account.pk, tags=[("cost", "1")])
        with pytest.raises(refusal):
            untag_resource(actor=actor_for(user), resource_id=account.pk, tag_keys=["cost"])
        assert digest_of_database() == before
