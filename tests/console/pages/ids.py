"""What stands in an address: the ids of what a company has, made once where it has none."""

import secrets
from datetime import timedelta

from django.utils import timezone

from orgs import operations
from orgs.actor import Actor
from orgs.models import (
    Agency,
    Batch,
    BatchKind,
    Delivery,
    DeliveryState,
    Invitation,
    PolicyType,
    Subscription,
    SwitchState,
    TargetType,
    User,
)
from orgs.operations.access_keys import make_access_key
from tests.console.conftest import Company
from tests.console.pages.row import Ids, Row
from tests.console.pages.visitors import delegated, of_grant, trusted, visitor
from tests.factories import AccountFactory, actor_for
from tests.links import question, way_out
from tests.tag_policies import attach_tag_policy, tag_policy_text


def of_root(company: Company) -> list[str]:
    return [company.organization.root.pk]


def of_unit(company: Company) -> list[str]:
    return [company.member.unit_id]


def of_account(company: Company) -> list[str]:
    return [company.member.pk]


def of_manager(company: Company) -> list[str]:
    return [company.organization.management_account_id]


def of_invitation(company: Company) -> list[str]:
    """An open invitation of the company, to an account made for it."""
    pending = company.organization.invitations.pending().first()
    if pending is None:
        now = timezone.now()
        pending = company.organization.invitations.create(
            account=AccountFactory(),
            target_type=TargetType.NAME,
            target="invited",
            created_at=now,
            expires_at=now + timedelta(days=14),
        )
    return [pending.pk]


def of_user(company: Company) -> list[str]:
    """The reader beside the administrator, who has a key."""
    of_key_of(company.reader)
    return [str(company.reader.pk)]


def of_oneself(company: Company) -> list[str]:
    return [str(company.administrator.pk)]


def of_users_key(company: Company) -> list[str]:
    return [str(company.reader.pk), of_key_of(company.reader)]


def of_key_of(user: User) -> str:
    key = user.access_keys.first() or make_access_key(user)[0]
    return key.pk


def with_grants(company: Company) -> list[str]:
    of_grant(company)
    return []


def of_granted_unit(company: Company) -> list[str]:
    of_grant(company)
    return of_unit(company)


def of_granted_account(company: Company) -> list[str]:
    of_grant(company)
    return of_account(company)


def of_key(company: Company) -> list[str]:
    user = company.administrator
    key = user.access_keys.first() or make_access_key(user)[0]
    return [key.pk]


def of_batch(company: Company) -> list[str]:
    """A batch of which a row was refused and the others wait."""
    batch = Batch.objects.filter(organization=company.organization).first()
    if batch is None:
        batch = operations.batches.create_batch(
            actor=actor_for(company.administrator),
            kind=BatchKind.CREATE,
            rows="batch-one,,,,A text\nbad\nbatch-two,,,,A text",
        )
    return [batch.pk]


def judged(company: Company) -> list[str]:
    """Tags that break a tag policy, so many that every list has a next part. Made once."""
    hanging = company.organization.attachments.filter(
        policy__policy_type=PolicyType.TAG_POLICY
    ).exclude(policy__in=company.policies.values())
    if hanging.exists():
        return []
    actor = actor_for(company.administrator)
    for number, account in enumerate(company.organization.accounts.order_by("pk")[:3]):
        tags = [("owner", f"team-{number}"), (f"key-{number}", "")]
        operations.tags.update_tags(actor=actor, resource_id=account.pk, tags=tags)
    company.organization.policy_types.get_or_create(
        policy_type=PolicyType.TAG_POLICY,
        defaults={"state": SwitchState.ENABLED, "changed_at": timezone.now()},
    )
    text = tag_policy_text("Owner", values=["nobody"], enforced_for=["organizations:ou"])
    attach_tag_policy(actor, company.organization.root.pk, text)
    return []


def of_subscription(company: Company) -> list[str]:
    """A subscription to a unit, of which more was sent than a part of the log shows. Made once."""
    found = company.organization.subscriptions.filter(channel="webhook").first()
    if found is None:
        actor = actor_for(company.administrator)
        found, _secret = operations.subscriptions.create_subscription(
            actor=actor,
            channel="webhook",
            name="Ledger",
            target="https://example.com/",
            unit_id=company.member.unit_id,
            kinds=["createPolicy", "createAccount"],
        )
        now = timezone.now()
        event = company.organization.events.order_by("number").first()
        for number, state in enumerate(DeliveryState):
            Delivery.objects.create(
                organization=company.organization,
                subscription=found,
                event=event if number else None,
                purpose="event" if number else "test",
                state=state,
                attempts=number,
                created_at=now,
                due_at=now,
                attempted_at=now if number else None,
                status=503 if number else None,
                duration_ms=1_234 if number else None,
                answer="What somebody answered" if number else "",
                problem="answered 503" if number else "",
            )
    return [found.pk]


