"""What stands under /x/v1: the tree in one piece, decisions, previews, files. The console's rules hold."""

import json
from dataclasses import replace
from unittest import mock

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from orgs import operations, queries
from orgs.api.urls import EXTENSIONS
from orgs.models import Account, Event, JoinMethod, Organization, PolicyType
from orgs.policy.evaluation import Request
from orgs.queries import whole_tree
from tests.factories import UnitFactory, actor_for
from tests.wire.conftest import (
    DENY_LEAVING,
    DENY_SERVERS,
    fill,
    first_user,
    make_policy,
    switch_on_type,
)
from tests.wire.signing import ask, assert_refused, call, code_of, send_raw
from tests.wire.test_authorization import make_world as make_two_organizations
from tests.wire.test_authorization import requests_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted_by_nobody")]

DELETE, LIST = "ecs:cloudServers:delete", "ecs:cloudServers:list"


@pytest.fixture
def guarded(world):
    """Service control policies are on; in the unit nobody deletes servers."""
    switch_on_type(world.organization, PolicyType.SERVICE_CONTROL_POLICY)
    policy = make_policy(world.organization, "Keep servers")
    operations.attachments.attach_policy(
        actor=actor_for(first_user(world.organization)),
        policy_id=policy.pk,
        entity_id=world.unit.pk,
    )
    return policy


# --- the whole tree -------------------------------------------------------------------------------


def test_units_and_accounts_come_in_one_piece_at_a_version(world, manager):
    below = UnitFactory(parent=world.unit, name="Below")
    organization = Organization.objects.get(pk=world.organization.pk)
    management = organization.management_account

    response = call(manager, "GET", "/x/v1/tree")

    accounts = [
        {"id": one.pk, "parent_id": one.unit_id, "name": one.name, "status": "active"}
        for one in sorted((management, world.member), key=lambda one: one.name_key)
    ]
    assert response.json() == {
        "organization_id": organization.pk,
        "version": organization.version,
        "units": [
            {"id": world.root.pk, "parent_id": None, "name": "root"},
            {"id": world.unit.pk, "parent_id": world.root.pk, "name": "Workloads"},
            {"id": below.pk, "parent_id": world.unit.pk, "name": "Below"},
        ],
        "accounts": accounts,
    }
    assert response["ETag"] == f'"{organization.pk}.{organization.version}.tree"'


def test_units_alone_have_an_etag_of_their_own(world, manager):
    both = call(manager, "GET", "/x/v1/tree")
    units = call(manager, "GET", "/x/v1/tree?accounts=false")

    assert units.json()["units"] == both.json()["units"]
    assert "accounts" not in units.json()
    assert units["ETag"] != both["ETag"]


def test_who_has_it_already_gets_304_until_something_changes(world, manager):
    first = call(manager, "GET", "/x/v1/tree")
    known = {"If-None-Match": first["ETag"]}

    for said in (first["ETag"], f'"other", W/{first["ETag"]}', "*"):
        again = call(manager, "GET", "/x/v1/tree", headers={"If-None-Match": said})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]

    operations.units.update_organizational_unit(
        actor=actor_for(first_user(world.organization)), unit_id=world.unit.pk, name="Renamed"
    )
    changed = call(manager, "GET", "/x/v1/tree", headers=known)
    assert changed.status_code == 200
    assert "Renamed" in changed.text
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize("accounts", [3, 500])
def test_it_takes_the_same_few_statements_at_every_size(world, manager, accounts):
    fill(world, accounts)

    # The key, the version; and where rows are read: units, accounts, the version once more.
    answer, asked = captured(manager, "/x/v1/tree")
    assert (asked, len(answer.json()["accounts"])) == (5, accounts + 2)
    assert captured(manager, "/x/v1/tree?accounts=false")[1] == 4
    known = {"If-None-Match": answer["ETag"]}
    unchanged, asked = captured(manager, "/x/v1/tree", headers=known)
    assert (unchanged.status_code, asked) == (304, 2)


def test_it_makes_no_model_instances(world, manager):
    with mock.patch.object(Model, "from_db", side_effect=AssertionError("an instance")):
        assert call(manager, "GET", "/x/v1/tree").status_code == 200


