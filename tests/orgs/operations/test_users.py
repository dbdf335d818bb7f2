"""Users and their roles: R-PERM-1, R-PERM-2, R9."""

import logging
from dataclasses import replace

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from orgs import access, errors, operations
from orgs.actor import Actor
from orgs.models import (
    OPERATORS,
    Account,
    AccountStatus,
    Event,
    EventTarget,
    OrganizationGroupGrant,
    Role,
    User,
)
from orgs.operations.quotas import set_account_quota
from orgs.operations.sessions import note_session
from orgs.operations.users import (
    change_password,
    create_operator,
    create_user,
    update_operator,
    update_user,
)
from orgs.permissions import ADMINISTRATOR, MEMBER, READER
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("operator")
PASSWORD = "calm-banyan-shade-42"


def grants_of(user):
    return set(
        OrganizationGroupGrant.objects.filter(group__user=user).values_list(
            "permission__codename", flat=True
        )
    )


@pytest.mark.parametrize(
    ("manages", "role", "granted"),
    [
        (True, Role.ADMINISTRATOR, ADMINISTRATOR),
        (True, Role.READER, READER),
        (False, Role.ADMINISTRATOR, MEMBER),
        (False, Role.READER, MEMBER),
    ],
)
def test_create_user_gets_the_grants_of_its_role_and_its_accounts_standing(manages, role, granted):
    organization, _ = make_organization()
    account = organization.management_account
    if not manages:
        account = AccountFactory(member_of=organization.root)

    user = create_user(actor=OPERATOR, account_id=account.pk, username="anna", role=role)

    assert user.role == role
    assert grants_of(user) == {permission.value for permission in granted}


def test_create_user_of_an_account_that_stands_alone_grants_nothing():
    account = AccountFactory()

    user = create_user(actor=OPERATOR, account_id=account.pk, username="anna", role=Role.READER)

    assert grants_of(user) == set()
    assert list(account.events.values_list("number", "kind")) == [(1, "createUser")]


@pytest.mark.parametrize("username", ["anna", "ANNA"])
def test_create_user_refuses_a_name_that_another_user_has_in_any_case(username):
    make_administrator(AccountFactory(), username="anna")
    account = AccountFactory()
    before = digest_of_database()

    with pytest.raises(errors.UsernameTaken):
        create_user(actor=OPERATOR, account_id=account.pk, username=username, role=Role.READER)

    assert digest_of_database() == before


@pytest.mark.parametrize(
    "password", ["short", "password1234", "12345678901234567890", "anna-anna-anna"]
)
def test_create_user_refuses_a_weak_password(password):
    account = AccountFactory()
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        create_user(
            actor=OPERATOR,
            account_id=account.pk,
            username="anna-anna-ann",
            role=Role.READER,
            password=password,
        )

    assert refused.value.field == "password"
    assert digest_of_database() == before


def test_create_user_without_a_password_cannot_sign_in_with_one():
    account = AccountFactory()

    user = create_user(actor=OPERATOR, account_id=account.pk, username="anna", role=Role.READER)

    assert not User.objects.get(pk=user.pk).has_usable_password()


def test_create_user_refuses_an_administrator_whose_account_is_closed():
    organization, _actor = make_organization()
    member = AccountFactory(member_of=organization.root)
    owner = actor_for(make_administrator(member))
    Account.objects.filter(pk=member.pk).update(status=AccountStatus.PENDING_CLOSURE)
    before = digest_of_database()

    with pytest.raises(errors.CallerAccountClosed):
        create_user(actor=owner, account_id=member.pk, username="late", role=Role.READER)

    assert digest_of_database() == before


ANOTHER = "the hash of another"
OLD, NEW = "calm-banyan-shade-42", "seven-roots-below-9"


@pytest.fixture
def reader():
    organization, _ = make_organization()
    user = create_user(
        actor=OPERATOR,
        account_id=organization.management_account_id,
        username="anna",
        role=Role.READER,
        password=OLD,
    )
    return actor_for(user)


