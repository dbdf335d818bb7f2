"""What service control policies decide, why, and what they would decide after changes."""

import json

import pytest
from django.utils import translation

from orgs import errors
from orgs.models import Policy, PolicyType
from orgs.operations.attachments import attach_policy, detach_policy
from orgs.operations.policies import create_policy, update_policy
from orgs.operations.policy_types import enable_policy_type
from orgs.operations.units import create_organizational_unit
from orgs.permissions import Permission
from orgs.policy.changes import Attach, Detach, MoveAccount, MoveUnit
from orgs.policy.evaluation import Reason, Request, Verdict
from orgs.queries.decisions import decide, decide_for_many, explain_request, standings
from orgs.queries.decisions.rulings import Named, Place
from orgs.queries.decisions.what_if import WhatIf
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
FULL_ACCESS = "p-FullAccess"
VIEW = frozenset({Permission.VIEW_STRUCTURE})
START = "ecs:cloudServers:start"

DENY = """{
  "Version": "5.0",
  "Statement": [
    {"Effect": "Allow", "Action": ["obs:*:*"]},
    {
      "Sid": "NoServers",
      "Effect": "Deny",
      "Action": ["ecs:*:*"]
    }
  ]
}"""
HARMLESS = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["obs:*:*"]}]}'


@pytest.fixture
def made(run_jobs):
    """Root → shop → web with an account, and lab with one; the policy hangs on shop."""
    organization, actor = make_organization()
    shop = UnitFactory(parent=organization.root, name="Shop")
    web = UnitFactory(parent=shop, name="Web")
    lab = UnitFactory(parent=organization.root, name="Lab")
    accounts = (
        AccountFactory(member_of=web, name="a-web"),
        AccountFactory(member_of=lab, name="b-lab"),
    )
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()
    policy = create_policy(actor=actor, name="Guard", policy_type=SCP, content=DENY)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=shop.pk)
    return organization, actor, (shop, web, lab), accounts, policy


def ask(actor, account, action=START, **asked):
    return decide(actor=actor, permissions=VIEW, request=Request(account.pk, action, **asked))


def test_who_may_not_see_the_structure_gets_no_answer(made):
    _organization, actor, _units, (account, _other), _policy = made
    request = Request(account.pk, START)

    for query in (
        lambda: decide(actor=actor, permissions=frozenset(), request=request),
        lambda: explain_request(actor=actor, permissions=frozenset(), request=request),
        lambda: decide_for_many(
            actor=actor, permissions=frozenset(), entity_ids=[account.pk], action=START
        ),
    ):
        with pytest.raises(errors.NotManagementOrDelegated):
            query()


def test_r_gen_3_accounts_of_others_are_not_there(made):
    _organization, actor, _units, _accounts, _policy = made
    stranger = AccountFactory(member_of=make_organization()[0].root)

    with pytest.raises(errors.AccountNotFound):
        ask(actor, stranger)
    with pytest.raises(errors.AccountNotFound):
        explain_request(actor=actor, permissions=VIEW, request=Request(stranger.pk, START))
    with pytest.raises(errors.EntityNotFound):
        decide_for_many(actor=actor, permissions=VIEW, entity_ids=[stranger.pk], action=START)
    with pytest.raises(errors.InvalidParameter):
        decide(actor=actor, permissions=VIEW, request=Request("nobody", START))


def test_r_scp_2_a_denial_names_entity_policy_statement_and_line(made):
    organization, actor, (shop, web, _lab), (account, _other), policy = made

    answer = ask(actor, account)

    assert not answer.before.allowed
    assert answer.before.reason is Reason.EXPLICIT_DENY
    assert answer.before.decided_by == Place(
        entity=Named(shop.pk, "Shop"),
        policy=Named(policy.pk, "Guard"),
        number=2,
        sid="NoServers",
        line=5,
    )
    assert answer.before.sentence == (
        'Denied by statement 2 ("NoServers") of policy Guard at Shop.'
    )
    assert answer.account == Named(account.pk, "a-web")
    assert [place.id for place in answer.path] == [
        organization.root.pk, shop.pk, web.pk, account.pk,
    ]  # fmt: skip
    assert answer.after is None