def test_a_change_in_between_is_never_mixed_in(world, manager, monkeypatch):
    actor = actor_for(first_user(world.organization))
    read, changes = whole_tree.UNITS.parts, iter(["Meanwhile"])

    def and_then_a_change(size, **given):
        yield from read(size, **given)
        for name in changes:
            operations.units.create_organizational_unit(
                actor=actor, parent_id=world.root.pk, name=name
            )

    monkeypatch.setattr(whole_tree.UNITS, "parts", and_then_a_change)

    tree = call(manager, "GET", "/x/v1/tree").json()

    organization = Organization.objects.get(pk=world.organization.pk)
    assert tree["version"] == organization.version
    assert len(tree["units"]) == organization.units.count()


# --- moving a unit --------------------------------------------------------------------------------


def test_r_ou_11_a_unit_moves_with_all_below_it(world, manager):
    other = UnitFactory(parent=world.root, name="Other")
    url = f"/x/v1/organizational-units/{world.unit.pk}/move"
    body = {"source_parent_id": world.root.pk, "destination_parent_id": other.pk}

    response = call(manager, "POST", url, body)

    assert (response.status_code, response.content) == (200, b"")
    world.unit.refresh_from_db()
    assert world.unit.parent_id == other.pk
    said = assert_refused(lambda: ask(manager, "POST", url, body), (400, "Organizations.1350"))
    assert said == f"{world.unit.name} is no longer where you took it from. It is under Other now."


def test_r_ou_11_a_unit_does_not_move_into_itself(world, manager):
    below = UnitFactory(parent=world.unit, name="Below")
    url = f"/x/v1/organizational-units/{world.unit.pk}/move"
    for destination, refusal in (
        (below.pk, (400, "Organizations.1253")),
        (world.root.pk, (409, "Organizations.1351")),
        ("ou-" + "0" * 32, (404, "Organizations.1252")),
    ):
        body = {"source_parent_id": world.root.pk, "destination_parent_id": destination}
        assert_refused(lambda body=body: ask(manager, "POST", url, body), refusal)


def test_a_field_that_is_not_known_is_refused(world, manager):
    url = f"/x/v1/organizational-units/{world.unit.pk}/move"
    body = {"source_parent_id": world.root.pk, "destination_parent_id": "x", "dry_run": True}

    said = assert_refused(lambda: ask(manager, "POST", url, body), (400, "Organizations.1050"))

    assert said == "dry_run: There is no such field here."


UNKNOWN = {
    "x=1": "x",
    "x": "x",
    "=1": "query",
    "accounts=false&Accounts=false": "Accounts",
    "accounts%5B%5D=false": "accounts[]",
    "limit=5": "limit",
    "%E7%8E%AF=1": "环",
    "a%0Ab=1": "a\N{REPLACEMENT CHARACTER}b",
    "x" * 65: "x" * 64,
}


@pytest.mark.parametrize(("query", "named"), UNKNOWN.items())
def test_a_parameter_that_is_not_known_is_refused(manager, query, named):
    said = assert_refused(
        lambda: send_raw(manager, "GET", "/x/v1/tree", query=query), (400, "Organizations.1050")
    )
    assert said == f"{named}: There is no such field here."


def test_every_extension_refuses_parameters_that_are_not_known():
    world = make_two_organizations()
    for _method, _path, endpoint in EXTENSIONS:
        asked = replace(requests_of(world)[endpoint.name], query={"x": "1"})
        said = assert_refused(
            lambda asked=asked, name=endpoint.name: asked.sent(world.keys["manager"], name),
            (400, "Organizations.1050"),
        )
        assert said == "x: There is no such field here."


# --- decisions ------------------------------------------------------------------------------------


