from dataclasses import replace

import pytest

from orgs.policy.changes import (
    Attach,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    UpdatePolicy,
    make_changes,
)
from orgs.policy.evaluation import Reason, Request, Source, evaluate
from orgs.policy.preview import SignInBlocked, blocked_sign_ins, preview
from orgs.policy.snapshot import (
    PolicyType,
    Snapshot,
    path_to,
    position_of,
)
from orgs.policy.statements import FULL_ACCESS
from tests.orgs.policy.building import allow, deny, scp, tag_policy

SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY

ORG = Snapshot(
    management_account="boss",
    root="root",
    unit_parents={"prod": "root", "eu": "prod", "dev": "root"},
    account_parents={"boss": "root", "shop": "eu", "lab": "dev"},
    service_control_policies={
        "Full": FULL_ACCESS,
        "NoObs": scp(deny("obs:*:*")),
        "OnlyEcs": scp(allow("ecs:*:*")),
        **{f"p{number}": scp(deny([])) for number in range(5)},
    },
    tag_policies={
        "Env": tag_policy(env={"tag_value": {"@@assign": ["prod"]}}),
        "NoEnv": tag_policy(env={"tag_value": {"@@remove": ["prod"]}}),
        **{f"t{number}": tag_policy() for number in range(10)},
    },
    builtin_policies=frozenset({"Full"}),
    attachments={
        "root": ("Full", "Env"),
        "prod": ("Full", "NoObs"),
        "eu": ("Full",),
        "dev": ("Full",),
        "boss": ("Full",),
        "shop": ("Full",),
        "lab": ("Full",),
    },
)
OBS = Request("shop", "obs:bucket:list")


def refusals(snapshot, *changes):
    found = make_changes(snapshot, changes)[1]
    assert all(one.change in changes for one in found)
    return [(one.code, one.sentence()) for one in found]


def after(*changes):
    return make_changes(ORG, changes)[0]


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("root", ("root",)),
        ("eu", ("root", "prod", "eu")),
        ("shop", ("root", "prod", "eu", "shop")),
        ("stranger", ()),
    ],
)
def test_a_path_leads_from_the_root_down(entity, path):
    assert path_to(ORG, entity) == path


def test_a_circle_leads_nowhere():
    circle = replace(ORG, unit_parents={"a": "b", "b": "a"}, account_parents={"x": "a"})

    assert path_to(circle, "x") == ()
    assert path_to(circle, "a") == ()


def test_a_position_holds_what_exempts_an_account():
    where = position_of(ORG, "shop")
    off = replace(ORG, enabled_types=frozenset({TAG}), ungoverned_services=frozenset({"koo"}))

    assert [level.entity for level in where.levels] == ["root", "prod", "eu", "shop"]
    assert [[one.policy for one in level.policies] for level in where.levels] == [
        ["Full"],
        ["Full", "NoObs"],
        ["Full"],
        ["Full"],
    ]
    assert (where.is_in_organization, where.is_management_account, where.is_type_enabled) == (
        True,
        False,
        True,
    )
    assert where.ungoverned_services == frozenset()
    assert position_of(ORG, "boss").is_management_account
    assert not position_of(ORG, "stranger").is_in_organization
    assert not position_of(off, "shop").is_type_enabled
    assert position_of(off, "shop").ungoverned_services == {"koo"}


def test_a_snapshot_knows_its_entities_and_policies():
    known = [one for one in ("root", "eu", "shop", "x") if ORG.has_entity(one)]

    assert known == ["root", "eu", "shop"]
    assert [ORG.type_of(one) for one in ("Full", "Env", "x")] == [SCP, TAG, None]
    assert ORG.attached("root", SCP) == ("Full",)
    assert ORG.attached("root", TAG) == ("Env",)
    assert ORG.attached("x", TAG) == ()


@pytest.mark.parametrize(
    ("change", "reason", "decided_by"),
    [
        (MoveAccount("shop", "dev"), Reason.ALLOWED_AT_EVERY_LEVEL, None),
        (MoveAccount("shop", "root"), Reason.ALLOWED_AT_EVERY_LEVEL, None),
        (MoveUnit("eu", "dev"), Reason.ALLOWED_AT_EVERY_LEVEL, None),
        (Detach("prod", "NoObs"), Reason.ALLOWED_AT_EVERY_LEVEL, None),
        (Attach("root", "NoObs"), Reason.EXPLICIT_DENY, Source("root", "NoObs", 0)),
        (UpdatePolicy("NoObs", scp(deny("ecs:*:*"))), Reason.ALLOWED_AT_EVERY_LEVEL, None),
        (
            UpdatePolicy("Full", scp(allow("ecs:*:*"))),
            Reason.EXPLICIT_DENY,
            Source("prod", "NoObs", 0),
        ),
        (DisableType(), Reason.SCP_DISABLED, None),
        (DisableType(TAG), Reason.EXPLICIT_DENY, Source("prod", "NoObs", 0)),
    ],
)
def test_a_preview_decides_before_and_after(change, reason, decided_by):
    seen = preview(ORG, [change], [OBS])

    (outcome,) = seen.outcomes
    assert outcome.request is OBS
    assert outcome.before.decided_by == Source("prod", "NoObs", 0)
    assert (outcome.after.reason, outcome.after.decided_by) == (reason, decided_by)
    assert outcome.is_changed is outcome.after.allowed
    assert seen.after == after(change)
    assert evaluate(position_of(ORG, "shop"), OBS) == outcome.before


