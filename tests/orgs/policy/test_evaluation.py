import json

import pytest

from orgs.policy.document import read_service_control_policy
from orgs.policy.dry_run import dry_run, on_trial
from orgs.policy.evaluation import (
    AttachedPolicy,
    Decision,
    Outline,
    Reason,
    Request,
    Source,
    Verdict,
    evaluate,
    explain,
    outline,
)
from orgs.policy.memo import BoundedMemo, DecisionMemo
from orgs.policy.statement_index import StatementIndex
from orgs.policy.statements import (
    Action,
    compile_action,
    split_resource,
)
from tests.orgs.policy.building import FULL, allow, attached, deny, position

LIST = Request("a", "ecs:servers:list")
DENY_ALL = attached("p", deny())


@pytest.mark.parametrize(
    ("standing", "reason", "by_agency"),
    [
        ({"is_in_organization": False}, Reason.NOT_IN_ORGANIZATION, Reason.NOT_IN_ORGANIZATION),
        (
            {"is_management_account": True},
            Reason.MANAGEMENT_ACCOUNT_EXEMPT,
            Reason.MANAGEMENT_ACCOUNT_EXEMPT,
        ),
        ({"is_type_enabled": False}, Reason.SCP_DISABLED, Reason.SCP_DISABLED),
        (
            {"ungoverned_services": frozenset({"ecs"})},
            Reason.SERVICE_NOT_GOVERNED,
            Reason.SERVICE_LINKED_AGENCY_EXEMPT,
        ),
        ({}, Reason.EXPLICIT_DENY, Reason.SERVICE_LINKED_AGENCY_EXEMPT),
    ],
)
def test_exemptions_come_before_policies(standing, reason, by_agency):
    where = position(("root", DENY_ALL), **standing)
    via_agency = Request("a", "ECS:servers:list", via_service_linked_agency=True)

    assert evaluate(where, LIST).reason is reason
    assert evaluate(where, LIST).allowed is (reason is not Reason.EXPLICIT_DENY)
    assert evaluate(where, via_agency) == Decision(allowed=True, reason=by_agency)


def test_an_agency_is_exempt_from_conditional_denials_too():
    where = position(("root", FULL, attached("p", deny(Condition={"Null": {"a:b": True}}))))
    via_agency = Request("a", "x:y:z", via_service_linked_agency=True)

    assert not evaluate(where, LIST).allowed
    assert evaluate(where, via_agency).reason is Reason.SERVICE_LINKED_AGENCY_EXEMPT


def test_exemptions_have_an_order():
    where = position(is_in_organization=False, is_management_account=True, is_type_enabled=False)
    managed = position(is_management_account=True, is_type_enabled=False)

    assert evaluate(where, LIST).reason is Reason.NOT_IN_ORGANIZATION
    assert evaluate(managed, LIST).reason is Reason.MANAGEMENT_ACCOUNT_EXEMPT


def test_the_first_denial_in_order_decides():
    where = position(
        ("root", FULL),
        (
            "unit",
            FULL,
            attached("p", deny("obs:*:*"), deny("ecs:*:*", Sid="s")),
            attached("q", deny()),
        ),
        ("a", attached("r", deny())),
    )

    assert evaluate(where, LIST) == Decision(
        allowed=False, reason=Reason.EXPLICIT_DENY, decided_by=Source("unit", "p", 1, "s")
    )


def test_a_conditional_denial_is_passed_over_when_it_does_not_hold():
    tagged = {"Condition": {"StringEquals": {"g:UserName": "jo"}}}
    server = {"Resource": "ecs:*:*:servers:s-1"}
    where = position(
        ("root", FULL, attached("p", deny(**tagged), deny(**server))), ("a", FULL, DENY_ALL)
    )

    def decided_by(resource, context):
        return evaluate(where, Request("a", "ecs:servers:list", resource, context)).decided_by

    assert decided_by(None, {"g:UserName": "jo"}) == Source("root", "p", 0)
    assert decided_by("ecs:n:a:servers:s-1", {}) == Source("root", "p", 1)
    assert decided_by("ecs:n:a:servers:s-2", {"g:UserName": "al"}) == Source("a", "p", 0)