def test_r_scp_2_the_deciding_statement_is_named(world, guarded, manager):
    question = {"account_id": world.member.pk, "action": DELETE}

    decision = call(manager, "POST", "/x/v1/authorize", question).json()["decision"]

    assert decision == {
        "allowed": False,
        "reason": "explicit_deny",
        "sentence": decision["sentence"],
        "decided_by": {
            "entity_id": world.unit.pk,
            "entity_name": "Workloads",
            "policy_id": guarded.pk,
            "policy_name": "Keep servers",
            "statement": 1,
            "sid": None,
            "line": 1,
        },
        "allowed_by": [],
    }
    assert "Keep servers" in decision["sentence"]


def test_r_scp_1_what_allows_is_named_level_by_level(world, guarded, manager):
    question = {"account_id": world.member.pk, "action": LIST}

    decision = call(manager, "POST", "/x/v1/authorize", question).json()["decision"]

    assert (decision["allowed"], decision["reason"]) == (True, "allowed_at_every_level")
    assert [(one["entity_id"], one["policy_id"]) for one in decision["allowed_by"]] == [
        (entity, "p-FullAccess") for entity in (world.root.pk, world.unit.pk, world.member.pk)
    ]


def test_a_batch_answers_as_single_calls_do(world, guarded, manager):
    management = world.organization.management_account_id
    questions = [
        {"account_id": account, "action": action, **more}
        for account in (world.member.pk, management)
        for action in (DELETE, LIST, "iam:users:create")
        for more in (
            {},
            {"resource": "ecs:eu:x:instance:1"},
            {"context": {"g:SourceIp": "10.0.0.1", "g:MFAPresent": True, "x:n": [1, "a"]}},
            {"via_service_linked_agency": True},
        )
    ]

    batch = call(manager, "POST", "/x/v1/authorize/batch", {"questions": questions})
    singles = [
        ask(manager, "POST", "/x/v1/authorize", question).json()["decision"]
        for question in questions
    ]

    assert batch.json()["decisions"] == singles
    assert {one["allowed"] for one in singles} == {True, False}
    actor, permissions = management_reads(world)
    for question, single in zip(questions, singles, strict=True):
        request = Request(
            question["account_id"],
            question["action"],
            question.get("resource"),
            question.get("context", {}),
            question.get("via_service_linked_agency", False),
        )
        answer = queries.decisions.decide(actor=actor, permissions=permissions, request=request)
        assert answer.before.allowed == single["allowed"]


@pytest.mark.parametrize("accounts", [2, 200])
def test_a_batch_takes_the_same_few_statements_at_every_size(world, guarded, manager, accounts):
    fill(world, accounts)
    ids = Account.objects.filter(unit=world.unit).values_list("pk", flat=True)
    body = {"questions": [{"account_id": one, "action": DELETE} for one in ids]}

    first, asked = captured(manager, "/x/v1/authorize/batch", body)
    assert (len(first.json()["decisions"]), asked) == (accounts + 1, 6)
    again, asked = captured(manager, "/x/v1/authorize/batch", body)
    assert (again.json(), asked) == (first.json(), 2)  # at a version that is known


def test_a_batch_has_one_to_a_thousand_questions(world, manager):
    one = {"account_id": world.member.pk, "action": LIST}
    thousand = call(manager, "POST", "/x/v1/authorize/batch", {"questions": [one] * 1_000})
    assert len(thousand.json()["decisions"]) == 1_000

    for number in (0, 1_001):
        said = assert_refused(
            lambda number=number: ask(
                manager, "POST", "/x/v1/authorize/batch", {"questions": [one] * number}
            ),
            (400, "Organizations.1050"),
        )
        assert said.startswith("questions: ")


def test_a_bad_question_of_a_batch_is_named(world, manager):
    good = {"account_id": world.member.pk, "action": LIST}
    for bad, field in (
        ({"action": "ecs:*:list"}, "questions[1].action"),
        ({"resource": "x"}, "questions[1].resource"),
        ({"context": {"x": "y"}}, "questions[1].context"),
        ({"unknown": 1}, "questions[1].unknown"),
    ):
        body = {"questions": [good, good | bad]}
        said = assert_refused(
            lambda body=body: ask(manager, "POST", "/x/v1/authorize/batch", body),
            (400, "Organizations.1050"),
        )
        assert said.partition(": ")[0] == field


