"""Tests of a policy: kept with it, asked on each save, and what a red one stops. (ours)"""

import pytest

from orgs import errors
from orgs.models import PolicyTest, PolicyType
from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy, restore_policy_version, update_policy
from orgs.operations.policy_tests import (
    create_policy_test,
    delete_policy_test,
    update_policy_test,
)
from orgs.queries.policy_tests import run_policy_tests
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.standing import as_made, standing
from tests.tag_policies import switch_on, tag_policy_text

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
NOTHING = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":[]}]}'
DENY_ECS = '{"Version":"5.0","Statement":[{"Sid":"Ecs","Effect":"Deny","Action":["ecs:*:*"]}]}'
INSIDE = (
    '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"],"Condition":'
    '{"NotIpAddress":{"g:SourceIp":"10.0.0.0/8"}}}]}'
)
DELETE = "ecs:servers:delete"


@pytest.fixture(scope="module")
def guarded_made_once(django_db_setup, django_db_blocker):
    """An organization and its policy, which denies a service."""
    with standing(django_db_blocker):
        organization, actor = make_organization()
        policy = create_policy(actor=actor, name="Guardrail", policy_type=SCP, content=DENY_ECS)
        yield organization, actor, policy


@pytest.fixture
def guarded(guarded_made_once, db):
    return as_made(guarded_made_once)


def expect_denial(actor, policy, name="No deletion", **given) -> PolicyTest:
    wanted = {"action": DELETE, "is_allowed": False} | given
    return create_policy_test(actor=actor, policy_id=policy.pk, name=name, **wanted)


def test_a_test_keeps_question_and_answer_and_its_event_says_so(guarded):
    organization, actor, policy = guarded
    account = AccountFactory(member_of=organization.root)

    test = expect_denial(
        actor, policy, account_id=account.pk, resource="ecs:*:*:servers:1", context={"g:MFAAge": 5}
    )

    test.refresh_from_db()
    kept = (test.name, test.account, test.action, test.resource, test.context, test.is_allowed)
    assert kept == ("No deletion", account, DELETE, "ecs:*:*:servers:1", {"g:MFAAge": 5}, False)
    event = organization.events.order_by("-number")[0]
    (target,) = event.targets.all()
    assert (event.kind, target.entity_id) == ("createPolicyTest", policy.pk)
    assert target.after == {
        "test": "No deletion",
        "account_id": account.pk,
        "action": DELETE,
        "resource": "ecs:*:*:servers:1",
        "context": {"g:MFAAge": 5},
        "is_allowed": False,
    }


def test_a_test_is_changed_and_deleted_with_an_event_each(guarded):
    organization, actor, policy = guarded
    test = expect_denial(actor, policy)
    given = {"actor": actor, "policy_id": policy.pk, "test_id": test.pk}

    update_policy_test(**given, name="Others pass", action="vpc:vpcs:get", is_allowed=True)
    update_policy_test(**given)  # changes nothing
    test.refresh_from_db()
    assert (test.name, test.action, test.is_allowed) == ("Others pass", "vpc:vpcs:get", True)
    delete_policy_test(**given)

    assert policy.tests.count() == 0
    kinds = list(organization.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-3:] == ["createPolicyTest", "updatePolicyTest", "deletePolicyTest"]


def test_a_policy_is_asked_alone_where_a_test_names_no_account(guarded):
    _organization, actor, policy = guarded
    expect_denial(actor, policy)
    expect_denial(actor, policy, name="Others pass", action="vpc:vpcs:get", is_allowed=True)

    found = run_policy_tests(policy, policy.content)

    assert [(one.test.name, one.is_allowed, one.passes) for one in found] == [
        ("No deletion", False, True),
        ("Others pass", True, True),
    ]
    assert found[0].sentence == ('Denied by statement 1 ("Ecs") of policy Guardrail at Guardrail.')


def test_the_context_of_a_test_counts(guarded):
    _organization, actor, policy = guarded
    expect_denial(actor, policy, context={"g:SourceIp": "192.0.2.1"})
    expect_denial(actor, policy, name="Inside", context={"g:SourceIp": "10.1.2.3"}, is_allowed=True)

    assert [one.passes for one in run_policy_tests(policy, INSIDE)] == [True, True]
    assert [one.passes for one in run_policy_tests(policy, DENY_ECS)] == [True, False]