def test_every_level_needs_an_allow_and_the_first_of_each_is_named():
    where = position(
        ("root", attached("p", allow("obs:*:*"), allow("ecs:*:*"), allow())),
        ("unit", attached("q", allow("obs:*:*")), FULL),
        ("a", FULL),
    )

    assert evaluate(where, LIST) == Decision(
        allowed=True,
        reason=Reason.ALLOWED_AT_EVERY_LEVEL,
        allowed_by=(
            Source("root", "p", 1),
            Source("unit", "FullAccess", 0),
            Source("a", "FullAccess", 0),
        ),
    )


def test_the_first_level_without_an_allow_decides():
    where = position(("root", FULL), ("unit", attached("p", allow("obs:*:*"))), ("a",))
    bare = position(("root",), ("a", attached("p", deny("obs:*:*"))))

    assert evaluate(where, LIST) == Decision(
        allowed=False, reason=Reason.NO_ALLOW_AT_LEVEL, decided_by=Source("unit")
    )
    assert evaluate(bare, LIST) == Decision(
        allowed=False, reason=Reason.NO_POLICY_AT_LEVEL, decided_by=Source("root")
    )


@pytest.mark.parametrize(
    ("patterns", "covered", "others"),
    [
        (["*"], ["a:b:c", "a", "", "a:b:c:d", "::"], []),
        (["*:*:*"], ["a:b:c", "::"], ["a", "a:b", "a:b:c:d"]),
        (["ECS:*:*"], ["ecs:b:c", "Ecs::x"], ["ecs", "ecsx:b:c", "ecs:b:c:d"]),
        (["ecs:servers:*"], ["ecs:servers:", "ecs:SERVERS:x"], ["ecs:server:x", "ecs:servers"]),
        (["iamToken::*"], ["iamtoken::x"], ["iamToken:a:x", "iamToken:x"]),
        (["ecs:*:list"], ["ecs::list", "ecs:x:LIST"], ["ecs:x:lists", "obs:x:list"]),
        (["*:servers:list"], ["a:servers:list", ":servers:list"], ["a:x:list"]),
        (["*:*:list*"], ["a::list", "a:b:lists"], ["a:b:lis"]),
        (["ecs:s?:*"], ["ecs:s1:x"], ["ecs:s:x", "ecs:s12:x", "x:s1:x"]),
        (["ecs:s*:*"], ["ecs:s:x", "ecs:sx:x"], ["ecs:x:s"]),
        (["ecs:a:b", "obs:a:b*", "obs:a:b"], ["ecs:a:b", "obs:a:bc", "obs:a:b"], ["obs:a:a"]),
        ([], [], ["a:b:c", "*", ""]),
    ],
)
def test_actions_are_matched_by_segment(patterns, covered, others):
    excluding = [{"Effect": "Deny", "NotAction": patterns}] if patterns else []
    statements = attached("p", deny(patterns), *excluding).document.statements
    index = StatementIndex.of(statements)

    for action in covered:
        assert statements[0].covers_action(Action.of(action)), action
        assert index.covering(Action.of(action)) == 0b01, action
    for action in others:
        assert not statements[0].covers_action(Action.of(action)), action
        assert index.covering(Action.of(action)) == (0b10 if patterns else 0), action


def test_an_index_gives_each_statement_its_bit():
    statements = attached("p", deny("a:b:c"), allow("a:*:*"), deny("x:y:z"), deny("a:b:*")).document
    index = StatementIndex.of(statements.statements)

    assert index.covering(Action.of("a:b:c")) == 0b1011
    assert index.covering(Action.of("a:b:d")) == 0b1010
    assert index.covering(Action.of("x:y:z")) == 0b0100
    assert index.denials == 0b1101