def test_change_password_keeps_the_new_one_alone_and_out_of_the_trail(reader):
    change_password(actor=reader, old_password=OLD, new_password=NEW)

    user = User.objects.get(pk=reader.user_id)
    assert user.check_password(NEW)
    assert not user.check_password(OLD)
    event = Event.objects.get(kind="updatePassword")
    assert event.actor_username == "anna"
    assert list(event.targets.values_list("entity_name", "before", "after")) == [
        ("anna", None, None)
    ]
    trail = repr([*Event.objects.values(), *EventTarget.objects.values()])
    assert NEW not in trail
    assert user.password not in trail


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (NEW, NEW, "old_password"),
        ("", NEW, "old_password"),
        (OLD, "anna", "new_password"),
        (OLD, "short", "new_password"),
        (OLD, "password1234", "new_password"),
    ],
)
def test_change_password_refuses_a_wrong_old_and_a_weak_new_one(reader, old, new, field):
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        change_password(actor=reader, old_password=old, new_password=new)

    assert refused.value.field == field
    assert digest_of_database() == before


def test_change_password_loses_to_a_change_that_came_first(reader, monkeypatch):
    """Between the look at the old password and the lock, somebody else changed it."""
    honest = User.set_password

    def slow(self, password):
        honest(self, password)
        User.objects.filter(pk=self.pk).update(password=ANOTHER)

    monkeypatch.setattr(User, "set_password", slow)

    with pytest.raises(errors.ConcurrentModification):
        change_password(actor=reader, old_password=OLD, new_password=NEW)

    assert User.objects.get(pk=reader.user_id).password == ANOTHER


@pytest.mark.parametrize("by", ["operator", "administrator"])
def test_update_user_disables_and_enables_and_says_so(by):
    organization, administrator = make_organization()
    user = make_administrator(organization.management_account, username="anna", role=Role.READER)
    actor = OPERATOR if by == "operator" else administrator

    for is_active in (False, True):
        update_user(actor=actor, username="anna", is_active=is_active)

        user.refresh_from_db()
        assert user.is_active == is_active
        event = organization.events.order_by("-number")[0]
        assert (event.kind, event.is_operator) == ("updateUser", by == "operator")
        assert list(event.targets.values_list("entity_name", "before", "after")) == [
            ("anna", {"is_active": not is_active}, {"is_active": is_active})
        ]


def test_update_user_to_what_it_is_changes_nothing():
    organization, _ = make_organization()
    make_administrator(organization.management_account, username="anna")
    before = digest_of_database()

    update_user(actor=OPERATOR, username="anna", is_active=True)

    assert digest_of_database() == before


def test_update_user_of_an_account_that_stands_alone_is_an_event_of_the_account():
    account = AccountFactory()
    make_administrator(account, username="anna")

    update_user(actor=OPERATOR, username="anna", is_active=False)

    assert list(account.events.values_list("number", "kind")) == [(1, "updateUser")]


def test_update_user_refuses_to_disable_oneself():
    _organization, actor = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.OwnUserKept):
        update_user(actor=actor, username=actor.username, is_active=False)

    assert digest_of_database() == before


def test_update_user_finds_no_operator():
    create_operator(actor=OPERATOR, username="olga", password=PASSWORD)
    before = digest_of_database()

    with pytest.raises(errors.UserNotFound):
        update_user(actor=OPERATOR, username="olga", is_active=False)

    assert digest_of_database() == before


def test_create_operator_is_a_user_of_no_account_who_operates(caplog):
    caplog.set_level(logging.INFO, "orgs.operations.users")

    made = create_operator(actor=OPERATOR, username="olga", password=PASSWORD)

    kept = User.objects.get()
    assert (kept.pk, kept.account, kept.is_staff, kept.is_superuser) == (made.pk, None, True, False)
    assert kept.is_operator
    assert User.objects.filter(OPERATORS).get() == kept
    assert kept.check_password(PASSWORD)
    assert caplog.messages == ["Operator olga was made by operator."]


def test_create_operator_refuses_a_name_that_a_user_has():
    make_administrator(AccountFactory(), username="olga")
    before = digest_of_database()

    with pytest.raises(errors.UsernameTaken):
        create_operator(actor=OPERATOR, username="Olga", password=PASSWORD)

    assert digest_of_database() == before


def signed_in_operator(username="olga"):
    user = create_operator(actor=OPERATOR, username=username, password=PASSWORD)
    return Actor.operator(username, user_id=user.pk)