def test_r_gen_3_an_account_of_somebody_else_is_not_there(world, manager):
    for path, body in (
        ("/x/v1/authorize", {"account_id": "0" * 32, "action": LIST}),
        (
            "/x/v1/authorize/batch",
            {"questions": [{"account_id": "0" * 32, "action": LIST}]},
        ),
        ("/x/v1/explain", {"account_id": "0" * 32, "action": LIST}),
    ):
        response = ask(manager, "POST", path, body)
        assert code_of(response) == (404, "Organizations.1300")


# --- explanations ---------------------------------------------------------------------------------


def test_every_statement_of_every_level_is_told_of(world, guarded, manager):
    body = {"account_id": world.member.pk, "action": DELETE}

    answer = call(manager, "POST", "/x/v1/explain", body).json()

    assert [step["entity"]["id"] for step in answer["steps"]] == [
        one["id"] for one in answer["path"]
    ]
    assert [(step["passes"], step["stops"]) for step in answer["steps"]] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    said = {
        (one["place"]["policy_id"], one["effect"], one["verdict"])
        for one in answer["steps"][1]["statements"]
    }
    assert said == {
        ("p-FullAccess", "Allow", "matches"),
        (guarded.pk, "Deny", "matches"),
    }
    assert answer["decision"]["decided_by"]["policy_id"] == guarded.pk
    assert (answer["decision_after"], answer["steps_after"]) == (None, None)


@pytest.mark.parametrize("kind", ["move", "move_unit", "detach", "draft"])
def test_the_same_is_answered_after_changes_nobody_has_made(world, guarded, manager, kind):
    body = {"account_id": world.member.pk, "action": DELETE}
    other = operations.units.create_organizational_unit(
        actor=actor_for(first_user(world.organization)), parent_id=world.root.pk, name="Other"
    )
    more = {
        "move": {
            "changes": [
                {
                    "change": "move_account",
                    "account_id": world.member.pk,
                    "destination_parent_id": other.pk,
                }
            ]
        },
        "move_unit": {
            "changes": [
                {
                    "change": "move_organizational_unit",
                    "organizational_unit_id": world.unit.pk,
                    "destination_parent_id": other.pk,
                },
                {
                    "change": "detach_policy",
                    "policy_id": guarded.pk,
                    "entity_id": world.unit.pk,
                },
            ]
        },
        "detach": {
            "changes": [
                {
                    "change": "detach_policy",
                    "policy_id": guarded.pk,
                    "entity_id": world.unit.pk,
                }
            ]
        },
        "draft": {"drafts": [{"policy_id": guarded.pk, "content": DENY_LEAVING}]},
    }[kind]

    answer = call(manager, "POST", "/x/v1/explain", body | more).json()

    assert answer["decision"]["allowed"] is False
    assert answer["decision_after"]["allowed"] is True
    assert answer["refusals"] == []
    again = call(manager, "POST", "/x/v1/explain", body).json()
    assert again["decision"]["allowed"] is False  # nothing was changed


def test_what_the_service_would_refuse_is_said(world, guarded, manager):
    body = {
        "account_id": world.member.pk,
        "action": DELETE,
        "changes": [
            {"change": "attach_policy", "policy_id": guarded.pk, "entity_id": world.unit.pk}
        ],
    }
    assert len(call(manager, "POST", "/x/v1/explain", body).json()["refusals"]) == 1


def test_a_draft_that_breaks_the_grammar_is_refused(world, guarded, manager):
    body = {
        "account_id": world.member.pk,
        "action": DELETE,
        "drafts": [{"policy_id": guarded.pk, "content": "{}"}],
    }
    assert_refused(lambda: ask(manager, "POST", "/x/v1/explain", body), (400, "Organizations.1651"))


# --- effective policies ---------------------------------------------------------------------------


def test_the_ladder_of_an_account_leads_from_the_root(world, guarded, manager):
    answer = call(manager, "GET", f"/x/v1/entities/{world.member.pk}/effective-scp").json()

    assert (answer["is_enabled"], answer["is_exempt"]) == (True, False)
    assert [
        (level["id"], level["type"], [one["id"] for one in level["policies"]])
        for level in answer["levels"]
    ] == [
        (world.root.pk, "root", ["p-FullAccess"]),
        (world.unit.pk, "organizational_unit", ["p-FullAccess", guarded.pk]),
        (world.member.pk, "account", ["p-FullAccess"]),
    ]
    assert answer["levels"][1]["policies"][1]["content"] == DENY_SERVERS