def test_an_action_is_taken_apart():
    assert Action.of("ECS:Servers:List") == Action(
        "ecs:servers:list", ("ecs", "servers", "list"), "ecs", "ecs:servers"
    )
    assert not Action.of("ecs:list").is_well_formed
    assert compile_action("ECS:a?:x*").beginning == "ecs:a"
    assert compile_action("ECS:a*:x?").beginning == "ecs:a"


@pytest.mark.parametrize(
    ("resource", "segments"),
    [
        (None, []),
        ("", [""]),
        ("a:b:c:d:e:f", ["a", "b", "c", "d", "e:f"]),
        ("a:b:c:d", ["a", "b", "c", "d"]),
    ],
)
def test_a_resource_is_taken_apart(resource, segments):
    assert split_resource(resource) == segments


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("*", [None, "", "a", "a:b:c:d:e"], []),
        ("a:*:*:d:*", ["a:::d:", "a:x:y:d:z/1:2"], [None, "", "a:b:c:d", "A:::d:x", "a:::D:x"]),
        ("a:::d:e", ["a:::d:e"], ["a:x::d:e", "a::x:d:e", "a:::d:ee", "a:::d:E"]),
        ("a:?:*:d*:e/*", ["a:b::dd:e/"], ["a:::d:e/", "a:b::xd:e/"]),
        ("a:::d:e:f/*:g", ["a:::d:e:f/x:g"], ["a:::d:e", "a:::d:e:f/x", "a:::d:e:f"]),
        ("a:::d:${g:U}-*", ["a:::d:jo-1"], ["a:::d:al-1", "a:::d:jo"]),
        ("a:::d:${g:Gone}*", [], ["a:::d:x", "a:::d:"]),
    ],
)
def test_resources_are_matched_by_segment(pattern, covered, others):
    where = position(("a", FULL, attached("p", deny(Resource=["q:::r:s", pattern]))))

    def is_denied(resource):
        request = Request("a", "x:y:z", resource, {"g:U": "jo"})
        return not evaluate(where, request).allowed

    assert [one for one in covered if not is_denied(one)] == []
    assert [one for one in others if is_denied(one)] == []


def test_an_explanation_reads_every_level():
    where = position(
        ("root", FULL, attached("p", deny(), deny("obs:*:*"))),
        ("unit", attached("q", deny(Resource="ecs:*:*:s:1"))),
        ("a", FULL, attached("r", deny(Condition={"Bool": {"g:MFAPresent": False, "a:b": True}}))),
    )

    explanation = explain(where, Request("a", "ecs:s:list", "ecs:n:a:s:2", {"g:MFAPresent": "no"}))

    assert explanation.decision.decided_by == Source("root", "p", 0)
    assert [rung.entity for rung in explanation.rungs] == ["root", "unit", "a"]
    assert [rung.passes for rung in explanation.rungs] == [False, False, True]
    assert [[one.verdict for one in rung.statements] for rung in explanation.rungs] == [
        [Verdict.MATCHES, Verdict.MATCHES, Verdict.OTHER_ACTION],
        [Verdict.OTHER_RESOURCE],
        [Verdict.MATCHES, Verdict.CONDITION_FAILS],
    ]
    assert explanation.rungs[0].denied_by == (Source("root", "p", 0),)
    assert explanation.rungs[0].allowed_by == (Source("root", "FullAccess", 0),)
    assert explanation.rungs[1].allowed_by == ()
    assert [one.sentence() for rung in explanation.rungs for one in rung.statements] == [
        "Allow: statement 1 of policy FullAccess matches.",
        "Deny: statement 1 of policy p matches.",
        "Statement 2 of policy p is about other actions.",
        "Statement 1 of policy q is about other resources.",
        "Allow: statement 1 of policy FullAccess matches.",
        "Statement 1 of policy r does not apply: Bool on g:MFAPresent does not hold.",
    ]