def test_an_allowance_names_what_allows_it_on_every_level(made):
    organization, actor, (_shop, _web, lab), (_account, other), _policy = made

    answer = ask(actor, other)

    assert answer.before.allowed
    assert [(place.entity.id, place.policy.id) for place in answer.before.allowed_by] == [
        (organization.root.pk, FULL_ACCESS),
        (lab.pk, FULL_ACCESS),
        (other.pk, FULL_ACCESS),
    ]


def test_r_scp_3_the_management_account_is_never_bound(made):
    organization, actor, _units, _accounts, policy = made
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=organization.root.pk)

    answer = ask(actor, organization.management_account)

    assert answer.before.reason is Reason.MANAGEMENT_ACCOUNT_EXEMPT


def test_r_scp_4_agencies_and_services_without_scps_are_not_bound(made, settings):
    _organization, actor, _units, (account, _other), _policy = made

    by_agency = ask(actor, account, via_service_linked_agency=True)
    settings.SERVICES_WITHOUT_SCP = ["ecs"]
    without = ask(actor, account)

    assert by_agency.before.reason is Reason.SERVICE_LINKED_AGENCY_EXEMPT
    assert without.before.reason is Reason.SERVICE_NOT_GOVERNED


def test_r_scp_7_without_full_access_a_unit_lets_nothing_through(made):
    _organization, actor, (shop, _web, _lab), (account, _other), _policy = made

    detach_policy(actor=actor, policy_id=FULL_ACCESS, entity_id=shop.pk)

    answer = ask(actor, account, "kms:cmk:list")
    assert answer.before.reason is Reason.NO_ALLOW_AT_LEVEL
    assert answer.before.decided_by == Place(
        entity=Named(shop.pk, "Shop"), policy=None, number=None, sid="", line=None
    )


def test_a_question_asked_again_takes_one_statement_until_something_changes(
    made, django_assert_num_queries
):
    _organization, actor, _units, (account, _other), policy = made
    ask(actor, account)

    with django_assert_num_queries(1):
        assert not ask(actor, account).before.allowed
    with django_assert_num_queries(1):
        assert ask(actor, account, "kms:cmk:list").before.allowed

    update_policy(actor=actor, policy_id=policy.pk, content=HARMLESS)

    with django_assert_num_queries(5):
        assert ask(actor, account).before.allowed


def test_many_accounts_are_answered_for_by_name_whatever_their_number(
    made, django_assert_num_queries
):
    organization, actor, (shop, web, _lab), (account, other), _policy = made
    more = [AccountFactory(member_of=web, name=f"c-more-{number:02}") for number in range(20)]

    with django_assert_num_queries(4):
        table = decide_for_many(
            actor=actor, permissions=VIEW, entity_ids=[other.pk, account.pk], action=START
        )
    with django_assert_num_queries(5):
        below = decide_for_many(actor=actor, permissions=VIEW, entity_ids=[shop.pk], action=START)

    assert [(one.account.name, one.before.allowed) for one in table.answers] == [
        ("a-web", False), ("b-lab", True),
    ]  # fmt: skip
    assert below.total == 1 + len(more)
    assert {one.before.decided_by.entity.id for one in below.answers} == {shop.pk}
    assert [one.account.id for one in below.answers[1:]] == [one.pk for one in more]
    everything = decide_for_many(
        actor=actor, permissions=VIEW, entity_ids=[organization.root.pk], action=START
    )
    assert everything.total == 3 + len(more)


def test_accounts_that_stand_alike_are_answered_for_with_their_own_names(made):
    _organization, actor, (_shop, _web, lab), (_account, other), policy = made
    twin = AccountFactory(member_of=lab, name="c-twin")
    for entity in (other, twin):
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=entity.pk)
    detach_policy(actor=actor, policy_id=FULL_ACCESS, entity_id=other.pk)

    def told(action):
        table = decide_for_many(actor=actor, permissions=VIEW, entity_ids=[lab.pk], action=action)
        return [
            (one.account.name, one.before.decided_by and one.before.decided_by.entity.name)
            for one in table.answers
        ]

    assert told(START) == [("b-lab", "b-lab"), ("c-twin", "c-twin")]
    assert told("kms:cmk:list") == [("b-lab", "b-lab"), ("c-twin", "c-twin")]


