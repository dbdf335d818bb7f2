"""Who looks at a page."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from orgs import operations
from orgs.models import Account, InvitationState, Role, User
from orgs.operations.agencies import account_access_agency
from orgs.permissions import SCOPED
from tests.console.conftest import Company, signed_in
from tests.console.guardrails import FULL_ACCESS
from tests.console.pages.row import Row
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    actor_for,
    make_administrator,
    make_organization,
)


def of_grant(company: Company) -> list[str]:
    """A grant on the member's unit, to an administrator of a member account made for it; made once."""
    grant = company.organization.scoped_grants.first()
    if grant is None:
        account = AccountFactory(member_of=company.organization.root)
        grantee = make_administrator(account, username="grantee")
        company.others["grantee"] = grantee
        grant = operations.scoped_grants.create_scoped_grant(
            actor=actor_for(company.administrator),
            unit_id=company.member.unit_id,
            username="grantee",
            permissions=SCOPED,
            policy_ids=[FULL_ACCESS],
            expires_at=timezone.now() + timedelta(days=30),
        )
    return [str(grant.pk)]


def trusted(company: Company, principal: str) -> str:
    if not company.organization.trusted_services.filter(service=principal).exists():
        operations.trusted_services.enable_trusted_service(
            actor=actor_for(company.administrator), service_principal=principal
        )
    return principal


def delegated(company: Company) -> User:
    """An administrator of an account that administers a service of the company; made once."""
    if "delegated" not in company.others:
        account = AccountFactory(member_of=company.organization.root, name="security-tooling")
        operations.attachments.attach_full_access(company.organization, accounts=[account])
        operations.delegated_administrators.register_delegated_administrator(
            actor=actor_for(company.administrator),
            account_id=account.pk,
            service_principal=trusted(company, "service.CTS"),
        )
        company.others["delegated"] = make_administrator(account)
    return company.others["delegated"]


def visitor(row: Row, company: Company) -> User | None:
    """Who looks at a page: somebody of the company, or somebody made for it, who is made only once."""
    if row.who in {"administrator", "reader", "member_user", None}:
        return getattr(company, row.who) if row.who else None
    if row.who == "delegated":
        return delegated(company)
    if row.who == "grantee":
        of_grant(company)
    if row.who not in company.others:
        company.others[row.who] = _make(row.who)
    return company.others[row.who]


def _make(who: str) -> User:
    if who == "operator":
        return User.objects.create_user("operator")
    role = Role.READER if who in {"looks", "invited_reader"} else Role.ADMINISTRATOR
    unit = make_organization()[0].root if who == "invited_member" else None
    account = AccountFactory(name=f"account-of-{who.replace('_', '-')}", member_of=unit)
    made = make_administrator(account, username=who, role=role)
    if who.startswith("invited"):
        for state in InvitationState:
            InvitationFactory(organization=make_organization()[0], account=account, state=state)
    if who == "let_in":
        let_in(account, trusted=AccountFactory())
    if who == "former_manager":
        let_in(AccountFactory(), trusted=account)
    if who == "inside":
        organization = operations.organizations.create_organization(actor=actor_for(made))
        entered = AccountFactory(name="entered-account", member_of=organization.root)
        let_in(entered, trusted=account)
        made.entered = operations.agencies.switch_account(
            actor=actor_for(made), account_id=entered.pk
        )
    if who == "founder":
        operations.organizations.create_organization(actor=actor_for(made))
    return made


def let_in(account: Account, *, trusted: Account) -> None:
    """Give the account an agency by which administrators of the other come in."""
    account_access_agency(
        account, name="WayIn", management_account_id=trusted.pk, now=timezone.now()
    ).save()


def client_of(user: User | None) -> Client:
    return signed_in(user) if user is not None else Client()
