"""One factory per model, no surprises: what is made is valid, and an account's organization is whole."""

from datetime import timedelta

import factory
from django.utils import timezone

from orgs.actor import Actor
from orgs.models import (
    Account,
    Invitation,
    InvitationState,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Role,
    TargetType,
    User,
)
from orgs.operations.agencies import service_linked_agency
from orgs.operations.organizations import create_organization
from orgs.operations.users import make_user


class AccountFactory(factory.django.DjangoModelFactory):
    """A stand-alone account; `member_of=unit` makes it a member of the unit's organization."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    class Params:
        member_of = None

    name = factory.Sequence(lambda number: f"account-{number:05}")
    created_at = factory.LazyFunction(timezone.now)
    unit = factory.LazyAttribute(lambda made: made.member_of)
    organization = factory.LazyAttribute(
        lambda made: made.member_of.organization if made.member_of else None
    )
    join_method = factory.LazyAttribute(lambda made: JoinMethod.CREATED if made.member_of else None)
    joined_at = factory.LazyAttribute(lambda made: timezone.now() if made.member_of else None)

    @factory.post_generation
    def with_agency(made, create, _extracted, **_):  # noqa: N805  (the decorated one gets what was made)
        """A member has the agency that every joining makes (R-ACC-20, R-INV-15)."""
        if create and not made.stands_alone:
            service_linked_agency(made, now=made.joined_at).save(force_insert=True)


def make_administrator(
    account: Account, *, username: str = "", role: Role = Role.ADMINISTRATOR
) -> User:
    """A user of the account in a role, with the grants that the account's standing implies."""
    return make_user(
        account, username or f"{account.name}-{role.value}", password=None, role=role
    ).user


def actor_for(user: User) -> Actor:
    """The user as an actor, as a request would bring it."""
    account = Account.objects.get(pk=user.account_id)
    return Actor(
        account_id=account.pk,
        account_name=account.name,
        user_id=user.pk,
        username=user.username,
        organization_id=account.organization_id,
    )


def make_organization(name: str = "") -> tuple[Organization, Actor]:
    """A founded organization and an administrator of its management account."""
    account = AccountFactory(**({"name": name} if name else {}))
    user = make_administrator(account)
    organization = create_organization(actor=actor_for(user))
    return organization, actor_for(user)


class UnitFactory(factory.django.DjangoModelFactory):
    """A unit under `parent`."""

    class Meta:
        model = OrganizationalUnit

    name = factory.Sequence(lambda number: f"Unit {number:05}")
    organization = factory.LazyAttribute(lambda made: made.parent.organization)


class InvitationFactory(factory.django.DjangoModelFactory):
    """An open invitation of `organization` to `account`; one in another state has ended just now."""

    class Meta:
        model = Invitation

    target_type = TargetType.ACCOUNT
    target = factory.LazyAttribute(lambda made: made.account.pk)
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda made: made.created_at + timedelta(days=14))
    updated_at = factory.LazyAttribute(
        lambda made: (
            None if getattr(made, "state", "pending") == InvitationState.PENDING else timezone.now()
        )
    )