def with_subscription(company: Company) -> list[str]:
    """Two subscriptions, of which one does not work; made once."""
    of_subscription(company)
    if not company.organization.subscriptions.filter(channel="email").exists():
        made, _secret = operations.subscriptions.create_subscription(
            actor=actor_for(company.administrator),
            channel="email",
            name="Colleagues",
            target="a@example.com",
        )
        now = timezone.now()
        Subscription.objects.filter(pk=made.pk).update(
            state="paused", failing_since=now, confirmed_at=now
        )
    return []


def of_mailed(company: Company, state: str) -> Subscription:
    """A subscription by e-mail in that state; made once."""
    mailed = company.organization.subscriptions.filter(channel="email", state=state)
    found = mailed.first()
    if found is None:
        found, _secret = operations.subscriptions.create_subscription(
            actor=actor_for(company.administrator),
            channel="email",
            name="Colleagues",
            target=f"{secrets.token_hex(4)}@example.com",
        )
        confirmed_at = timezone.now() if state == "active" else None
        Subscription.objects.filter(pk=found.pk).update(state=state, confirmed_at=confirmed_at)
    return found


def of_unconfirmed(company: Company) -> list[str]:
    return [of_mailed(company, "unconfirmed").pk]


def of_unsubscribed(company: Company) -> list[str]:
    return [of_mailed(company, "unsubscribed").pk]


def of_question(company: Company) -> list[str]:
    """What stands in the link to confirm e-mails."""
    return [question(of_mailed(company, "unconfirmed"))]


def of_answered_question(company: Company) -> list[str]:
    return [question(of_mailed(company, "active"))]


def of_old_question(company: Company) -> list[str]:
    return [question(of_mailed(company, "unconfirmed"), expires_at=timezone.now())]


def of_dead_question(company: Company) -> list[str]:
    return [question(of_mailed(company, "unsubscribed"))]


def of_mail(company: Company) -> list[str]:
    """What stands in the link to unsubscribe."""
    return [way_out(of_mailed(company, "active"))]


def of_last_mail(company: Company) -> list[str]:
    return [way_out(of_mailed(company, "unsubscribed"))]


def of_no_link(_company: Company) -> list[str]:
    return ["s-00000000.0.0.0"]


def of_delivery(company: Company) -> list[str]:
    """One that failed."""
    (subscription_id,) = of_subscription(company)
    delivery = Delivery.objects.filter(subscription=subscription_id, state="failed").first()
    return [subscription_id, str(delivery.pk if delivery else 1)]


def with_own_quota(company: Company) -> list[str]:
    """The quota was set by an operator; made once."""
    if company.organization.events.filter(kind="updateQuota").first() is None:
        operations.quotas.set_account_quota(
            actor=Actor.operator("operator"), organization_id=company.organization.pk, quota=12
        )
    return []


def of_event(_company: Company) -> list[str]:
    return ["1"]


def of_refused_calls(company: Company) -> list[str]:
    """Some, of the member and of the management account; made once."""
    if not company.organization.recorded_calls.exists():
        for user in [company.reader, company.member_user] * 2:
            operations.bookkeeping.note_call(
                caller=actor_for(user),
                organization_id=company.organization.pk,
                operation="create_unit",
                status=403,
                code="Organizations.1007",
            )
    return []


def of_move(company: Company) -> list[str]:
    """The number of a move, which may be undone."""
    moved = company.organization.events.filter(kind="moveAccount").order_by("-number").first()
    return [str(moved.number if moved else 1)]


def of_service(_company: Company) -> list[str]:
    """A service that is not enabled."""
    return ["service.LTS"]


def of_trusted_service(company: Company) -> list[str]:
    """An enabled service with a note before disabling, which nobody administers; made once."""
    return [trusted(company, "service.AOM")]


def of_administered_service(company: Company) -> list[str]:
    """An enabled service, of which the second member is the delegated administrator; made once."""
    principal = trusted(company, "service.CTS")
    delegated(company)
    return [principal]


def of_delegation(company: Company) -> list[str]:
    (principal,) = of_administered_service(company)
    return [principal, delegated(company).account_id]


def of_delegated_account(company: Company) -> list[str]:
    return of_delegation(company)[1:]


def of_session(_company: Company) -> list[str]:
    return ["7"]


def invitation_in(state: str, who: str = "invited") -> Ids:
    """The invitation in that state to the account of who looks at it."""

    def ids(company: Company) -> list[str]:
        user = visitor(Row(who=who), company)
        assert user is not None
        return [Invitation.objects.get(account=user.account_id, state=state).pk]

    return ids


def agency_of(who: str) -> Ids:
    """The agency into the account of who looks."""

    def ids(company: Company) -> list[str]:
        user = visitor(Row(who=who), company)
        assert user is not None
        return [str(Agency.objects.get(account=user.account_id).pk)]

    return ids


def former_account(company: Company) -> list[str]:
    """An account that left, and may still be entered by who looks."""
    user = visitor(Row(who="former_manager"), company)
    assert user is not None
    return [Agency.objects.get(trusted_account=user.account_id).account_id]