def test_changes_are_made_in_the_given_order():
    swapped = [Attach("eu", "OnlyEcs"), Detach("eu", "Full")]

    seen = preview(ORG, swapped, [Request("shop", "vpc:x:y")])

    assert seen.refusals == ()
    assert seen.outcomes[0].after.decided_by == Source("eu")
    assert after(Detach("root", "Full"), Attach("root", "Full")).attachments["root"] == (
        "Env",
        "Full",
    )


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (
            MoveAccount("x", "dev"),
            "account_not_found",
            "There is no account x in the organization.",
        ),
        (MoveAccount("shop", "x"), "ou_not_found", "There is no unit x in the organization."),
        (MoveAccount("shop", "lab"), "ou_not_found", "There is no unit lab in the organization."),
        (MoveUnit("x", "dev"), "ou_not_found", "There is no unit x in the organization."),
        (MoveUnit("root", "dev"), "ou_not_found", "There is no unit root in the organization."),
        (
            MoveUnit("prod", "eu"),
            "unit_under_itself",
            "eu lies within prod, so prod cannot move there.",
        ),
        (
            MoveUnit("prod", "prod"),
            "unit_under_itself",
            "prod lies within prod, so prod cannot move there.",
        ),
        (MoveUnit("prod", "shop"), "ou_not_found", "There is no unit shop in the organization."),
        (
            Attach("x", "NoObs"),
            "entity_not_found",
            "There is no root, unit or account x in the organization.",
        ),
        (Attach("eu", "x"), "policy_not_found", "There is no policy x of this type."),
        (
            Attach("prod", "NoObs"),
            "policy_already_attached",
            "Policy NoObs is attached to prod already.",
        ),
        (Detach("eu", "NoObs"), "policy_not_attached", "Policy NoObs is not attached to eu."),
        (Detach("x", "NoObs"), "policy_not_attached", "Policy NoObs is not attached to x."),
        (UpdatePolicy("x", FULL_ACCESS), "policy_not_found", "There is no policy x of this type."),
        (
            UpdatePolicy("Env", FULL_ACCESS),
            "policy_not_found",
            "There is no policy Env of this type.",
        ),
        (
            UpdatePolicy("NoObs", tag_policy()),
            "policy_not_found",
            "There is no policy NoObs of this type.",
        ),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_not_made(change, code, sentence):
    snapshot, found = make_changes(ORG, [change])

    assert [(one.change, one.code, one.sentence()) for one in found] == [(change, code, sentence)]
    assert position_of(snapshot, "shop") == position_of(ORG, "shop")
    assert snapshot.unit_parents == ORG.unit_parents
    assert snapshot.account_parents == ORG.account_parents
    assert snapshot.service_control_policies == ORG.service_control_policies
    assert snapshot.tag_policies == ORG.tag_policies
    assert {**snapshot.attachments, "x": ()} == {**ORG.attachments, "x": ()}


def test_a_refused_change_is_shown_all_the_same():
    last = Detach("eu", "Full")
    sixth = [Attach("eu", f"p{number}") for number in range(5)]
    builtin = UpdatePolicy("Full", scp(deny()))

    assert refusals(ORG, last) == [
        (
            "policy_last_scp",
            "Policy Full is the last service control policy of eu. Attach another one first.",
        )
    ]
    assert after(last).attachments["eu"] == ()
    assert refusals(ORG, *sixth) == [
        (
            "policy_attach_quota_exceeded",
            "eu has 5 policies of this type, the most it can have. Detach one first.",
        )
    ]
    assert after(*sixth).attachments["eu"] == ("Full", "p0", "p1", "p2", "p3", "p4")
    assert refusals(ORG, builtin) == [
        ("policy_builtin", "Policy Full is built in and cannot be changed.")
    ]
    assert after(builtin).service_control_policies["Full"] == scp(deny())


def test_what_a_preview_says_can_be_translated():
    seen = preview(ORG, [Detach("eu", "Full")], [])

    for one in (*seen.refusals, *seen.warnings):
        assert one.sentence(lambda english: f"<{english}>") == f"<{one.sentence()}>"


