import pytest

from orgs.policy.compliance import (
    Compliance,
    Resource,
    Scope,
    Status,
    Tag,
    TagRequirement,
    ViolationReason,
    judge,
    requirements_of,
)
from orgs.policy.inheritance import (
    NOTHING_MERGED,
    AttachedTagPolicy,
    EffectiveTagPolicy,
    Ignored,
    IgnoredBecause,
    Leaf,
    Origin,
    Removal,
    TagLevel,
    merge,
)
from orgs.policy.tag_document import Setting
from tests.orgs.policy.building import tag_policy

CONTROL = "@@operators_allowed_for_child_policies"


def level(entity, **policies):
    return TagLevel(
        entity,
        tuple(AttachedTagPolicy(policy, tag_policy(k=body)) for policy, body in policies.items()),
    )


def values(**operators):
    named = {
        CONTROL if name == "control" else f"@@{name}": list(given)
        for name, given in operators.items()
    }
    return {"tag_value": named}


def merged(*levels):
    (tag,) = merge(levels).tags
    return tag


def test_every_value_knows_where_it_comes_from():
    tag = merged(
        level("root", p=values(assign="ab")),
        level("unit", q={**values(append="bc"), "tag_key": {"@@assign": "K"}}),
        level("acc", r=values(append="d", remove="a"), s={"enforced_for": {"@@append": ["e:f"]}}),
    )

    assert tag.key == "k"
    assert tag.tag_key == Leaf("K", Origin("unit", "q", "@@assign"))
    assert tag.tag_value.leaves == (
        Leaf("b", Origin("root", "p", "@@assign")),
        Leaf("c", Origin("unit", "q", "@@append")),
        Leaf("d", Origin("acc", "r", "@@append")),
    )
    assert tag.tag_value.values == ("b", "c", "d")
    assert tag.tag_value.removed == (
        Removal(Leaf("a", Origin("root", "p", "@@assign")), Origin("acc", "r", "@@remove")),
    )
    assert tag.enforced_for.leaves == (Leaf("e:f", Origin("acc", "s", "@@append")),)


def test_what_is_merged_so_far_serves_every_place_below():
    allowed = ["@@append", "@@remove"]
    above = NOTHING_MERGED.with_level(level("root", p=values(assign="ab", control=allowed)))
    so_far = above.effective()

    lower = values(assign="x", append="c", remove="a", control=["@@none"])
    one = above.with_level(level("unit", q=lower)).effective()
    other = above.with_level(level("unit", r=values(append="d"))).effective()

    assert one == merge(
        [level("root", p=values(assign="ab", control=allowed)), level("unit", q=lower)]
    )
    assert one.tags[0].tag_value.values == ("b", "c")
    assert other.tags[0].tag_value.values == ("a", "b", "d")
    assert (other.tags[0].tag_value.removed, other.ignored) == ((), ())
    assert above.effective() == so_far == merge([level("root", p=values(assign="ab"))])
    assert above.with_level(level("unit")) is above


def test_r_tp_6_a_key_nobody_spells_is_in_lower_case_by_default():
    policy = AttachedTagPolicy("p", tag_policy(Key=values(assign="a")))

    (tag,) = merge([TagLevel("root", (policy,))]).tags

    assert tag.tag_key == Leaf("key", None)


def test_an_operator_without_effect_names_what_outdid_it():
    result = merge(
        [
            level(
                "root", p=values(assign="a", control=["@@assign"]), q=values(control=["@@append"])
            ),
            level("unit", r=values(assign="b", append="c", remove="a"), s=values(assign="d")),
            level("acc", t=values(control=["@@all"]), u=values(append="e")),
        ]
    )
    by_p = Origin("root", "p", CONTROL)
    by_q = Origin("root", "q", CONTROL)

    assert result.content() == {"tags": {"k": {"tag_key": "k", "tag_value": ["a"]}}}
    assert result.ignored == tuple(
        Ignored("k", Setting.TAG_VALUE, origin, IgnoredBecause.NOT_ALLOWED_BY_PARENT, because_of)
        for origin, because_of in [
            (Origin("unit", "r", "@@assign"), by_q),
            (Origin("unit", "s", "@@assign"), by_q),
            (Origin("unit", "r", "@@append"), by_p),
            (Origin("unit", "r", "@@remove"), by_p),
            (Origin("acc", "u", "@@append"), by_p),
        ]
    )
    assert result.ignored[0].sentence() == (
        "@@assign of policy r on tag_value of k has no effect: "
        "policy q at root does not allow it below."
    )
    names = {"r": "Third", "q": "Second", "root": "Root"}
    assert result.ignored[0].sentence(names=names) == (
        "@@assign of policy Third on tag_value of k has no effect: "
        "policy Second at Root does not allow it below."
    )


def test_the_earliest_assignment_of_a_level_wins():
    result = merge(
        [level("root", p=values(append="x"), q=values(assign="a"), r=values(assign="b"))]
    )

    assert result.tags[0].tag_value.values == ("a", "x")
    assert result.ignored == (
        Ignored(
            "k",
            Setting.TAG_VALUE,
            Origin("root", "r", "@@assign"),
            IgnoredBecause.EARLIER_ATTACHMENT_WINS,
            Origin("root", "q", "@@assign"),
        ),
    )
    assert result.ignored[0].sentence() == (
        "@@assign of policy r on tag_value of k has no effect: policy q was attached earlier."
    )
    assert result.ignored[0].sentence(lambda _english: "{key}") == "k"


