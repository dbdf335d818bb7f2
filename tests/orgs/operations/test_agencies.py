"""R-ACC-20, R-ACC-22, R-ORG-16: into an account by its account-access agency, and back."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from orgs import access, errors, operations
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    Agency,
    AgencyKind,
    Event,
    Organization,
    Role,
    User,
)
from orgs.operations.agencies import delete_agency, switch_account, switch_back
from orgs.permissions import Permission
from orgs.queries.integrity import broken_chains
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    actor_for,
    make_administrator,
    make_organization,
)

PASSWORD = "calm-banyan-shade-42"

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization("harbour-group")[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


@pytest.fixture
def created(manager, run_jobs) -> Account:
    operations.creations.create_account(actor=manager, name="brand-new")
    run_jobs()
    return Account.objects.get(name="brand-new")


def inside(manager: Actor, account: Account) -> Actor:
    """The manager in the account, as the next request brings it."""
    agency = switch_account(actor=manager, account_id=account.pk)
    account.refresh_from_db()
    return replace(
        manager,
        account_id=account.pk,
        account_name=account.name,
        organization_id=account.organization_id,
        home_account_id=manager.account_id,
        home_account_name=manager.account_name,
        agency_id=agency.pk,
    )


def let_go(account: Account) -> None:
    """A full account, old enough to stand alone."""
    Account.objects.filter(pk=account.pk).update(
        is_converted=True, created_at=timezone.now() - timedelta(days=30)
    )


def test_r_acc_22_a_manager_enters_an_account_it_made(manager, created, organization):
    agency = switch_account(actor=manager, account_id=created.pk)

    assert (agency.account, agency.trusted_account_id) == (created, manager.account_id)
    event = organization.events.latest("number")
    assert (event.kind, event.actor_account_name) == ("switchAccount", "harbour-group")
    (target,) = event.targets.all()
    assert (target.entity_id, target.after) == (created.pk, {"agency": agency.name})


def test_who_is_inside_has_the_rights_of_its_administrator(manager, created, organization):
    actor = inside(manager, created)

    assert access.permissions_of(actor, organization) == {Permission.VIEW_ORGANIZATION}
    with pytest.raises(errors.NotManagementAccount):
        operations.units.create_organizational_unit(
            actor=actor, parent_id=organization.root.pk, name="New"
        )
    made = operations.users.create_user(
        actor=actor, account_id=created.pk, username="first", role=Role.ADMINISTRATOR
    )
    assert made.account == created
    event = organization.events.latest("number")
    assert (event.actor_account_name, event.home_account_name, event.actor_username) == (
        "brand-new",
        "harbour-group",
        manager.username,
    )
    assert event.home_account_id == manager.account_id
    assert list(broken_chains()) == []


def test_the_chain_covers_from_where_somebody_came(manager, created, organization):
    inside(manager, created)
    switch_back(actor=inside(manager, created))
    assert list(broken_chains()) == []

    Event.objects.filter(kind="switchBack").update(home_account_name="somebody-else")

    assert len(list(broken_chains())) == 1


def test_who_goes_back_is_recorded_with_both_sides(manager, created, organization):
    switch_back(actor=inside(manager, created))

    event = organization.events.latest("number")
    assert (event.kind, event.actor_account_name, event.home_account_name) == (
        "switchBack",
        "brand-new",
        "harbour-group",
    )


def test_r_org_16_the_former_manager_still_enters_and_may_do_what_its_administrator_may(
    manager, created, organization
):
    let_go(created)
    operations.departures.remove_account(actor=manager, account_id=created.pk)

    actor = inside(manager, created)
    event = created.events.latest("number")
    assert (event.kind, event.actor_account_name) == ("switchAccount", "harbour-group")
    other = make_organization()[0]
    invitation = InvitationFactory(organization=other, account=created)
    operations.invitations.accept_invitation(actor=actor, invitation_id=invitation.pk)
    created.refresh_from_db()
    assert created.organization == other
    event = other.events.latest("number")
    assert (event.actor_account_name, event.home_account_name) == ("brand-new", "harbour-group")
    actor = inside(manager, created)
    assert access.permissions_of(actor, other) == {Permission.VIEW_ORGANIZATION}


def test_somebody_inside_leaves_for_the_account(manager, created):
    let_go(created)

    operations.departures.leave_organization(actor=inside(manager, created))

    created.refresh_from_db()
    assert created.stands_alone


def test_a_reader_does_not_enter(organization, created):
    reader = actor_for(make_administrator(organization.management_account, role=Role.READER))
    before = digest_of_database()

    with pytest.raises(errors.PermissionDenied):
        switch_account(actor=reader, account_id=created.pk)

    assert digest_of_database() == before


@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_a_closed_account_is_not_entered(manager, created, status):
    Account.objects.filter(pk=created.pk).update(status=status)
    before = digest_of_database()

    with pytest.raises(errors.AccountNotActive):
        switch_account(actor=manager, account_id=created.pk)

    assert digest_of_database() == before


def test_an_invited_account_is_not_entered_and_an_unknown_one_sounds_the_same(
    manager, organization
):
    invited = AccountFactory(member_of=organization.root)
    said = []
    for account_id in (invited.pk, "0" * 32):
        with pytest.raises(errors.AgencyNotFound) as refused:
            switch_account(actor=manager, account_id=account_id)
        said.append(str(refused.value).replace(account_id, "ID"))
    assert said[0] == said[1]


def test_nobody_goes_on_from_an_entered_account(manager, created):
    actor = inside(manager, created)

    with pytest.raises(errors.SwitchedAway):
        switch_account(actor=actor, account_id=created.pk)


def agency_is_deleted(manager, created):
    Agency.objects.filter(account=created, kind=AgencyKind.ACCOUNT_ACCESS).delete()


def agency_trusts_another(manager, created):
    Agency.objects.filter(account=created, kind=AgencyKind.ACCOUNT_ACCESS).update(
        trusted_account=AccountFactory()
    )


def user_is_disabled(manager, created):
    User.objects.filter(pk=manager.user_id).update(is_active=False)


def user_is_a_reader(manager, created):
    user = User.objects.get(pk=manager.user_id)
    user.groups.set([Group.objects.create(name=Role.READER.group_name(manager.account_id))])


def account_is_closing(manager, created):
    Account.objects.filter(pk=created.pk).update(status=AccountStatus.PENDING_CLOSURE)


@pytest.mark.parametrize(
    "happens",
    [
        agency_is_deleted,
        agency_trusts_another,
        user_is_disabled,
        user_is_a_reader,
        account_is_closing,
    ],
)
def test_r9_who_is_inside_is_judged_again_under_the_lock(manager, created, organization, happens):
    actor = inside(manager, created)
    let_go(created)
    happens(manager, created)
    before = digest_of_database()

    for act in (
        lambda: operations.departures.leave_organization(actor=actor),
        lambda: operations.users.create_user(
            actor=actor, account_id=created.pk, username="new", role=Role.READER
        ),
        lambda: switch_back(actor=actor),
        lambda: operations.units.create_organizational_unit(
            actor=actor, parent_id=organization.root.pk, name="New"
        ),
    ):
        with pytest.raises(errors.EntryEnded):
            act()

    assert access.permissions_of(actor, organization) == frozenset()
    assert digest_of_database() == before


def test_the_own_sign_in_is_not_changed_while_inside(manager, created):
    actor = inside(manager, created)
    before = digest_of_database()

    for act in (
        lambda: operations.users.change_password(
            actor=actor, old_password=PASSWORD, new_password=PASSWORD
        ),
        lambda: operations.second_factors.renew_recovery_codes(actor=actor),
        lambda: operations.second_factors.add_second_factor(actor=actor, secret="A" * 32, code="1"),
        lambda: operations.sessions.end_session(actor=actor, session_id=1),
        lambda: operations.sessions.end_other_sessions(actor=actor, session_key="x"),
    ):
        with pytest.raises(errors.SwitchedAway):
            act()
    for act in (
        lambda: operations.access_keys.create_access_key(actor=actor, username=actor.username),
        lambda: operations.second_factors.remove_second_factor(
            actor=actor, username=actor.username
        ),
    ):
        with pytest.raises(errors.UserNotFound):
            act()

    assert digest_of_database() == before


def test_r_org_16_an_administrator_of_the_account_deletes_the_way_in(
    manager, created, organization
):
    owner = actor_for(make_administrator(created))
    actor = inside(manager, created)
    agency = created.agencies.get(kind=AgencyKind.ACCOUNT_ACCESS)

    delete_agency(actor=owner, agency_id=agency.pk)

    assert organization.events.latest("number").kind == "deleteAgency"
    assert not access.entry_of(actor).exists()
    with pytest.raises(errors.AgencyNotFound):
        switch_account(actor=manager, account_id=created.pk)


def test_who_came_in_by_an_agency_does_not_delete_it(manager, created):
    actor = inside(manager, created)
    before = digest_of_database()

    with pytest.raises(errors.AgencyInUse):
        delete_agency(actor=actor, agency_id=actor.agency_id)

    assert digest_of_database() == before


def test_the_agency_of_a_service_is_not_deleted(created):
    owner = actor_for(make_administrator(created))
    linked = created.agencies.get(kind=AgencyKind.SERVICE_LINKED)

    with pytest.raises(errors.AgencyNotFound):
        delete_agency(actor=owner, agency_id=linked.pk)

    assert created.agencies.count() == 2


def test_p6_an_event_of_an_own_user_has_the_hash_that_it_always_had(manager):
    """Chains from before anybody entered an account still verify: the facts are spelled out here."""
    event = Event.objects.filter(organization=manager.organization_id).earliest("number")
    facts = [
        event.organization_id,
        event.number,
        event.kind,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_account_id,
        event.actor_account_name,
        event.actor_user_id,
        event.actor_username,
        event.is_operator,
        event.source_address,
        event.request_id,
        event.details,
    ]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode())
    for target in event.targets.order_by("place"):
        told = json.dumps(target.facts(), sort_keys=True, separators=(",", ":"))
        digest.update(told.encode())

    assert event.hash == digest.hexdigest()
