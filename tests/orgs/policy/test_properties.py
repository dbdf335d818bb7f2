"""What holds for every policy and request; 20,000 times each in `make prove`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgs.policy.compliance import Resource, Scope, Tag, judge, requirements_of
from orgs.policy.document import load_service_control_policy, read_service_control_policy
from orgs.policy.evaluation import (
    AttachedPolicy,
    Request,
    evaluate,
    explain,
    make_level,
    make_position,
)
from orgs.policy.inheritance import AttachedTagPolicy, TagLevel, merge
from orgs.policy.memo import DecisionMemo
from orgs.policy.tag_document import load_tag_policy, read_tag_policy
from tests.orgs.policy import plain
from tests.orgs.policy.strategies import (
    ACTIONS,
    KEYS,
    RESOURCES,
    allowances,
    as_text,
    contexts,
    denials,
    examples,
    json_values,
    levels,
    tag_paths,
    texts,
)

pytestmark = pytest.mark.properties

actions = st.sampled_from(ACTIONS)
resources = st.sampled_from(RESOURCES)
requests = st.builds(Request, st.just("a"), actions, resources, contexts)


def compiled(policy, document):
    reading = read_service_control_policy(as_text(document))
    assert [(fault.code, fault.path) for fault in reading.faults] == []
    assert reading.document is not None
    return AttachedPolicy(policy, reading.document)


def position_on(path):
    return make_position(
        [
            make_level(entity, [compiled(policy, document) for policy, document in policies])
            for entity, policies in path
        ]
    )


def allowed(path, request):
    return evaluate(position_on(path), request).allowed


def with_statement(path, draw, statement):
    """Return the path with a statement put somewhere into it."""
    entity, policies = path[draw(st.integers(0, len(path) - 1))]
    if not policies or draw(st.booleans()):
        new = {"Version": "5.0", "Statement": [statement]}
        changed = [*policies, ("new", new)]
    else:
        chosen = draw(st.integers(0, len(policies) - 1))
        policy, document = policies[chosen]
        place = draw(st.integers(0, len(document["Statement"])))
        statements = list(document["Statement"])
        statements.insert(place, statement)
        changed = list(policies)
        changed[chosen] = (policy, {**document, "Statement": statements})
    return [(one, changed if one == entity else others) for one, others in path]


@examples
@given(levels(), requests, st.data())
def test_the_order_of_statements_never_matters(path, request, data):
    shuffled = [
        (
            entity,
            data.draw(
                st.permutations(
                    [
                        (
                            policy,
                            {**document, "Statement": data.draw(st.permutations(statements))},
                        )
                        for policy, document in policies
                        for statements in [document["Statement"]]
                    ]
                )
            ),
        )
        for entity, policies in path
    ]

    before = evaluate(position_on(path), request)
    after = evaluate(position_on(shuffled), request)

    assert (after.allowed, after.reason) == (before.allowed, before.reason)


@examples
@given(levels(), requests, denials(), st.data())
def test_adding_a_deny_never_allows(path, request, statement, data):
    after = with_statement(path, data.draw, statement)

    assert allowed(path, request) or not allowed(after, request)


@examples
@given(levels(), requests, allowances(), st.data())
def test_adding_an_allow_never_denies(path, request, statement, data):
    after = with_statement(path, data.draw, statement)

    assert allowed(after, request) or not allowed(path, request)


@examples
@given(levels(), requests)
def test_compiled_and_plain_evaluation_agree(path, request):
    position = position_on(path)

    decision = evaluate(position, request)

    assert (
        decision.allowed,
        decision.reason.value,
        as_tuple(decision.decided_by),
        [as_tuple(source) for source in decision.allowed_by],
    ) == plain.evaluate(path, request.action, request.resource, request.context)


@examples
@given(levels(), requests)
def test_the_memo_and_the_explanation_agree_with_the_evaluation(path, request):
    position = position_on(path)
    memo = DecisionMemo(outlines=2, positions=2)

    decision = evaluate(position, request)
    explanation = explain(position, request)

    assert [memo.decide(1, request, lambda: position) for _ in range(2)] == [decision] * 2
    assert explanation.decision == decision
    assert all(rung.passes for rung in explanation.rungs) == decision.allowed
    denied_by = [source for rung in explanation.rungs for source in rung.denied_by]
    if denied_by:
        assert decision.decided_by == denied_by[0]
    elif decision.allowed:
        assert decision.allowed_by == tuple(rung.allowed_by[0] for rung in explanation.rungs)


def as_tuple(source):
    if source is None:
        return None
    return source.entity, source.policy, source.statement, source.sid


@examples
@given(texts)
def test_no_text_raises_and_every_fault_has_a_place_and_a_sentence(text):
    for read in (read_service_control_policy, read_tag_policy):
        reading = read(text)
        assert reading.is_valid == (not reading.faults)
        for fault in (*reading.faults, *reading.warnings, *reading.lints):
            assert fault.sentence()
            assert fault.line >= 1
            assert fault.column >= 1
            fault.sentence().encode()


wild_contexts = st.dictionaries(st.one_of(st.text(max_size=12), st.sampled_from(KEYS)), json_values)
wild_requests = st.builds(
    Request,
    st.just("a"),
    st.one_of(st.text(), actions),
    st.one_of(st.text(), resources),
    wild_contexts,
)


@examples
@given(json_values, levels(), wild_requests)
def test_no_document_or_request_raises(value, path, request):
    text = as_text(value)
    policy, tag_policy = load_service_control_policy(text), load_tag_policy(text)
    level = make_level("e", [AttachedPolicy("p", policy)])
    position = make_position([level, *position_on(path).levels])

    explanation = explain(position, request)
    effective = merge([TagLevel("e", (AttachedTagPolicy("p", tag_policy),))])
    tags = (Tag(request.action, request.resource or ""),)
    judge(requirements_of(effective), Resource("r", request.action, tags), Scope.ALL)

    assert explanation.decision.sentence()
    assert all(one.sentence() for rung in explanation.rungs for one in rung.statements)
    assert effective.content().keys() == {"tags"}


def respelt(path, draw):
    def spelt(key):
        return draw(st.sampled_from((key.upper(), key.lower(), key.swapcase(), key)))

    return [
        (
            entity,
            [
                (policy, {"tags": {spelt(key): body for key, body in document["tags"].items()}})
                for policy, document in policies
            ],
        )
        for entity, policies in path
    ]


def merged(path):
    levels = []
    for entity, policies in path:
        attached = []
        for policy, document in policies:
            reading = read_tag_policy(as_text(document))
            assert reading.document is not None
            attached.append(AttachedTagPolicy(policy, reading.document))
        levels.append(TagLevel(entity, tuple(attached)))
    return merge(levels)


@examples
@given(tag_paths(), st.data())
def test_a_merge_never_depends_on_key_spelling(path, data):
    assert merged(respelt(path, data.draw)) == merged(path)