def test_what_a_preview_says_names_places_and_policies():
    seen = preview(ORG, [Detach("eu", "Full")], [])
    names = {"eu": "Europe", "Full": "Everything"}

    said = [one.sentence(names=names) for one in (*seen.refusals, *seen.warnings)]
    assert said == [
        "Policy Everything is the last service control policy of Europe. Attach another one first.",
        "Europe would not allow iamToken::*, signin::*: nobody below it could sign in. "
        "Allow these actions there.",
    ]


def test_limits_are_the_callers_and_count_per_type():
    ten = [Attach("eu", f"t{number}") for number in range(10)]
    limits = {SCP: 1, TAG: 2}

    assert refusals(ORG, *ten) == []
    assert [code for code, _sentence in refusals(ORG, *ten, Attach("eu", "Env"))] == [
        "policy_attach_quota_exceeded"
    ]
    found = make_changes(ORG, [*ten[:3], Attach("eu", "p0")], attachment_limits=limits)[1]
    assert [(one.code, one.facts["limit"]) for one in found] == [
        ("policy_attach_quota_exceeded", 2),
        ("policy_attach_quota_exceeded", 1),
    ]


def test_disabling_a_type_detaches_its_policies_everywhere():
    without = after(DisableType())

    assert without.attachments == {
        "root": ("Env",), "prod": (), "eu": (), "dev": (), "boss": (), "shop": (), "lab": (),
    }  # fmt: skip
    assert without.enabled_types == {TAG}
    assert after(DisableType(TAG)).attachments["root"] == ("Full",)
    assert refusals(without, DisableType(SCP)) == [
        (
            "policy_type_already_disabled",
            "The policy type service_control_policy is disabled already.",
        )
    ]
    assert refusals(without, Attach("eu", "NoObs")) == [
        (
            "policy_type_not_enabled",
            "The policy type service_control_policy is not enabled. Enable it first.",
        )
    ]
    off = replace(ORG, enabled_types=frozenset())
    assert refusals(off, Detach("eu", "Full")) == []
    assert refusals(ORG, Detach("root", "Env")) == []


def test_all_reasons_for_a_refusal_are_given():
    assert [code for code, _sentence in refusals(ORG, MoveAccount("x", "y"))] == [
        "account_not_found",
        "ou_not_found",
    ]
    assert [code for code, _sentence in refusals(ORG, Attach("x", "y"))] == [
        "entity_not_found",
        "policy_not_found",
    ]


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ([Attach("eu", "OnlyEcs")], []),
        ([Attach("eu", "OnlyEcs"), Detach("eu", "Full")], ["eu"]),
        ([Detach("eu", "Full")], ["eu"]),
        ([Detach("prod", "Full")], ["prod"]),
        (
            [UpdatePolicy("Full", scp(allow("ecs:*:*")))],
            ["root", "prod", "eu", "dev", "boss", "shop", "lab"],
        ),
        ([UpdatePolicy("NoObs", scp(allow("ecs:*:*")))], []),
        ([Detach("dev", "Full"), MoveAccount("shop", "dev")], ["dev"]),
        ([DisableType()], []),
        ([Detach("eu", "Full"), DisableType()], []),
    ],
)
def test_a_preview_warns_when_nobody_could_sign_in(changes, blocked):
    warnings = preview(ORG, changes, []).warnings

    assert {one.entity for one in warnings} == set(blocked)


def test_a_move_under_a_blocked_unit_is_warned_of_and_one_within_it_is_not():
    shut = after(Attach("dev", "OnlyEcs"), Detach("dev", "Full"))
    within = make_changes(shut, [MoveUnit("eu", "dev")])[0]

    (warning,) = preview(shut, [MoveAccount("shop", "dev")], []).warnings
    assert warning == SignInBlocked("dev", ("iamToken::*", "signin::*"))
    assert warning.sentence() == (
        "dev would not allow iamToken::*, signin::*: nobody below it could sign in. "
        "Allow these actions there."
    )
    assert preview(shut, [MoveUnit("eu", "dev")], []).warnings == (warning,)
    assert preview(within, [MoveAccount("shop", "dev")], []).warnings == ()
    assert blocked_sign_ins(shut, "lab") == (warning,)
    assert blocked_sign_ins(shut, "shop") == ()


def test_only_the_missing_sign_in_action_is_named():
    half = UpdatePolicy("OnlyEcs", scp(allow(["ecs:*:*", "signin::*"])))
    changes = [half, Attach("eu", "OnlyEcs"), Detach("eu", "Full")]

    assert preview(ORG, changes, []).warnings == (SignInBlocked("eu", ("iamToken::*",)),)


def test_a_tag_policy_can_be_updated():
    new = tag_policy(env={"tag_value": {"@@assign": ["dev"]}})

    assert refusals(ORG, UpdatePolicy("Env", new)) == []
    assert after(UpdatePolicy("Env", new)).tag_policies["Env"] == new
