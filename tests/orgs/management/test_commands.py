"""The commands that scripts rely on: one JSON object on standard output, errors with status 1."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

import orgs
from orgs import key_ring, operations, tasks
from orgs.models import (
    AccessKey,
    Account,
    Attachment,
    ClosingRequest,
    CreationRequest,
    Invitation,
    Job,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyVersion,
    Role,
    RootPolicyType,
    User,
)
from tests.factories import actor_for

pytestmark = pytest.mark.django_db

REAL = str(Path(orgs.__file__).parent / "data" / "real_organization.json")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments: str) -> dict:
    return json.loads(run(*arguments, "--json"))


def test_create_account_prints_the_account_its_administrator_and_its_key(settings):
    facts = run_json("create_account", "acme-root", "--username", "ada", "--access-key")

    account = Account.objects.get()
    key = AccessKey.objects.get()
    assert facts == {
        "account_id": account.pk,
        "account_name": "acme-root",
        "username": "ada",
        "access_key": key.pk,
        "secret_key": key_ring.unseal(key.sealed_secret, owner=key.pk, ring=settings.KEY_RING),
    }
    assert User.objects.get().account == account


def test_create_account_without_a_key_prints_none():
    facts = run_json("create_account", "acme-root")

    assert (facts["access_key"], facts["secret_key"]) == (None, None)
    assert facts["username"] == "acme-root"
    assert AccessKey.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["short"], "name: This is too short; give at least 6 characters."),
        (["1-number"], "name: Begin with a letter; then letters, digits, _ and - may follow."),
        (["acme-root", "--email", "nobody"], "email: This is not an e-mail address."),
        (["acme-root", "--phone", "x"], "phone: A phone number consists of 4 to 20 digits."),
    ],
)
def test_create_account_refuses_with_the_field_and_writes_nothing(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("create_account", *arguments)

    assert (Account.objects.count(), User.objects.count()) == (0, 0)


def test_create_account_refuses_a_weak_password():
    with pytest.raises(CommandError, match="password"):
        run("create_account", "acme-root", "--password", "short")

    assert Account.objects.count() == 0


def test_create_access_key_adds_one():
    run("create_account", "acme-root", "--username", "ada")

    facts = run_json("create_access_key", "ada")

    assert AccessKey.objects.get().pk == facts["access_key"]
    assert list(Account.objects.get().events.values_list("kind", flat=True)) == [
        "createStandaloneAccount",
        "createAccessKey",
    ]


def test_create_access_key_refuses_an_unknown_user():
    with pytest.raises(CommandError, match="There is no user nobody"):
        run("create_access_key", "nobody")


def test_create_operator_prints_a_random_password_where_none_is_given():
    facts = [run_json("create_operator", name) for name in ("olga", "otto")]

    assert [one["username"] for one in facts] == ["olga", "otto"]
    assert facts[0]["password"] != facts[1]["password"]
    olga = User.objects.get(username="olga")
    assert olga.is_operator
    assert olga.check_password(facts[0]["password"])


def test_create_operator_with_a_password_prints_none():
    said = run("create_operator", "olga", "--password", "calm-banyan-shade-42")

    assert said == "username: olga\n"
    assert User.objects.get().check_password("calm-banyan-shade-42")


def test_create_operator_refuses_a_weak_password_and_writes_nothing():
    with pytest.raises(CommandError, match="password"):
        run("create_operator", "olga", "--password", "")

    assert User.objects.count() == 0


def test_import_organization_prints_counts():
    run("create_account", "justice-root")

    facts = run_json("import_organization", REAL, "--management-account", "justice-root")

    assert facts == {
        "name": "justice",
        "units": 31,
        "accounts": 83,
        "policies": 9,
        "policy_types": ["service_control_policy", "tag_policy"],
        "tags": 126,
        "trusted_services": 7,
        "delegated_administrators": 3,
        "dry_run": False,
        "organization_id": Organization.objects.get().pk,
    }


def test_import_organization_dry_run_prints_the_plan_and_writes_nothing():
    run("create_account", "justice-root")

    facts = run_json(
        "import_organization", REAL, "--management-account", "justice-root", "--dry-run"
    )

    assert len(facts["plan"]["units"]) == 31
    assert facts["plan"]["policies"][0] == {
        "name": "Deny account root user",
        "type": "service_control_policy",
    }
    assert facts["plan"]["accounts"][0] == {"name": "cica-development", "unit": ["CICA"]}
    assert Organization.objects.count() == 0


def test_import_organization_lists_every_fault_with_its_place(tmp_path):
    run("create_account", "acme-root")
    file = tmp_path / "bad.json"
    file.write_text('{"format": "organization-file", "version": 1, "name": "a", "colour": 1}')

    with pytest.raises(CommandError) as refused:
        run("import_organization", str(file), "--management-account", "acme-root")

    assert str(refused.value).splitlines() == [
        "The file has 3 faults; nothing was written.",
        "  /colour: Unknown key.",
        "  /management_account: Give an object.",
        "  /management_account/name: Give a text.",
    ]
    assert OrganizationalUnit.objects.count() == 0


def test_import_organization_says_that_a_file_is_missing(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("import_organization", str(tmp_path / "none"), "--management-account", "acme-root")


def test_export_organization_prints_a_file_that_reads_back():
    run("create_account", "justice-root")
    imported = run_json("import_organization", REAL, "--management-account", "justice-root")

    exported = json.loads(run("export_organization", imported["organization_id"]))

    real = json.loads(Path(REAL).read_text())
    assert [unit["path"] for unit in exported["units"]].sort() == [
        unit["path"] for unit in real["units"]
    ].sort()
    assert {one["name"]: one["tags"] for one in exported["accounts"]} == {
        one["name"]: one["tags"] for one in real["accounts"]
    }


@pytest.mark.parametrize(
    ("chosen", "beginning"), [("terraform", "terraform {\n"), ("mermaid", "flowchart TD\n")]
)
def test_export_organization_writes_for_other_tools(chosen, beginning):
    run("create_account", "justice-root")
    imported = run_json("import_organization", REAL, "--management-account", "justice-root")

    text = run("export_organization", imported["organization_id"], "--format", chosen)

    assert text.startswith(beginning)
    assert "Electronic Monitoring" in text


def test_rotate_secrets_prints_how_many_and_exits_with_1_while_one_cannot_be_opened(settings):
    run("create_account", "acme-root", "--access-key")
    (old,) = settings.KEY_RING
    settings.KEY_RING = [bytes(range(32)), old]

    facts = run_json("rotate_secrets")

    assert facts == {
        "resealed": {"access_keys": 1, "second_factors": 0, "webhooks": 0},
        "complete": True,
        "keys": [
            {"key": key_ring.fingerprint(bytes(range(32))), "newest": True, "secrets": 1},
            {"key": key_ring.fingerprint(old), "newest": False, "secrets": 0},
        ],
        "unreadable": 0,
    }
    settings.KEY_RING = [old]
    with pytest.raises(SystemExit) as ended:
        run("rotate_secrets")
    assert ended.value.code == 1


def test_export_organization_refuses_an_unknown_one():
    with pytest.raises(CommandError, match="There is no organization o-nothing"):
        run("export_organization", "o-nothing")


def test_check_integrity_prints_a_row_each_and_exits_with_1_when_one_fails():
    run("create_account", "justice-root")
    run("import_organization", REAL, "--management-account", "justice-root")
    assert [row["invariant"] for row in run_json("check_integrity")["invariants"]] == [
        f"I{number}" for number in range(1, 16)
    ]
    OrganizationalUnit.objects.filter(name="Delius").update(level=9)

    with pytest.raises(SystemExit) as ended:
        run("check_integrity")
    assert ended.value.code == 1

    facts = run_json("check_integrity", "--repair")
    assert facts["holds"] is True
    assert facts["repaired"] == {Organization.objects.get().pk: 1}


def test_verify_events_exits_with_1_when_the_log_was_altered():
    run("create_account", "acme-root")
    assert run_json("verify_events") == {"holds": True, "events": 1, "problems": []}
    account = Account.objects.get()
    account.events.update(kind="other")

    with pytest.raises(SystemExit) as ended:
        run("verify_events")

    assert ended.value.code == 1


def test_load_demo_keeps_what_is_there():
    run("load_demo", "--password", "correct-horse-battery")
    facts = run_json("load_demo", "--password", "correct-horse-battery")

    assert facts["sign_ins"] == [
        "admin",
        "reader",
        "member",
        "keeper",
        "security",
        "founder",
        "operator",
    ]
    assert Organization.objects.count() == 1
    for username in facts["sign_ins"]:
        assert User.objects.get(username=username).check_password("correct-horse-battery")
    assert User.objects.count() == 7


def test_load_demo_has_one_of_each_kind_of_user():
    run("load_demo", "--password", "correct-horse-battery")

    users = {user.username: user for user in User.objects.select_related("account__unit")}
    organization = Organization.objects.get()
    assert users["admin"].account == users["reader"].account == organization.management_account
    assert {name: user.role for name, user in users.items()} == {
        "admin": Role.ADMINISTRATOR,
        "reader": Role.READER,
        "member": Role.ADMINISTRATOR,
        "keeper": Role.ADMINISTRATOR,
        "security": Role.ADMINISTRATOR,
        "founder": Role.ADMINISTRATOR,
        "operator": None,
    }
    assert users["member"].account.organization == organization
    unit = users["member"].account.unit
    assert unit.names == ["HMPPS", "Electronic Monitoring", "Acquisitive Crime"]
    assert users["founder"].account.stands_alone
    assert [name for name, user in users.items() if user.is_operator] == ["operator"]
    grant = organization.scoped_grants.get()
    assert (grant.user, grant.unit.name) == (users["keeper"], "Electronic Monitoring")
    assert users["keeper"].account.unit == grant.unit


def test_load_demo_adds_the_sign_ins_that_an_older_demo_lacks():
    run("load_demo", "--password", "correct-horse-battery")
    User.objects.filter(username__in=["member", "operator"]).delete()
    OrganizationalUnit.objects.filter(name="CICA").update(name="Renamed")

    run("load_demo", "--password", "correct-horse-battery")

    assert User.objects.count() == 7
    assert OrganizationalUnit.objects.filter(name="Renamed").count() == 1


def hanging() -> set[tuple[str | None, str | None, str]]:
    rows = Attachment.objects.values_list("unit__name", "account__name", "policy__name")
    return set(rows)


def test_load_demo_brings_its_policies_into_a_demo_of_the_time_before_them():
    run("load_demo", "--password", "correct-horse-battery")
    wanted = hanging()
    assert len(wanted) == 32 + 83 + 21 + 2
    for model in (Attachment, PolicyVersion, RootPolicyType):
        model.objects.all().delete()
    Policy.objects.custom().delete()
    OrganizationalUnit.objects.filter(name="OPG").update(name="Renamed", name_key="renamed")

    for _again in range(2):
        run("load_demo", "--password", "correct-horse-battery")

        kept = {row for row in wanted if row[0] != "OPG"} | {("Renamed", None, "FullAccess")}
        assert hanging() == kept
        assert run_json("check_integrity")["holds"] is True
    assert Policy.objects.custom().count() == 9


def scenes() -> dict[str, object]:
    """What is going on in the demo."""
    return {
        "invitations": list(Invitation.objects.values_list("account__name", "state")),
        "creations": dict(CreationRequest.objects.values_list("account_name", "state")),
        "closings": list(ClosingRequest.objects.values_list("account__name", "state")),
    }


SCENES = {
    "invitations": [("harbour-studio", "pending")],
    "creations": {"harbour-archive": "in_progress", "harbour-pilot": "failed"},
    "closings": [("workplace-tech-proof-of-concept-development", "pending_closure")],
}


def test_load_demo_shows_what_an_account_goes_through():
    run("load_demo", "--password", "correct-horse-battery")

    assert scenes() == SCENES
    failed = CreationRequest.objects.get(account_name="harbour-pilot")
    assert (failed.failure_reason, failed.failure_detail) == (
        "INVALID_EMAIL",
        "The mail server of harbour.example does not exist.",
    )
    assert Invitation.objects.get().destination.name == "Central Digital"
    assert run_json("check_integrity")["holds"] is True


def test_load_demo_keeps_what_is_on_its_way_there():
    run("load_demo", "--password", "correct-horse-battery")
    later = timezone.now() + timedelta(days=300)
    waiting = Job.objects.filter(kind__in=["create_account", "close_account"])
    for job in waiting.filter(due_at__lt=later):
        tasks.work.call(job_id=job.pk)
    for job in waiting.filter(due_at__gt=later):
        tasks.work.call(job_id=job.pk)

    run("load_demo", "--password", "correct-horse-battery")

    assert scenes() == SCENES
    assert waiting.filter(due_at__gt=later).count() == 2


def test_load_demo_lets_be_what_was_done_to_it_and_adds_what_is_missing():
    run("load_demo", "--password", "correct-horse-battery")
    founder = User.objects.get(username="founder")
    actor = actor_for(founder)
    operations.invitations.decline_invitation(
        actor=actor, invitation_id=Invitation.objects.get().pk
    )
    CreationRequest.objects.filter(account_name="harbour-pilot").delete()

    run("load_demo", "--password", "correct-horse-battery")

    assert scenes() == SCENES | {"invitations": [("harbour-studio", "declined")]}


def test_load_demo_invites_again_when_the_invitation_ran_out():
    run("load_demo", "--password", "correct-horse-battery")
    Invitation.objects.update(
        created_at=timezone.now() - timedelta(days=15), expires_at=timezone.now()
    )

    run("load_demo", "--password", "correct-horse-battery")

    states = sorted(Invitation.objects.values_list("state", flat=True))
    assert states == ["expired", "pending"]


def test_load_demo_starts_where_nothing_of_it_can_be_made():
    run("load_demo", "--password", "correct-horse-battery")
    User.objects.filter(username="admin").update(is_active=False)
    Invitation.objects.all().delete()

    run("load_demo", "--password", "correct-horse-battery")

    assert scenes() == SCENES | {"invitations": []}