def test_r_scp_3_the_management_account_is_exempt(world, guarded, manager):
    management = world.organization.management_account_id
    answer = call(manager, "GET", f"/x/v1/entities/{management}/effective-scp").json()
    assert answer["is_exempt"] is True


def test_it_takes_four_statements_wherever_it_is(world, guarded, manager):
    for entity in (world.root.pk, world.unit.pk, world.member.pk):
        answer, asked = captured(manager, f"/x/v1/entities/{entity}/effective-scp")
        assert (answer.json()["levels"][-1]["id"], asked) == (entity, 4)


# --- previews -------------------------------------------------------------------------------------


def test_a_preview_tells_what_would_come_and_go_and_what_would_refuse(world, guarded, manager):
    member, root, unit = world.member.pk, world.root.pk, world.unit.pk
    hanging = {"policy_id": guarded.pk, "entity_id": unit}
    keep = {"id": guarded.pk, "name": "Keep servers"}

    moved = preview(manager, "account-moves", account_ids=[member], destination_parent_id=root)
    assert (moved["total"], moved["affected"], moved["blockers"]) == (1, 1, [])
    assert [(one["policy"], one["accounts"]) for one in moved["lost"]] == [
        (keep, 1),
    ]
    assert moved["sample"][0]["account"]["id"] == member

    detached = preview(manager, "detach", **hanging)
    assert [one["policy"] for one in detached["lost"]] == [keep]

    attached = preview(manager, "attach", **hanging)
    assert [one["error_code"] for one in attached["blockers"]] == ["Organizations.1659"]

    saved = preview(manager, "save", policy_id=guarded.pk, content=DENY_LEAVING)
    assert (saved["affected"], saved["blockers"]) == (1, [])
    wrong = preview(manager, "save", policy_id=guarded.pk, content="{}")
    assert [one["error_code"] for one in wrong["blockers"]] == ["Organizations.1651"]

    nowhere = preview(
        manager,
        "organizational-unit-move",
        organizational_unit_id=unit,
        destination_parent_id=root,
    )
    assert [one["error_code"] for one in nowhere["blockers"]] == ["Organizations.1351"]


# --- files ----------------------------------------------------------------------------------------


def test_what_is_exported_is_imported_again_to_an_equal_organization(world, guarded, manager):
    exported = call(manager, "GET", "/x/v1/export")
    text = exported.content.decode()
    actor, permissions = management_reads(world)
    assert text == queries.organization_files.export_own(actor=actor, permissions=permissions)

    file = json.loads(text) | {"name": "Copy", "management_account": {"name": "copy-root"}}
    for account in file["accounts"]:
        account["name"] += "-copy"
        for contact in ("email", "phone"):
            account.pop(contact, None)
    alone = world.keys["alone"]
    planned = call(alone, "POST", "/x/v1/import/plan", file).json()
    assert planned == {
        "plan": {
            "name": "Copy",
            "organizational_units": 1,
            "accounts": 2,
            "policies": 1,
            "tags": 0,
            "enabled_policy_types": ["service_control_policy"],
            "trusted_services": 0,
            "delegated_administrators": 0,
        },
        "faults": [],
    }

    imported = call(alone, "POST", "/x/v1/import", file)

    organization = Organization.objects.get(pk=imported.json()["organization"]["id"])
    assert organization.name == "Copy"
    assert organization.account_quota is None  # nobody raises their own (R-QUO-1)
    copy = json.loads(call(alone, "GET", "/x/v1/export").content)
    assert [unit["path"] for unit in copy["units"]] == [["Workloads"]]
    assert copy["policies"] == file["policies"]
    assert Event.objects.filter(organization=organization).count() == 1