def test_update_operator_disables_another_one(caplog):
    olga = signed_in_operator()
    signed_in_operator("otto")
    caplog.clear()
    caplog.set_level(logging.INFO, "orgs.operations.users")

    update_operator(actor=olga, username="otto", is_active=False)

    assert not User.objects.get(username="otto").is_operator
    update_operator(actor=olga, username="otto", is_active=True)
    assert User.objects.get(username="otto").is_operator
    assert caplog.messages == [
        "Operator otto was disabled by olga.",
        "Operator otto was enabled by olga.",
    ]


def test_update_operator_refuses_to_disable_oneself():
    olga = signed_in_operator()
    before = digest_of_database()

    with pytest.raises(errors.OwnUserKept):
        update_operator(actor=olga, username="olga", is_active=False)

    assert digest_of_database() == before


def test_update_operator_finds_no_user_of_an_account():
    make_administrator(AccountFactory(), username="anna")
    before = digest_of_database()

    with pytest.raises(errors.UserNotFound):
        update_operator(actor=OPERATOR, username="anna", is_active=False)

    assert digest_of_database() == before


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_an_operator_who_is_none_any_more_is_refused_under_the_lock(change):
    """R9: in each of the three ways in which an operator changes something."""
    olga = signed_in_operator()
    organization, _ = make_organization()
    make_administrator(organization.management_account, username="anna")
    User.objects.filter(username="olga").update(**change)
    before = digest_of_database()

    for attempt in (
        lambda: set_account_quota(actor=olga, organization_id=organization.pk, quota=7),
        lambda: update_user(actor=olga, username="anna", is_active=False),
        lambda: create_operator(actor=olga, username="otto", password=PASSWORD),
    ):
        with pytest.raises(errors.UserDisabled):
            attempt()

    assert digest_of_database() == before


def test_update_user_changes_the_role_and_its_grants_with_the_next_question():
    organization, actor = make_organization()
    user = make_administrator(organization.management_account, username="anna")

    update_user(actor=actor, username="anna", role=Role.READER)

    assert user.role == Role.READER
    assert access.permissions_of(actor_for(user), organization) == READER
    target = Event.objects.latest("pk").targets.get()
    assert (target.before, target.after) == ({"role": "administrator"}, {"role": "reader"})
    update_user(actor=actor, username="anna", role=Role.ADMINISTRATOR)
    assert access.permissions_of(actor_for(user), organization) == ADMINISTRATOR


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"is_active": False}])
def test_the_last_active_administrator_stays_one_but_for_the_operator(change):
    _organization, actor = make_organization()
    make_administrator(Account.objects.get(pk=actor.account_id), username="anna")
    make_administrator(
        Account.objects.get(pk=actor.account_id), username="reader", role=Role.READER
    )
    update_user(actor=actor, username="anna", is_active=False)
    before = digest_of_database()

    with pytest.raises(errors.LastAdministrator):
        update_user(actor=actor, username=actor.username, role=Role.READER)

    assert digest_of_database() == before
    update_user(actor=OPERATOR, username=actor.username, **change)


def test_who_is_in_an_entered_account_leaves_it_its_last_administrator():
    organization, manager = make_organization()
    account = AccountFactory(member_of=organization.root)
    make_administrator(account, username="owner")
    agency = operations.agencies.account_access_agency(
        account, name="WayIn", management_account_id=str(manager.account_id), now=timezone.now()
    )
    agency.save()
    entered = replace(
        manager, account_id=account.pk, home_account_id=manager.account_id, agency_id=agency.pk
    )

    for change in ({"role": Role.READER}, {"is_active": False}):
        with pytest.raises(errors.LastAdministrator):
            update_user(actor=entered, username="owner", **change)


def test_reset_password_tells_a_new_one_this_once_and_ends_the_sessions():
    organization, actor = make_organization()
    user = make_administrator(organization.management_account, username="anna")
    note_session(
        user_id=user.pk,
        session_key="a" * 32,
        started_at=timezone.now(),
        address="192.0.2.1",
        browser="",
    )

    made, password = operations.users.reset_password(actor=actor, username="anna")

    user.refresh_from_db()
    assert (made, user.check_password(password)) == (user, True)
    assert not UserSession.objects.filter(user=user).exists()
    event = Event.objects.latest("pk")
    assert event.kind == "resetPassword"
    assert password not in repr([*event.targets.values()])


def test_reset_password_is_not_for_the_own_one():
    _organization, actor = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.OwnPasswordKept):
        operations.users.reset_password(actor=actor, username=actor.username)

    assert digest_of_database() == before
