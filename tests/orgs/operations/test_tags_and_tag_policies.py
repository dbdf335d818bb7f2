"""A tag call meets tag policies only where the catalogue lists our own resources (R-TP-5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs import errors
from orgs.models import CreationRequest, Invitation, OrganizationalUnit, Policy, PolicyType
from orgs.operations.creations import create_account
from orgs.operations.invitations import accept_invitation, invite_account
from orgs.operations.policies import create_policy
from orgs.operations.tags import tag_resource, update_tags, update_tags_of_resources
from orgs.operations.units import create_organizational_unit
from tests.digest import digest_of_database
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
WRONG = [("costcentre", "100"), ("CostCentre", "7")]
ENFORCED = ["organizations:*"]


@pytest.fixture
def ruled(run_jobs):
    """An organization in which tag policies are on, a unit and an account in it."""
    organization, actor = make_organization()
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    unit = UnitFactory(parent=organization.root, name="Sales")
    return organization, actor, unit, AccountFactory(member_of=unit, name="shop-front")


def enforced_rule(actor, entity_id):
    text = tag_policy_text("CostCentre", values=["100", "2*"], enforced_for=ENFORCED)
    return attach_tag_policy(actor, entity_id, text)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_tag_that_breaks_a_policy_passes_while_our_own_types_cannot_be_enforced(ruled, wrong):
    organization, actor, _unit, account = ruled
    enforced_rule(actor, organization.root.pk)
    list_own_types(["ou"])

    tag_resource(actor=actor, resource_id=account.pk, tags=[wrong])

    assert list(account.tags.values_list("key", "value")) == [wrong]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("what", ["root", "unit", "account", "policy"])
def test_it_is_refused_with_what_would_be_right_where_they_can(ruled, what, wrong):
    organization, actor, unit, account = ruled
    policy = enforced_rule(actor, organization.root.pk)
    resource = {"root": organization.root, "unit": unit, "account": account, "policy": policy}[what]
    before = digest_of_database()

    with pytest.raises(errors.TagPolicyViolated) as refused:
        tag_resource(actor=actor, resource_id=resource.pk, tags=[("fine", "1"), wrong])

    sentence = {
        "costcentre": 'The tag key "costcentre" must be written "CostCentre".',
        "CostCentre": 'The tag CostCentre cannot have the value "7". Allowed: 100, 2*.',
    }[wrong[0]]
    assert str(refused.value) == f"{resource.name}: {sentence}"
    assert digest_of_database() == before


def test_a_tag_that_obeys_passes(ruled):
    organization, actor, _unit, account = ruled
    enforced_rule(actor, organization.root.pk)

    tag_resource(actor=actor, resource_id=account.pk, tags=[("CostCentre", "207"), ("any", "7")])

    assert account.tags.count() == 2


def test_a_policy_binds_below_the_place_where_it_hangs_and_nowhere_else(ruled):
    organization, actor, unit, account = ruled
    enforced_rule(actor, unit.pk)

    tag_resource(actor=actor, resource_id=organization.root.pk, tags=[WRONG[1]])
    with pytest.raises(errors.TagPolicyViolated):
        tag_resource(actor=actor, resource_id=account.pk, tags=[WRONG[1]])

    assert organization.root.tags.count() == 1
    assert account.tags.count() == 0


def test_a_type_that_the_policy_does_not_enforce_is_not_refused(ruled):
    organization, actor, unit, account = ruled
    text = tag_policy_text("CostCentre", values=["100"], enforced_for=["organizations:ou"])
    attach_tag_policy(actor, organization.root.pk, text)

    tag_resource(actor=actor, resource_id=account.pk, tags=[WRONG[1]])
    with pytest.raises(errors.TagPolicyViolated):
        tag_resource(actor=actor, resource_id=unit.pk, tags=[WRONG[1]])

    assert (account.tags.count(), unit.tags.count()) == (1, 0)


def test_a_policy_of_a_type_that_is_off_refuses_nothing():
    organization, actor = make_organization()
    text = tag_policy_text("CostCentre", values=["100"], enforced_for=ENFORCED)
    create_policy(actor=actor, name="Tags", policy_type=PolicyType.TAG_POLICY, content=text)

    tag_resource(actor=actor, resource_id=organization.root.pk, tags=[WRONG[1]])

    assert organization.root.tags.count() == 1


def test_what_a_resource_has_already_is_not_judged_again(ruled):
    organization, actor, _unit, account = ruled
    tag_resource(actor=actor, resource_id=account.pk, tags=[WRONG[1]])
    enforced_rule(actor, organization.root.pk)

    update_tags(actor=actor, resource_id=account.pk, tags=[WRONG[1], ("new", "1")])
    with pytest.raises(errors.TagPolicyViolated):
        update_tags(actor=actor, resource_id=account.pk, tags=[("CostCentre", "8")])

    assert dict(account.tags.values_list("key", "value")) == {"CostCentre": "7", "new": "1"}


def test_tags_of_many_are_given_to_all_or_to_none(ruled):
    _organization, actor, unit, account = ruled
    outside = AccountFactory(member_of=unit.parent)
    enforced_rule(actor, unit.pk)
    before = digest_of_database()

    with pytest.raises(errors.TagPolicyViolated) as refused:
        update_tags_of_resources(
            actor=actor, resource_ids=[outside.pk, account.pk], tags=[WRONG[1]]
        )

    assert str(refused.value).startswith("shop-front: ")
    assert digest_of_database() == before


def test_a_tag_that_breaks_a_policy_can_be_taken_away(ruled):
    organization, actor, _unit, account = ruled
    tag_resource(actor=actor, resource_id=account.pk, tags=[WRONG[1]])
    enforced_rule(actor, organization.root.pk)

    update_tags(actor=actor, resource_id=account.pk, removed_keys=["CostCentre"])

    assert account.tags.count() == 0


SCP = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}'
# Each makes something with first tags, under a unit where it has a place.
MAKERS = {
    "ou": lambda actor, unit, tags: create_organizational_unit(
        actor=actor, parent_id=unit.pk, name="New", tags=tags
    ),
    "account": lambda actor, unit, tags: create_account(
        actor=actor, name="brand-new", tags=tags, destination_parent_id=unit.pk
    ),
    "invitation": lambda actor, unit, tags: invite_account(
        actor=actor,
        target_type="name",
        target="stands-alone",
        tags=tags,
        destination_parent_id=unit.pk,
    ),
    "policy": lambda actor, _unit, tags: create_policy(
        actor=actor,
        name="New",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=SCP,
        tags=tags,
    ),
}
NAMES = {"ou": "New", "account": "brand-new", "invitation": "stands-alone", "policy": "New"}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("what", MAKERS)
def test_r_tp_5_first_tags_are_judged_when_they_are_given(ruled, what, wrong):
    organization, actor, unit, _account = ruled
    AccountFactory(name="stands-alone")
    enforced_rule(actor, organization.root.pk)
    before = digest_of_database()

    with pytest.raises(errors.TagPolicyViolated) as refused:
        MAKERS[what](actor, unit, [("fine", "1"), wrong])

    assert str(refused.value).startswith(f"{NAMES[what]}: The tag ")
    assert digest_of_database() == before


@pytest.mark.parametrize("what", MAKERS)
def test_r_tp_5_first_tags_that_obey_pass_and_so_do_those_of_types_that_cannot_be_enforced(
    ruled, what
):
    organization, actor, unit, _account = ruled
    AccountFactory(name="stands-alone")
    enforced_rule(actor, organization.root.pk)
    before = [rows.objects.count() for rows in (OrganizationalUnit, Policy)]

    MAKERS[what](actor, unit, [("CostCentre", "207")])

    made = [rows.objects.count() for rows in (OrganizationalUnit, Policy)]
    asked = [rows.objects.count() for rows in (CreationRequest, Invitation)]
    wanted = {"ou": (1, 0, 0, 0), "account": (0, 0, 1, 0), "invitation": (0, 0, 0, 1)}
    assert (made[0] - before[0], made[1] - before[1], *asked) == wanted.get(what, (0, 1, 0, 0))


@pytest.mark.parametrize("what", ["ou", "account", "invitation"])
def test_r_tp_5_first_tags_are_judged_by_what_hangs_above_the_place_and_nowhere_else(ruled, what):
    organization, actor, unit, _account = ruled
    AccountFactory(name="stands-alone")
    enforced_rule(actor, unit.pk)
    before = digest_of_database()

    with pytest.raises(errors.TagPolicyViolated):
        MAKERS[what](actor, unit, [WRONG[1]])
    assert digest_of_database() == before

    MAKERS[what](actor, organization.root, [WRONG[1]])

    assert digest_of_database() != before


def test_r_inv_9_tags_of_an_invitation_are_not_judged_again_when_it_is_accepted(ruled):
    """Who accepts has no say in them; the page of compliance shows them."""
    organization, actor, unit, _account = ruled
    guest = AccountFactory(name="stands-alone")
    invitation = MAKERS["invitation"](actor, unit, [WRONG[1]])
    enforced_rule(actor, organization.root.pk)

    accept_invitation(actor=actor_for(make_administrator(guest)), invitation_id=invitation.pk)

    assert list(guest.tags.values_list("key", "value")) == [WRONG[1]]


def test_first_tags_ask_for_tag_policies_once_where_they_are_off_and_never_without_tags():
    organization, actor = make_organization()
    asked = []
    for name, tags in (("A", []), ("B", [("any", "1")])):
        with CaptureQueriesContext(connection) as statements:
            create_organizational_unit(
                actor=actor, parent_id=organization.root.pk, name=name, tags=tags
            )
        asked.append(sum("orgs_rootpolicytype" in one["sql"] for one in statements))

    assert asked == [1, 2]