def test_a_plan_writes_nothing_and_names_every_fault(world, manager):
    alone = world.keys["alone"]
    file = {
        "format": "organization-file",
        "version": 1,
        "name": "Copy",
        "management_account": {"name": "copy-root"},
        "accounts": [{"name": world.member.name}],
    }
    before = Organization.objects.count()

    planned = ask(alone, "POST", "/x/v1/import/plan", file).json()
    assert planned["faults"] == [
        {"place": "/accounts/0/name", "problem": "Another account has this name."}
    ]
    unread = ask(alone, "POST", "/x/v1/import/plan", file | {"nmae": 1}).json()
    assert unread["plan"] is None
    assert [fault["place"] for fault in unread["faults"]] == ["/nmae"]
    assert_refused(lambda: ask(alone, "POST", "/x/v1/import", file), (400, "Organizations.1053"))
    assert Organization.objects.count() == before


def test_r_quo_1_an_import_stays_within_the_account_quota(world, settings):
    settings.ACCOUNT_QUOTA = 3
    file = {
        "format": "organization-file",
        "version": 1,
        "name": "Large",
        "management_account": {"name": "large-root"},
        "accounts": [{"name": f"large-{number}"} for number in range(3)],
    }
    for path in ("/x/v1/import/plan", "/x/v1/import"):
        assert_refused(
            lambda path=path: ask(world.keys["alone"], "POST", path, file),
            (400, "Organizations.1305"),
        )


def test_r_org_1_who_is_in_an_organization_imports_none(world, manager):
    file = {
        "format": "organization-file",
        "version": 1,
        "name": "Second",
        "management_account": {"name": "second-root"},
    }
    for path in ("/x/v1/import/plan", "/x/v1/import"):
        assert_refused(
            lambda path=path: ask(manager, "POST", path, file), (409, "Organizations.1150")
        )


def test_a_file_may_have_16_mib_and_no_more(world, settings):
    # Larger than any other body, and than what Django takes of a form.
    padded = b'{"format": "organization-file"' + b" " * 3_000_000 + b"}"
    alone = world.keys["alone"]
    assert call(alone, "POST", "/x/v1/import/plan", padded).status_code == 200

    large = b" " * (settings.API_IMPORT_LIMIT + 1)
    response = call(alone, "POST", "/x/v1/import/plan", large)
    assert code_of(response) == (400, "Organizations.1050")
    assert response.json()["error_msg"].startswith("body: ")


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"format": NaN}',
        b'{"a": 1, "a": 1}',
        b'{"name": "\\ud800"}',
        b'{"version": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda file: repr(file[:16]),
)
def test_what_is_no_file_is_refused(world, file):
    alone = world.keys["alone"]
    assert_refused(lambda: call(alone, "POST", "/x/v1/import", file), (400, "Organizations.1053"))
    planned = call(alone, "POST", "/x/v1/import/plan", file)
    assert planned.status_code == 200
    assert planned.json()["faults"]


def test_members_that_were_invited_stay_so(world):
    file = {
        "format": "organization-file",
        "version": 1,
        "name": "Mixed",
        "management_account": {"name": "mixed-root"},
        "accounts": [{"name": "mixed-a", "join_method": "invited"}, {"name": "mixed-b"}],
    }
    made = call(world.keys["alone"], "POST", "/x/v1/import", file).json()["organization"]

    joined = Account.objects.filter(organization=made["id"], name__startswith="mixed-")
    assert dict(joined.values_list("name", "join_method")) == {
        "mixed-a": JoinMethod.INVITED,
        "mixed-b": JoinMethod.CREATED,
    }


def preview(key, what, **body):
    response = call(key, "POST", f"/x/v1/previews/{what}", body)
    assert response.status_code == 200, response.content
    return response.json()["preview"]


def captured(key, url, body=None, **more):
    """The answer, and how many statements it took."""
    with CaptureQueriesContext(connection) as asked:
        response = call(key, "GET" if body is None else "POST", url, body, **more)
    return response, len(asked)


def management_reads(world):
    """The manager as an actor, with what it may see."""
    actor = actor_for(first_user(world.organization))
    _organization, permissions = queries.sight.judge(actor, None)
    return actor, permissions