def test_all_that_binds_an_account_answers_a_test_that_names_it(guarded, run_jobs):
    organization, actor, policy = guarded
    switch_on(actor, run_jobs, SCP)
    unit = UnitFactory(parent=organization.root)
    attach_policy(actor=actor, policy_id="p-FullAccess", entity_id=unit.pk)
    account = AccountFactory(member_of=unit, name="shop-front")
    attach_policy(actor=actor, policy_id="p-FullAccess", entity_id=account.pk)
    expect_denial(actor, policy, account_id=account.pk)

    assert [one.passes for one in run_policy_tests(policy, DENY_ECS)] == [False]  # not attached
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk)
    assert [one.passes for one in run_policy_tests(policy, DENY_ECS)] == [True]
    assert [one.passes for one in run_policy_tests(policy, NOTHING)] == [False]


def test_a_red_test_stops_a_save_and_nothing_is_written(guarded):
    _organization, actor, policy = guarded
    expect_denial(actor, policy)
    expect_denial(actor, policy, name="Nor this", action="ecs:servers:start")
    before = digest_of_database()

    with pytest.raises(errors.PolicyTestsFail) as refused:
        update_policy(actor=actor, policy_id=policy.pk, content=NOTHING)

    assert str(refused.value) == ("With this text tests of the policy fail: No deletion, Nor this.")
    assert digest_of_database() == before


def test_a_reason_saves_all_the_same_and_the_event_keeps_it(guarded):
    organization, actor, policy = guarded
    expect_denial(actor, policy)

    update_policy(actor=actor, policy_id=policy.pk, content=NOTHING, reason=" The freeze is over ")

    policy.refresh_from_db()
    assert policy.content == NOTHING
    event = organization.events.order_by("-number")[0]
    assert event.details == {"failing_tests": ["No deletion"], "reason": "The freeze is over"}


def test_a_client_that_knows_no_tests_is_not_stopped_and_the_event_names_them(guarded):
    organization, actor, policy = guarded
    expect_denial(actor, policy)

    update_policy(actor=actor, policy_id=policy.pk, content=NOTHING, tests_bind=False)

    event = organization.events.order_by("-number")[0]
    assert event.details == {"failing_tests": ["No deletion"]}


def test_green_tests_and_what_is_no_text_stop_nothing(guarded):
    organization, actor, policy = guarded
    expect_denial(actor, policy)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY_ECS + " ", reason="not needed")
    assert organization.events.order_by("-number")[0].details == {}
    expect_denial(actor, policy, name="Red", is_allowed=True)

    update_policy(actor=actor, policy_id=policy.pk, name="Another name")

    assert organization.events.order_by("-number")[0].details == {}


def test_a_version_is_restored_against_the_same_tests(guarded):
    organization, actor, policy = guarded
    update_policy(actor=actor, policy_id=policy.pk, content=NOTHING)
    expect_denial(actor, policy, is_allowed=True)
    before = digest_of_database()

    with pytest.raises(errors.PolicyTestsFail):
        restore_policy_version(actor=actor, policy_id=policy.pk, number=1)
    assert digest_of_database() == before
    restore_policy_version(actor=actor, policy_id=policy.pk, number=1, reason="Back")

    details = organization.events.order_by("-number")[0].details
    assert details == {
        "restored_version": 1,
        "failing_tests": ["No deletion"],
        "reason": "Back",
    }


def test_a_policy_holds_so_many_tests_and_no_more(guarded, settings):
    _organization, actor, policy = guarded
    settings.POLICY_TESTS = 1
    expect_denial(actor, policy)
    before = digest_of_database()

    with pytest.raises(errors.PolicyTestQuotaExceeded):
        expect_denial(actor, policy)

    assert digest_of_database() == before