def test_a_lower_assignment_replaces_what_was_removed_too():
    tag = merged(
        level("root", p=values(assign="a")),
        level("unit", q=values(remove="a")),
        level("acc", r=values(assign="b")),
    )

    assert tag.tag_value.values == ("b",)
    assert tag.tag_value.removed == ()
    assert not tag.tag_value.was_emptied


def test_removing_the_last_value_is_worth_a_warning():
    result = merge(
        [
            level("root", p={**values(assign="ab"), "enforced_for": {"@@assign": ["e:f"]}}),
            level("unit", q=values(remove="a")),
            level("acc", r={**values(remove="bx"), "enforced_for": {"@@remove": ["e:f"]}}),
        ]
    )

    assert result.content() == {"tags": {"k": {"tag_key": "k"}}}
    assert [one.sentence() for one in result.emptied] == [
        "Policy r at acc removes the last value of k. Any value is accepted now.",
        "Policy r at acc removes the last resource type of k. It is enforced nowhere now.",
    ]
    assert [(one.key, one.setting) for one in result.emptied] == [
        ("k", Setting.TAG_VALUE),
        ("k", Setting.ENFORCED_FOR),
    ]


def test_a_setting_that_never_had_values_was_not_emptied():
    assert merge([level("root", p=values(remove="a"))]).emptied == ()
    assert merge([level("root", p=values(assign="ab", remove="a"))]).emptied == ()


def test_nothing_attached_comes_to_nothing():
    assert merge([]) == merge([TagLevel("root", ())]) == EffectiveTagPolicy()
    assert EffectiveTagPolicy().content() == {"tags": {}}


def test_keys_keep_the_order_in_which_they_were_first_mentioned():
    first = AttachedTagPolicy("p", tag_policy(b={}, a={}))
    second = AttachedTagPolicy("q", tag_policy(c={}, A={}))

    result = merge([TagLevel("root", (first,)), TagLevel("acc", (second,))])

    assert [tag.key for tag in result.tags] == ["b", "a", "c"]


def requirements():
    return {
        "env": TagRequirement.of("Env", ["prod", "dev-*", "*?x"], ["ecs:instance", "evs:*"]),
        "any": TagRequirement.of("any", [], []),
    }


def compliance(resource_type, *tags, scope=Scope.ENFORCED):
    resource = Resource("r", resource_type, tuple(Tag(*tag) for tag in tags))
    found = judge(requirements(), resource, scope)
    return found.status, [(one.tag.key, one.reason, one.enforced) for one in found.violations]


@pytest.mark.parametrize(
    ("resource_type", "is_covered"),
    [
        ("ecs:instance", True),
        ("ecs:disk", False),
        ("ecs", False),
        ("evs:volume", True),
        ("evs:", True),
        ("evs", False),
        ("evsx:volume", False),
        ("evs:a:b", True),
        ("x:evs:a", False),
        ("", False),
    ],
)
def test_enforcement_covers_a_type_or_a_whole_service(resource_type, is_covered):
    assert requirements()["env"].is_enforced_for(resource_type) is is_covered


@pytest.mark.parametrize(
    ("value", "is_accepted"),
    [
        ("prod", True),
        ("Prod", False),
        ("dev-", True),
        ("dev", False),
        ("a?x", True),
        ("abx", False),
    ],
)
def test_only_the_star_is_a_wildcard_in_tag_values(value, is_accepted):
    assert requirements()["env"].accepts(value) is is_accepted
    assert requirements()["any"].accepts(value)


def test_judges_tags_in_order_key_before_value():
    status, violations = compliance(
        "evs:volume", ("x", "y"), ("ENV", "no"), ("Env", "prod"), ("any", ""), ("env", "prod")
    )

    assert status is Status.NONCOMPLIANT
    assert violations == [
        ("ENV", ViolationReason.KEY_CASE, True),
        ("ENV", ViolationReason.VALUE, True),
        ("env", ViolationReason.KEY_CASE, True),
    ]


def test_an_audit_looks_at_every_type():
    assert compliance("obs:bucket", ("Env", "no")) == (Status.NOT_EVALUATED, [])
    assert compliance("obs:bucket", ("Env", "no"), ("Any", "x"), scope=Scope.ALL) == (
        Status.NONCOMPLIANT,
        [("Env", ViolationReason.VALUE, False), ("Any", ViolationReason.KEY_CASE, False)],
    )
    assert compliance("obs:bucket", ("any", "x"), scope=Scope.ALL) == (Status.COMPLIANT, [])
    assert compliance("ecs:instance", ("x", "x"), scope=Scope.ALL) == (Status.NOT_EVALUATED, [])


def test_a_violation_says_what_would_be_right():
    resource = Resource("r", "ecs:instance", (Tag("ENV", "no"),))

    found = judge(requirements(), resource)

    assert [one.sentence(lambda _english: "{key}") for one in found.violations] == ["ENV"] * 2
    assert [one.sentence() for one in found.violations] == [
        'The tag key "ENV" must be written "Env".',
        'The tag ENV cannot have the value "no". Allowed: prod, dev-*, *?x.',
    ]


def test_an_effective_policy_is_compiled_to_requirements():
    body = {**values(assign=["a", "b*"]), "enforced_for": {"@@assign": ["ecs:x"]}}
    effective = merge([level("root", p={**body, "tag_key": {"@@assign": "K"}})])

    compiled = requirements_of(effective)

    assert compiled == {"k": TagRequirement.of("K", ["a", "b*"], ["ecs:x"])}
    assert compiled["k"].values == ("a", "b*")
    assert judge(compiled, Resource("r", "ecs:x", (Tag("K", "bc"),))) == Compliance(
        Status.COMPLIANT, ()
    )