def test_asking_for_nothing_or_too_much_is_refused(made):
    _organization, actor, _units, (account, _other), _policy = made

    for entity_ids in ([], [account.pk] * 1_001, ["nothing"]):
        with pytest.raises(errors.InvalidParameter):
            decide_for_many(actor=actor, permissions=VIEW, entity_ids=entity_ids, action=START)


def test_a_draft_is_tried_without_being_saved(made):
    _organization, actor, (shop, _web, _lab), (account, _other), policy = made

    table = decide_for_many(
        actor=actor,
        permissions=VIEW,
        entity_ids=[shop.pk],
        action=START,
        what_if=WhatIf(drafts={policy.pk: HARMLESS}),
    )

    (answer,) = table.answers
    assert (answer.before.allowed, answer.after.allowed) == (False, True)
    assert answer.is_changed
    assert Policy.objects.get(pk=policy.pk).content == DENY
    assert not ask(actor, account).before.allowed


def test_a_policy_that_is_not_saved_yet_is_tried_where_it_would_hang(made):
    _organization, actor, (_shop, _web, lab), (_account, other), _policy = made
    what_if = WhatIf(changes=(Attach(lab.pk, "draft"),), drafts={"draft": DENY})

    ladder = explain_request(
        actor=actor, permissions=VIEW, request=Request(other.pk, START), what_if=what_if
    )

    assert ladder.refusals == ()
    assert ladder.answer.before.allowed
    assert ladder.answer.after.decided_by.policy == Named("draft", "New policy")
    assert ladder.answer.after.decided_by.line == 5


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        (lambda made: (MoveAccount(made[3][1].pk, made[2][1].pk),), (True, False)),
        (lambda made: (MoveUnit(made[2][2].pk, made[2][0].pk),), (True, False)),
        (lambda made: (Attach(made[3][1].pk, made[4].pk),), (True, False)),
        (lambda made: (Detach(made[2][0].pk, made[4].pk),), (True, True)),
    ],
)
def test_changes_are_tried_without_being_made(made, changes, allowed):
    _organization, actor, _units, (_account, other), _policy = made
    before = list(Policy.objects.order_by("pk").values_list("attachments", flat=True))

    (answer,) = decide_for_many(
        actor=actor,
        permissions=VIEW,
        entity_ids=[other.pk],
        action=START,
        what_if=WhatIf(changes=changes(made)),
    ).answers

    assert (answer.before.allowed, answer.after.allowed) == allowed
    assert list(Policy.objects.order_by("pk").values_list("attachments", flat=True)) == before


def test_a_change_from_outside_of_a_unit_is_seen_below_it(made):
    _organization, actor, (_shop, web, lab), (account, _other), _policy = made

    table = decide_for_many(
        actor=actor,
        permissions=VIEW,
        entity_ids=[lab.pk],
        action=START,
        what_if=WhatIf(changes=(MoveAccount(account.pk, lab.pk), MoveUnit(lab.pk, web.pk))),
    )

    assert table.refusals == ()
    assert [(one.account.name, one.after.allowed) for one in table.answers] == [("b-lab", False)]


def test_what_the_service_would_refuse_is_said_with_names(made):
    _organization, actor, _units, (account, _other), policy = made
    what_if = WhatIf(changes=(Detach(account.pk, FULL_ACCESS),))

    ladder = explain_request(
        actor=actor, permissions=VIEW, request=Request(account.pk, START), what_if=what_if
    )

    assert len(ladder.refusals) == 1
    assert "a-web" in ladder.refusals[0]
    assert account.pk not in ladder.refusals[0]
    assert policy.pk not in ladder.refusals[0]