def test_an_explanation_knows_resource_and_context():
    pattern = "ecs:*:*:s:${g:UserName}"
    where = position(("a", FULL, attached("p", deny(Resource=pattern))))
    request = Request("a", "ecs:s:list", "ecs:n:a:s:jo", {"g:UserName": "jo"})

    (rung,) = explain(where, request).rungs

    assert rung.denied_by == (Source("a", "p", 0),)
    assert not rung.passes
    assert rung.statements[0].sentence(lambda english: f"<{english}>") == (
        "<Allow: statement 1 of policy FullAccess matches.>"
    )


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (
            Decision(False, Reason.EXPLICIT_DENY, Source("ou", "p", 1, "s")),
            'Denied by statement 2 ("s") of policy p at ou.',
        ),
        (
            Decision(False, Reason.EXPLICIT_DENY, Source("ou", "p", 0)),
            "Denied by statement 1 of policy p at ou.",
        ),
        (
            Decision(False, Reason.NO_ALLOW_AT_LEVEL, Source("ou")),
            "Denied: no policy at ou allows the action. Allow it there, or attach FullAccess.",
        ),
        (
            Decision(False, Reason.NO_POLICY_AT_LEVEL, Source("ou")),
            "Denied: no service control policy is attached to ou. Attach FullAccess or another.",
        ),
        (
            Decision(True, Reason.ALLOWED_AT_EVERY_LEVEL),
            "Allowed: every level allows it and none denies it.",
        ),
    ],
)
def test_a_decision_says_why(decision, sentence):
    assert decision.sentence() == sentence
    assert decision.sentence(lambda english: f"<{english}>") == f"<{sentence}>"


def test_a_decision_and_its_explanation_say_names():
    where = position(("ou", FULL, attached("p", deny(Sid="s"))))
    explanation = explain(where, LIST)
    names = {"ou": "Sales", "p": "Guard", "1": "never"}

    assert explanation.decision.sentence(names=names) == (
        'Denied by statement 1 ("s") of policy Guard at Sales.'
    )
    assert [one.sentence(names=names) for one in explanation.rungs[0].statements] == [
        "Allow: statement 1 of policy FullAccess matches.",
        "Deny: statement 1 of policy Guard matches.",
    ]


def test_a_decision_names_the_line_of_its_statement():
    document = {"Version": "5.0", "Statement": [allow("a:b:c"), allow(), deny("x:y:z")]}
    text = json.dumps(document, indent=1)
    where = position(("ou", AttachedPolicy("p", read_service_control_policy(text).document)))
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line == "  {"]

    allowed = evaluate(where, Request("a", "a:a:a"))
    denied = evaluate(where, Request("a", "x:y:z"))

    assert [source.line for source in allowed.allowed_by] == [lines[1]]
    assert (denied.decided_by.statement, denied.decided_by.line) == (2, lines[2])
    assert evaluate(position(("a", FULL)), LIST).allowed_by[0].line is None


def test_every_reason_has_a_sentence():
    for reason in Reason:
        assert Decision(True, reason).sentence()


def test_an_outline_keeps_only_what_is_still_open():
    conditional = deny("ecs:*:*", Condition={"Bool": {"a:b": True}})
    where = position(("root", FULL, attached("p", conditional, deny(), conditional)))

    outlined = outline(where, "ecs:a:b")

    assert [rule.source.statement for rule in outlined.open_denials] == [0]
    assert outlined.otherwise.decided_by == Source("root", "p", 1)
    assert outline(position(("root", FULL)), "x:y:z").open_denials == ()