def test_only_a_service_control_policy_of_the_organization_has_tests(guarded):
    _organization, actor, _policy = guarded
    tags = create_policy(
        actor=actor, name="Tags", policy_type=PolicyType.TAG_POLICY, content=tag_policy_text("a")
    )
    stranger, stranger_actor = make_organization()
    foreign = create_policy(actor=stranger_actor, name="Foreign", policy_type=SCP, content=DENY_ECS)
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter):
        expect_denial(actor, tags)
    with pytest.raises(errors.PolicyNotFound):
        expect_denial(actor, foreign)
    with pytest.raises(errors.PolicyBuiltin):
        create_policy_test(
            actor=actor, policy_id="p-FullAccess", name="x", action=DELETE, is_allowed=True
        )
    with pytest.raises(errors.AccountNotFound):
        expect_denial(actor, _policy, account_id=stranger.management_account_id)

    assert digest_of_database() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", one) for one in ["", " ", " a", "x" * 129, "a\x00", None, 5]),
        *(
            ("action", one)
            for one in ["", "ecs", "ecs:servers", "ecs:*:*", "*", "e cs:a:b", "a:b:c:d", "a::", 5]
        ),
        *(("action", one) for one in ["x" * 256, "ecs:servers:\u202edelete", None]),
        *(("resource", one) for one in ["ecs", "a:b:c:d", "x:" * 2_000, None, 5, "a:b:c:d:\x00"]),
        *(
            ("context", one)
            for one in [
                5,
                "text",
                [],
                {"": "1"},
                {"nokey": "1"},
                {"g:": "1"},
                {5: "1"},
                {"g:MFAAge": None},
                {"g:MFAAge": {}},
                {"g:MFAAge": float("nan")},
                {"g:MFAAge": float("inf")},
                {"g:MFAAge": 10**19},
                {"g:MFAAge": [["1"]]},
                {"g:MFAAge": ["1"] * 51},
                {"g:MFAAge": "x" * 1_001},
                {"g:MFAAge": "\ud800"},
                {"g:MFAAge": "1", "g:mfaage": "1"},
                {f"g:key{number}": "1" for number in range(51)},
            ]
        ),
        *(("is_allowed", one) for one in [None, 1, "true"]),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_what_is_no_question_is_refused_with_its_field(guarded, field, value):
    _organization, actor, policy = guarded
    test = expect_denial(actor, policy)
    before = digest_of_database()

    if not (field in {"name", "resource", "is_allowed", "action", "context"} and value is None):
        with pytest.raises(errors.InvalidParameter) as changed:
            update_policy_test(actor=actor, policy_id=policy.pk, test_id=test.pk, **{field: value})
        assert changed.value.field == field
    if not (field == "context" and value is None):
        with pytest.raises(errors.InvalidParameter) as refused:
            expect_denial(actor, policy, **{field: value})
        assert refused.value.field == field

    assert digest_of_database() == before


@pytest.mark.parametrize("test_id", [0, -1, None, "1", True, 2**63, [], 1.0])
def test_a_test_is_not_found_by_what_is_no_id_of_one(guarded, test_id):
    _organization, actor, policy = guarded
    before = digest_of_database()

    for operation in (update_policy_test, delete_policy_test):
        with pytest.raises(errors.PolicyTestNotFound):
            operation(actor=actor, policy_id=policy.pk, test_id=test_id)

    assert digest_of_database() == before


def test_a_test_of_another_policy_is_not_found(guarded):
    _organization, actor, policy = guarded
    other = create_policy(actor=actor, name="Other", policy_type=SCP, content=DENY_ECS)
    test = expect_denial(actor, other)

    with pytest.raises(errors.PolicyTestNotFound):
        delete_policy_test(actor=actor, policy_id=policy.pk, test_id=test.pk)

    assert other.tests.count() == 1


@pytest.mark.parametrize("number", [2, 30])
def test_tests_are_asked_in_the_same_statements_however_many_there_are(
    guarded, number, django_assert_num_queries
):
    organization, actor, policy = guarded
    for place in range(number):
        account = AccountFactory(member_of=organization.root)
        expect_denial(actor, policy, name=f"Test {place}", account_id=account.pk)

    # tests; facts, accounts, attachments, policies
    with django_assert_num_queries(5):
        assert len(run_policy_tests(policy, policy.content)) == number
