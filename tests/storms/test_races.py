"""T4: several who want the same of an account at the same moment; one gets it, and no quota is exceeded.

On SQLite, which lets one write at a time, four race instead of eight.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from orgs import quotas
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    Attachment,
    Invitation,
    InvitationState,
    Organization,
)
from orgs.operations.attachments import set_attachments
from orgs.operations.invitations import invite_account
from orgs.operations.policy_types import finish_policy_type_switches
from orgs.operations.trusted_services import enable_trusted_service
from orgs.operations.units import create_organizational_unit
from orgs.queries.integrity import check_integrity
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization
from tests.invariants import violations
from tests.snapshot import last_event, state_of_database
from tests.storms.crowd import Crowd, as_sent, require_whole
from tests.storms.guarded import SCP, guard

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("storms"),
]

HEAD_START_SECONDS = 0.01
ROUNDS = pytest.mark.parametrize(
    "rounds", [pytest.param(5), pytest.param(50, marks=pytest.mark.prove)], ids=str
)


@pytest.fixture(scope="module")
def crowd(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        crowd = Crowd(8 if connection.vendor == "postgresql" else 4)
        connection.close()
    yield crowd
    crowd.close()


def race(crowd: Crowd, *acts: tuple[str, Actor, dict[str, object]]) -> list[dict[str, object]]:
    """All at one moment, each by a process of its own; what they said."""
    at = time.time() + HEAD_START_SECONDS
    return crowd.ask(
        [
            {
                "job": "act",
                "operation": operation,
                "actor": as_sent(actor),
                "arguments": arguments,
                "at": at,
            }
            for operation, actor, arguments in acts
        ]
    )


def answers_of(said: list[dict[str, object]]) -> Counter[str]:
    return Counter(one["answer"] for one in said)


def invited(*managers: Actor) -> tuple[Actor, list[Invitation]]:
    """An account that stands alone, and an invitation by each organization."""
    account = AccountFactory()
    invitations = [
        invite_account(actor=manager, target_type="account", target=account.pk)
        for manager in managers
    ]
    return actor_for(make_administrator(account)), invitations


@pytest.fixture
def organizations(settings) -> list[tuple[Organization, Actor]]:
    settings.ACCOUNT_QUOTA = settings.INVITATIONS = 10_000
    made = [make_organization() for _ in range(2)]
    # The processes of the crowd have the defaults: what they may not exceed stands in the row.
    Organization.objects.update(account_quota=10_000)
    return made


@ROUNDS
def test_i11_of_many_acceptors_of_one_invitation_one_joins(crowd, organizations, rounds):
    organization, manager = organizations[0]
    prepared = []
    for _ in range(rounds):
        owner, (invitation,) = invited(manager)
        account = Account.objects.get(pk=owner.account_id)
        others = [
            actor_for(make_administrator(account, username=f"{owner.username}-{number}"))
            for number in range(len(crowd) - 1)
        ]
        prepared.append((invitation, [owner, *others]))
    start, after = state_of_database(), last_event()
    said = []

    for invitation, owners in prepared:
        arguments = {"invitation_id": invitation.pk}
        round_ = race(crowd, *(("invitations.accept_invitation", one, arguments) for one in owners))
        assert answers_of(round_) == Counter(ok=1, HandshakeNotPending=len(crowd) - 1)
        said += round_

    require_whole(said, start, after=after)
    assert organization.accounts.count() == 1 + rounds


@ROUNDS
def test_i5_an_account_that_accepts_two_organizations_at_once_joins_one(
    crowd, organizations, rounds
):
    prepared = [invited(*(manager for _, manager in organizations)) for _ in range(rounds)]
    start, after = state_of_database(), last_event()
    said, joined = [], Counter()

    for owner, invitations in prepared:
        round_ = race(
            crowd,
            *(
                ("invitations.accept_invitation", owner, {"invitation_id": one.pk})
                for one in invitations
            ),
        )
        assert answers_of(round_) == Counter(ok=1, AccountAlreadyInOrganization=1)
        said += round_
        joined[Account.objects.get(pk=owner.account_id).organization_id] += 1

    require_whole(said, start, after=after)
    assert joined.total() == rounds
    states = Counter(Invitation.objects.values_list("state", flat=True))
    assert states == {InvitationState.ACCEPTED: rounds, InvitationState.PENDING: rounds}


@ROUNDS
def test_i12_creators_and_acceptors_at_once_never_exceed_the_quota(crowd, organizations, rounds):
    start, after = None, 0
    said, prepared = [], []
    for _ in range(rounds):
        organization, manager = make_organization()
        Organization.objects.filter(pk=organization.pk).update(account_quota=1_000)
        owners = [invited(manager) for _ in range(len(crowd) // 2)]
        prepared.append((organization, manager, owners))
    places = 2
    for organization, _, _ in prepared:
        # The invitations that are open count themselves; there is room for two of those that race.
        Organization.objects.filter(pk=organization.pk).update(account_quota=1 + places)
    start, after = state_of_database(), last_event()

    for number, (organization, manager, owners) in enumerate(prepared):
        acts = [
            ("invitations.accept_invitation", owner, {"invitation_id": invitation.pk})
            for owner, (invitation,) in owners
        ]
        acts += [
            ("creations.create_account", manager, {"name": f"racing-{number}-{place}"})
            for place in range(len(crowd) - len(acts))
        ]
        said += race(crowd, *acts)
        organization.refresh_from_db()
        members = organization.accounts.count() + organization.creation_requests.count()
        assert members <= 1 + places

    answers = require_whole(said, start, after=after)
    assert set(answers) <= {"ok", "AccountQuotaExceeded", "InviterQuotaExceeded"}


@ROUNDS
def test_i12_creators_at_once_fill_the_quota_and_never_exceed_it(crowd, organizations, rounds):
    made = [make_organization() for _ in range(rounds)]
    Organization.objects.update(account_quota=4)
    start, after = state_of_database(), last_event()
    said = []

    for number, (organization, manager) in enumerate(made):
        round_ = race(
            crowd,
            *(
                ("creations.create_account", manager, {"name": f"racing-{number}-{place}"})
                for place in range(len(crowd))
            ),
        )
        assert answers_of(round_) == Counter(ok=3, AccountQuotaExceeded=len(crowd) - 3)
        assert quotas.accounts_used(organization) == 4
        said += round_

    require_whole(said, start, after=after)


@ROUNDS
def test_r_clo_8_three_closings_at_once_are_never_exceeded(crowd, organizations, rounds):
    made = []
    for _ in range(rounds):
        organization, manager = make_organization()
        accounts = [AccountFactory(member_of=organization.root) for _ in range(len(crowd))]
        made.append((organization, manager, accounts))
    start, after = state_of_database(), last_event()
    said = []

    for organization, manager, accounts in made:
        round_ = race(
            crowd,
            *(("closings.close_account", manager, {"account_id": one.pk}) for one in accounts),
        )
        assert answers_of(round_) == Counter(ok=3, CloseQuotaExceeded=len(crowd) - 3)
        closing = organization.accounts.filter(status=AccountStatus.PENDING_CLOSURE)
        assert closing.count() == 3
        said += round_

    require_whole(said, start, after=after)


@ROUNDS
def test_i10_inviters_of_one_account_at_once_make_one_invitation(crowd, organizations, rounds):
    _, manager = organizations[0]
    accounts = [AccountFactory() for _ in range(min(rounds, 20))]  # the budget of a day
    start, after = state_of_database(), last_event()
    said = []

    for account in accounts:
        arguments = {"target_type": "account", "target": account.pk}
        round_ = race(
            crowd,
            *(("invitations.invite_account", manager, arguments) for _ in range(len(crowd))),
        )
        assert answers_of(round_) == Counter(ok=1, HandshakeDuplicate=len(crowd) - 1)
        said += round_

    require_whole(said, start, after=after)


def units_with(
    organization: Organization, manager: Actor, policy_ids: list[str], *, count: int
) -> list[str]:
    """New units with exactly these service control policies."""
    made = [
        create_organizational_unit(
            actor=manager, parent_id=organization.root.pk, name=f"Unit {number}"
        ).pk
        for number in range(count)
    ]
    for unit_id in made:
        set_attachments(actor=manager, entity_id=unit_id, policy_type=SCP, policy_ids=policy_ids)
    return made


@ROUNDS
def test_i8_attachers_at_once_fill_an_entity_and_never_exceed_its_limit(
    crowd, organizations, rounds
):
    organization, manager = organizations[0]
    first, second, *others = guard(organization, manager, policies=2 + len(crowd))
    full = ["p-FullAccess", first.pk, second.pk]
    units = units_with(organization, manager, full, count=rounds)
    start, after = state_of_database(), last_event()
    said = []

    for unit_id in units:
        round_ = race(
            crowd,
            *(
                (
                    "attachments.attach_policy",
                    manager,
                    {"policy_id": policy.pk, "entity_id": unit_id},
                )
                for policy in others
            ),
        )
        assert answers_of(round_) == Counter(ok=2, PolicyAttachQuotaExceeded=len(crowd) - 2)
        assert Attachment.objects.filter(unit=unit_id).count() == 5
        said += round_

    require_whole(said, start, after=after)


@ROUNDS
def test_i8_detachers_at_once_leave_one_policy_on_an_entity(crowd, organizations, rounds):
    organization, manager = organizations[0]
    several = [one.pk for one in guard(organization, manager, policies=3)]
    hanging = ["p-FullAccess", *several]
    units = units_with(organization, manager, hanging, count=rounds)
    start, after = state_of_database(), last_event()
    said = []

    for unit_id in units:
        round_ = race(
            crowd,
            *(
                (
                    "attachments.detach_policy",
                    manager,
                    {"policy_id": policy_id, "entity_id": unit_id},
                )
                for policy_id in hanging
            ),
        )
        assert answers_of(round_) == Counter(ok=3, PolicyLastScp=1)
        assert Attachment.objects.filter(unit=unit_id).count() == 1
        said += round_

    require_whole(said, start, after=after)


@ROUNDS
def test_r_pt_7_attachers_and_one_who_switches_the_type_off_leave_nothing_attached(
    crowd, organizations, rounds
):
    made = []
    for _ in range(rounds):
        organization, manager = make_organization()
        made.append((organization, manager, guard(organization, manager, policies=len(crowd) - 1)))
    start, after = state_of_database(), last_event()
    said = []

    for organization, manager, policies in made:
        root_id = organization.root.pk
        off = (
            "policy_types.disable_policy_type",
            manager,
            {"root_id": root_id, "policy_type": SCP},
        )
        entities = [root_id, organization.management_account_id]
        acts = [
            (
                "attachments.attach_policy",
                manager,
                {"policy_id": policy.pk, "entity_id": entities[number % 2]},
            )
            for number, policy in enumerate(policies)
        ]
        # Neither first nor last of those that are asked, so that it falls among them.
        said += race(crowd, *acts[: len(acts) // 2], off, *acts[len(acts) // 2 :])

    answers = require_whole(said, start, after=after)
    assert set(answers) <= {"ok", "PolicyTypeNotEnabled"}
    switched = [one for one in said if one["operation"] == "policy_types.disable_policy_type"]
    assert answers_of(switched) == Counter(ok=rounds)
    for organization, _manager, _policies in made:
        finish_policy_type_switches(organization.root.pk)
    assert Attachment.objects.count() == 0
    assert violations() == []
    assert [one for one in check_integrity() if not one.holds] == []


@ROUNDS
def test_i9_who_leaves_while_it_is_registered_is_no_delegated_administrator(
    crowd, organizations, rounds
):
    """R-DA-8: whichever comes first, the other is refused."""
    organization, manager = organizations[0]
    enable_trusted_service(actor=manager, service_principal="service.CTS")
    long_ago = organization.created_at - timedelta(days=30)
    made = []
    for _ in range(rounds):
        account = AccountFactory(member_of=organization.root, created_at=long_ago)
        made.append((account, actor_for(make_administrator(account))))
    start, after = state_of_database(), last_event()
    said = []

    for account, owner in made:
        wanted = {"account_id": account.pk, "service_principal": "service.CTS"}
        register = "delegated_administrators.register_delegated_administrator"
        round_ = race(
            crowd, (register, manager, wanted), ("departures.leave_organization", owner, {})
        )
        assert answers_of(round_) in (
            Counter(ok=1, AccountNotFound=1),
            Counter(ok=1, DelegatedAdministratorStays=1),
        )
        account.refresh_from_db()
        assert account.stands_alone != account.delegations.exists()
        said += round_

    require_whole(said, start, after=after)