def test_the_ladder_tells_of_every_statement_and_marks_the_rung_that_stops(
    made, django_assert_num_queries
):
    organization, actor, (shop, web, _lab), (account, _other), policy = made

    with django_assert_num_queries(4):
        ladder = explain_request(actor=actor, permissions=VIEW, request=Request(account.pk, START))

    assert [(step.entity.id, step.passes, step.stops) for step in ladder.steps] == [
        (organization.root.pk, True, False),
        (shop.pk, False, True),
        (web.pk, True, False),
        (account.pk, True, False),
    ]
    guard = [said for said in ladder.steps[1].statements if said.place.policy.id == policy.pk]
    assert [(said.place.number, said.place.line, said.verdict) for said in guard] == [
        (1, 4, Verdict.OTHER_ACTION),
        (2, 5, Verdict.MATCHES),
    ]
    assert guard[0].sentence == "Statement 1 of policy Guard is about other actions."
    assert ladder.steps_after is None


def test_reasons_are_told_in_the_language_of_who_reads_them(made):
    _organization, actor, _units, (account, _other), _policy = made

    answer = ask(actor, account)

    with translation.override("en"):
        assert answer.before.sentence.startswith("Denied by statement 2")


def test_what_is_remembered_of_one_organization_is_not_told_to_another(made):
    _organization, actor, _units, (account, _other), _policy = made
    ask(actor, account)
    stranger = make_organization()[1]

    with pytest.raises(errors.AccountNotFound):
        ask(stranger, account)
    assert len(standings._STANDINGS) > 0


def test_r_pol_14_what_is_attached_changed_or_detached_binds_at_once(made):
    _organization, actor, (_shop, _web, lab), (_account, account), policy = made
    asked = []

    asked.append(ask(actor, account).before.allowed)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=lab.pk)
    asked.append(ask(actor, account).before.allowed)
    update_policy(actor=actor, policy_id=policy.pk, content=HARMLESS)
    asked.append(ask(actor, account).before.allowed)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY)
    asked.append(ask(actor, account).before.allowed)
    detach_policy(actor=actor, policy_id=policy.pk, entity_id=lab.pk)
    asked.append(ask(actor, account).before.allowed)

    assert asked == [True, False, True, False, True]


def test_r_scp_1_an_allowance_of_everything_grants_nothing(made):
    organization, _actor, _units, (_account, account), _policy = made
    member = actor_for(make_administrator(account))
    before = organization.units.count()

    with pytest.raises(errors.NotManagementAccount):
        create_organizational_unit(actor=member, parent_id=organization.root.pk, name="Mine")

    assert organization.units.count() == before


def guarded(actor, account, **statement):
    """The account, with one more denial on it."""
    denial = {"Effect": "Deny", "Action": ["kms:cmk:list"], **statement}
    policy = create_policy(
        actor=actor,
        name="Denial",
        policy_type=SCP,
        content=json.dumps({"Version": "5.0", "Statement": [denial]}),
    )
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=account.pk)
    return lambda **asked: ask(actor, account, "kms:cmk:list", **asked).before.allowed


@pytest.mark.parametrize("is_root_user", [True, False])
def test_r_scp_5_the_root_user_of_a_member_is_bound_too(made, is_root_user):
    _organization, actor, _units, (_account, account), _policy = made
    allowed = guarded(actor, account, Condition={"Bool": {"g:PrincipalIsRootUser": "true"}})

    assert allowed(context={"g:PrincipalIsRootUser": is_root_user}) is not is_root_user


@pytest.mark.parametrize("statement", [{}, {"Resource": ["*"]}], ids=["left out", "all"])
def test_r_scp_8_a_resource_left_out_means_every_resource(made, statement):
    _organization, actor, _units, (_account, account), _policy = made
    allowed = guarded(actor, account, **statement)

    assert [allowed(resource=one) for one in (None, "kms:eu-1:0:cmk:1", "kms:::cmk:2")] == [
        False
    ] * 3


@pytest.mark.parametrize(
    ("tags", "is_allowed"), [((), False), (("a",), True), (("b",), True), (("a", "b"), True)]
)
def test_r_scp_9_the_keys_of_one_operator_have_to_hold_together(made, tags, is_allowed):
    """So a guard against missing tags takes a statement for each."""
    _organization, actor, _units, (_account, account), _policy = made
    missing = {"g:RequestTag/a": "true", "g:RequestTag/b": "true"}
    allowed = guarded(actor, account, Condition={"Null": missing})

    assert allowed(context={f"g:RequestTag/{key}": "1" for key in tags}) is is_allowed
