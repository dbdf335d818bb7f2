"""Users and their roles: R-PERM-1, R-PERM-2, R9."""

import pytest

from orgs import errors
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    Event,
    EventTarget,
    OrganizationGroupGrant,
    Role,
    User,
)
from orgs.operations.users import change_password, create_user
from orgs.permissions import ADMINISTRATOR, MEMBER, READER
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("operator")


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