def test_the_memo_asks_for_a_position_once_per_version_and_account():
    asked = []
    memo = DecisionMemo()

    def load(where):
        def loaded():
            asked.append(where)
            return where

        return loaded

    open_, shut = position(("a", FULL)), position(("a", DENY_ALL))

    assert memo.decide(1, LIST, load(open_)).allowed
    assert memo.decide(1, Request("a", "x:y:z"), load(shut)).allowed
    assert not memo.decide(2, LIST, load(shut)).allowed
    assert memo.decide(1, LIST, load(shut)).allowed
    assert not memo.decide(1, Request("b", "ecs:servers:list"), load(shut)).allowed
    assert asked == [open_, shut, shut]


def test_the_memo_finds_out_once_what_an_action_leads_to(monkeypatch):
    outlined = []

    def counting(where, action):
        outlined.append(action)
        return outline(where, action)

    monkeypatch.setattr("orgs.policy.memo.outline", counting)
    memo = DecisionMemo()
    where = position(("a", FULL, attached("p", deny(Condition={"Bool": {"a:b": True}}))))
    for is_true in (True, False, True):
        request = Request("a", "x:y:z", None, {"a:b": is_true})
        assert memo.decide(1, request, lambda: where).allowed is not is_true
    memo.decide(1, Request("a", "x:y:w"), lambda: where)
    memo.decide(2, Request("a", "x:y:z"), lambda: where)

    assert outlined == ["x:y:z", "x:y:w", "x:y:z"]


@pytest.mark.parametrize("capacity", [10, 11])
def test_the_memo_stays_within_its_bounds(capacity):
    memo = BoundedMemo(capacity)

    for number in range(100):
        memo.keep(number, str(number))
        assert memo.find(0) == "0"
        assert len(memo) <= capacity

    assert memo.find(99) == "99"
    assert memo.find(96) == "96"
    assert memo.find(50) is None
    assert memo.find("never") is None


def test_the_memo_forgets_the_oldest_first():
    memo = BoundedMemo(4)
    for number in range(5):
        memo.keep(number, number + 1)

    assert [memo.find(number) for number in range(5)] == [None, None, 3, 4, 5]


def test_a_memo_without_room_still_answers():
    memo = BoundedMemo(0)
    memo.keep("a", 1)

    assert memo.find("a") == 1


def test_the_memo_keeps_as_many_outlines_as_it_was_told():
    memo = DecisionMemo(outlines=4, positions=2)
    for number in range(50):
        memo.decide(number, LIST, lambda: position(("a", FULL)))

    assert len(memo._outlines) <= 4
    assert len(memo._positions) <= 2


def test_a_dry_run_never_changes_a_decision_and_shows_what_would():
    where = position(("root", FULL), ("a", FULL))
    trial = on_trial(where, {"root": [attached("t", deny("ecs:*:*", Sid="try"))], "x": [DENY_ALL]})

    listing = dry_run(where, trial, LIST)
    other = dry_run(where, trial, Request("a", "obs:x:y"))

    assert listing.request is LIST
    assert listing.enforced.allowed
    assert listing.would_be.decided_by == Source("root", "t", 0, "try")
    assert listing.is_worth_recording
    assert not other.is_worth_recording


def test_policies_on_trial_come_after_the_real_ones_and_keep_exemptions():
    real = position(("root", FULL, attached("p", deny("ecs:*:*"))))
    trial = on_trial(real, {"root": [attached("t", deny())]})

    assert dry_run(real, trial, LIST).would_be.decided_by == Source("root", "p", 0)
    assert not dry_run(real, trial, LIST).is_worth_recording
    for standing in (
        {"is_in_organization": False},
        {"is_management_account": True},
        {"is_type_enabled": False},
        {"ungoverned_services": frozenset({"ecs"})},
    ):
        exempt = position(("root", FULL), **standing)
        assert not dry_run(exempt, on_trial(exempt, {"root": [DENY_ALL]}), LIST).is_worth_recording


def test_an_outline_without_agencies_is_the_same_for_all():
    assert Outline(Decision(True, Reason.SCP_DISABLED)).for_agency is None
