"""Users and their roles: R-PERM-1, R-PERM-2, R9."""

import pytest

from orgs import errors
from orgs.actor import Actor
from orgs.models import OrganizationGroupGrant, Role, User
from orgs.operations.users import create_user
from orgs.permissions import ADMINISTRATOR, MEMBER, READER
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_administrator, make_organization

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
