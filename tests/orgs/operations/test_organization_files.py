"""Import and export: all or nothing, and there and back again."""

import json
from pathlib import Path

import pytest

import orgs
from orgs import access, errors, operations, organization_file
from orgs.actor import Actor
from orgs.models import (
    Account,
    Attachment,
    EffectiveTagPolicy,
    Organization,
    OrganizationalUnit,
    Tag,
)
from orgs.permissions import DELEGATED_ADMINISTRATOR
from orgs.queries.integrity import broken_chains, check_integrity
from orgs.queries.organization_files import export_csv, export_json
from orgs.queries.policy_integrity import organizations_wrongly_merged
from tests.big_organization import big_organization
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("tester")
REAL = (Path(orgs.__file__).parent / "data" / "real_organization.json").read_bytes()


def import_text(text: bytes | str, management_account: str) -> Organization:
    return operations.organization_files.import_organization(
        actor=OPERATOR,
        plan=organization_file.read(text),
        management_account=management_account,
    )


def rows() -> tuple[int, ...]:
    models = (Organization, OrganizationalUnit, Account, Tag)
    return tuple(model.objects.count() for model in models)


def test_import_brings_the_real_organization_in_whole():
    AccountFactory(name="justice-root")

    organization = import_text(REAL, "justice-root")

    assert organization.units.count() == 32
    assert organization.accounts.count() == 83
    assert organization.tags.count() == 126
    assert max(organization.units.values_list("level", flat=True)) == 3
    assert organization.account_quota == 133
    delius = organization.units.get(name="Delius")
    assert [unit.name for unit in delius.path] == ["root", "HMPPS", "Delius"]
    assert [one.name for one in check_integrity() if not one.holds] == []
    assert list(broken_chains()) == []


def test_import_brings_policies_and_hangs_them_behind_full_access():
    AccountFactory(name="justice-root")

    organization = import_text(REAL, "justice-root")

    assert set(organization.policy_types.values_list("policy_type", "state")) == {
        ("service_control_policy", "enabled"),
        ("tag_policy", "enabled"),
    }
    assert organization.policies.count() == 9
    assert set(organization.policies.values_list("version", "versions__number")) == {(1, 1)}
    assert Attachment.objects.filter(policy="p-FullAccess").count() == 32 + 83
    assert Attachment.objects.count() == 32 + 83 + 21 + 2
    platform = organization.units.get(name="Modernisation Platform")
    assert names_on(platform) == [
        "FullAccess",
        "Deny regions outside the EU",
        "Protect the audit trail",
        "Protect the deploy agency",
    ]
    assert names_on(organization.root) == ["FullAccess", "mandatory-tags", "optional-tags"]
    # What the tag policies come to is stored with them.
    (stored,) = organization.effective_tag_policies.all()
    assert stored.unit == organization.root
    assert "business-unit" in stored.content


def names_on(entity: OrganizationalUnit | Account) -> list[str]:
    rows = entity.attachments.order_by("place")
    return list(rows.values_list("policy__name", flat=True))


def test_import_is_one_event_that_names_everything_it_made():
    AccountFactory(name="justice-root")

    organization = import_text(REAL, "justice-root")

    (event,) = organization.events.all()
    assert (event.kind, event.number, event.is_operator) == ("importOrganization", 1, True)
    services = event.targets.filter(entity_type="trusted_service")
    assert services.count() == 7
    assert services.get(entity_id="service.RFS").after == {
        "service_principal": "service.RFS",
        "accounts": ["organisation-security"],
    }
    named = set(event.targets.values_list("entity_id", flat=True))
    made = set(organization.units.values_list("pk", flat=True))
    made |= set(organization.accounts.values_list("pk", flat=True))
    assert made <= named


def test_import_trusts_the_services_and_registers_their_delegated_administrators():
    AccountFactory(name="justice-root")

    organization = import_text(REAL, "justice-root")

    assert organization.trusted_services.count() == 7
    account = organization.accounts.get(name="organisation-security")
    held = account.delegations.order_by("trusted_service__service")
    assert list(held.values_list("trusted_service__service", flat=True)) == [
        "service.AccessAnalyzer",
        "service.RFS",
        "service.SecMaster",
    ]
    assert account.agencies.filter(kind="service_linked").count() == 8
    assert organization.management_account.agencies.count() == 8
    user = make_administrator(account)
    assert access.permissions_of(actor_for(user), organization) == DELEGATED_ADMINISTRATOR
    assert [each.name for each in check_integrity() if not each.holds] == []


def test_import_refuses_services_that_the_catalogue_does_not_offer_so():
    AccountFactory(name="justice-root")
    file = json.loads(REAL) | {
        "trusted_services": ["service.Nothing", "service.COC", "service.CostCenter"],
        "delegated_administrators": [
            {"account": "organisation-security", "service": "service.COC"},
            {"account": "organisation-logging", "service": "service.COC"},
            {"account": "organisation-logging", "service": "service.CostCenter"},
        ],
    }
    file["accounts"].append({"name": "organisation-logging"})

    with pytest.raises(errors.InvalidFile) as refused:
        import_text(json.dumps(file), "justice-root")

    assert [place for place, _problem in refused.value.faults] == [
        "/trusted_services/0",
        "/delegated_administrators/1/service",
        "/delegated_administrators/2/service",
    ]


def test_export_imports_again_to_an_equal_organization():
    AccountFactory(name="justice-root")
    first = import_text(REAL, "justice-root")
    (account,) = first.accounts.filter(name="cica-uat")
    Tag.objects.create(organization=first, unit=first.root, key="owner", value="ops")
    account.unit = first.units.get(name="Delius")
    account.save()
    exported = export_json(first)
    renamed = exported.replace('"name": "', '"name": "x-').replace(
        '"name": "x-justice"', '"name": "justice"'
    )
    renamed = renamed.replace('"account": "', '"account": "x-')
    AccountFactory(name="another-root")

    second = import_text(renamed, "another-root")

    text = export_json(second).replace('"name": "x-', '"name": "')
    back = json.loads(text.replace('"account": "x-', '"account": "'))
    back["management_account"]["name"] = "justice-root"
    assert back == json.loads(exported)
    assert [row["service"] for row in back["delegated_administrators"]] == [
        "service.AccessAnalyzer",
        "service.RFS",
        "service.SecMaster",
    ]
    shape = ("name", "lft", "rght", "level")
    assert list(second.units.order_by("lft").values_list(*shape)) == list(
        first.units.order_by("lft").values_list(*shape)
    )


def test_export_brings_back_what_hangs_where_in_its_order():
    """What follows from the policies stands with them, what does not with the entity; texts as they are."""
    AccountFactory(name="justice-root")
    first = import_text(REAL, "justice-root")
    member = first.accounts.get(name="cica-uat")
    audit, region = (
        first.policies.get(name=name)
        for name in ("Protect the audit trail", "Deny regions outside the EU")
    )
    administrator = actor_for(make_administrator(first.management_account))
    for entity, policies in (
        (member, ["p-FullAccess", audit.pk]),
        (first.management_account, [audit.pk, "p-FullAccess"]),
        (first.units.get(name="Delius"), [region.pk]),
    ):
        operations.attachments.set_attachments(
            actor=administrator,
            entity_id=entity.pk,
            policy_type="service_control_policy",
            policy_ids=policies,
        )
    operations.policies.update_policy(
        actor=administrator, policy_id=audit.pk, content=audit.content + "\n", description="Näher"
    )
    exported = export_json(first)
    hanging = {unit.name: names_on(unit) for unit in first.units.all()}
    texts = dict(first.policies.values_list("name", "content"))
    for account in Account.objects.all():
        Account.objects.filter(pk=account.pk).update(
            name=f"old-{account.name}", name_key=f"old-{account.name_key}"
        )
    AccountFactory(name="another-root")

    second = import_text(exported, "another-root")

    back = json.loads(export_json(second))
    assert back["management_account"].pop("name") == "another-root"
    wanted = json.loads(exported)
    del wanted["management_account"]["name"]
    assert back == wanted
    assert {unit.name: names_on(unit) for unit in second.units.all()} == hanging
    assert dict(second.policies.values_list("name", "content")) == texts
    said = {policy["name"]: policy["attached_to"] for policy in wanted["policies"]}
    assert "cica-uat" in said["Protect the audit trail"]
    assert wanted["management_account"]["policies"] == {
        "service_control_policy": ["Protect the audit trail", "FullAccess"]
    }
    assert [one for one in check_integrity() if not one.holds] == []


def test_export_of_a_type_that_is_on_its_way_hangs_nothing():
    AccountFactory(name="justice-root")
    organization = import_text(REAL, "justice-root")
    administrator = actor_for(make_administrator(organization.management_account))
    operations.policy_types.disable_policy_type(
        actor=administrator, root_id=organization.root.pk, policy_type="tag_policy"
    )

    exported = json.loads(export_json(organization))

    assert exported["enabled_policy_types"] == ["service_control_policy"]
    hanging = {policy["name"]: policy["attached_to"] for policy in exported["policies"]}
    assert hanging["mandatory-tags"] == []
    assert hanging["Deny all actions"] == [["Closed accounts"]]


DENY = {"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["signin::*"]}]}


def with_policies(*policies: dict) -> str:
    return json.dumps(
        {
            "format": "organization-file",
            "version": 1,
            "name": "acme",
            "management_account": {"name": "acme-root"},
            "policies": list(policies),
            "enabled_policy_types": ["service_control_policy", "tag_policy"],
        }
    )


def a_policy(name: str = "Stay", content: object = DENY, **facts: object) -> dict:
    return {"name": name, "type": "service_control_policy", "content": content} | facts


@pytest.mark.parametrize(
    ("policies", "places"),
    [
        ([a_policy(), a_policy("Bad", "{")], ["/policies/1/content"]),
        (
            [a_policy("Long", " " * 5_121), a_policy("Bad", {})],
            [*["/policies/0/content"], *["/policies/1/content"] * 2],
        ),
        ([a_policy("Huge", " " * 2**20)], ["/policies/0/content"]),
        ([a_policy("Deep", "[" * 5_000)], ["/policies/0/content"]),
        ([a_policy("Null", "{}\0")], ["/policies/0/content"]),
        (
            [a_policy("Deep", {"Statement": json.loads("[" * 40 + "]" * 40)})],
            ["/policies/0/content"],
        ),
        ([a_policy("Tag", {"tags": {"a": 7}}, type="tag_policy")], ["/policies/0/content"]),
        (
            [a_policy(f"P{number}", attached_to=[[]]) for number in range(5)],
            ["/policies/4/attached_to/0"],
        ),
    ],
)
def test_import_refuses_policies_with_the_place_of_every_fault(policies, places):
    AccountFactory(name="acme-root")
    before = digest_of_database()

    with pytest.raises(errors.InvalidFile) as refused:
        import_text(with_policies(*policies), "acme-root")

    found = [place for place, _sentence in refused.value.faults]
    assert found == places
    assert digest_of_database() == before


def test_import_names_the_place_within_the_text_of_a_policy():
    AccountFactory(name="acme-root")
    content = {"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["signin::*", "ecs"]}]}

    with pytest.raises(errors.InvalidFile) as refused:
        import_text(with_policies(a_policy(content=content)), "acme-root")

    ((place, sentence),) = refused.value.faults
    assert place == "/policies/0/content"
    assert sentence.startswith("At /Statement/0/Action/1, line 8, column 9 of the text: ")


def test_import_refuses_more_policies_of_a_type_than_the_quota(settings):
    settings.POLICY_QUOTA = 1
    AccountFactory(name="acme-root")
    before = digest_of_database()

    with pytest.raises(errors.PolicyQuotaExceeded):
        import_text(with_policies(a_policy("One"), a_policy("Two")), "acme-root")

    assert digest_of_database() == before


def test_export_csv_names_the_path_and_quotes_what_a_spreadsheet_would_run():
    organization, _actor = make_organization("acme-root")
    account = organization.management_account
    Account.objects.filter(pk=account.pk).update(description="=1+1")

    lines = export_csv(organization).splitlines()

    assert lines[0] == "id,name,unit,status,join_method,joined_at,description,tags"
    joined = account.joined_at if account.joined_at else organization.created_at
    moment = joined.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert lines[1] == f"{account.pk},acme-root,,active,invited,{moment},'=1+1,"


def test_import_refuses_names_that_are_taken_and_writes_nothing():
    AccountFactory(name="justice-root")
    AccountFactory(name="CICA-uat")
    before = rows()

    with pytest.raises(errors.InvalidFile) as refused:
        import_text(REAL, "justice-root")

    assert refused.value.faults == [("/accounts/3/name", "Another account has this name.")]
    assert rows() == before


def test_import_refuses_an_account_that_is_in_an_organization():
    organization, _actor = make_organization("acme-root")
    before = rows()

    with pytest.raises(errors.AccountAlreadyInOrganization):
        import_text(REAL, "acme-root")

    assert rows() == before
    organization.refresh_from_db()
    assert organization.version == 1


def test_import_refuses_more_units_than_the_quota(settings):
    settings.ORGANIZATIONAL_UNIT_QUOTA = 30
    AccountFactory(name="justice-root")
    before = rows()

    with pytest.raises(errors.OuQuotaExceeded):
        import_text(REAL, "justice-root")

    assert rows() == before


def test_import_refuses_more_accounts_than_may_ever_be_allowed(settings):
    settings.ACCOUNT_QUOTA_MAX = 82
    AccountFactory(name="justice-root")
    before = rows()

    with pytest.raises(errors.AccountQuotaExceeded):
        import_text(REAL, "justice-root")

    assert rows() == before


def test_import_refuses_an_unknown_management_account():
    with pytest.raises(errors.AccountNotFound):
        import_text(REAL, "nobody-here")

    assert rows() == (0, 0, 0, 0)


def test_import_is_for_operators():
    _organization, actor = make_organization("acme-root")
    AccountFactory(name="justice-root")

    with pytest.raises(errors.OperatorOnly):
        operations.organization_files.import_organization(
            actor=actor, plan=organization_file.read(REAL), management_account="justice-root"
        )


@pytest.mark.parametrize(("units", "accounts"), [(20, 50), (120, 600)])
@pytest.mark.parametrize(("policies", "statements"), [(0, 24), (5, 28), (50, 28)])
def test_import_needs_the_same_number_of_statements_at_any_size(
    django_assert_num_queries, units, accounts, policies, statements
):
    name = AccountFactory().name
    text = big_organization(units=units, accounts=accounts, policies=policies)
    plan = organization_file.read(text)

    with django_assert_num_queries(statements):
        operations.organization_files.import_organization(
            actor=OPERATOR, plan=plan, management_account=name
        )


def test_r_tp_2_what_imported_tag_policies_come_to_is_stored():
    AccountFactory(name="justice-root")

    operations.organization_files.import_organization(
        actor=OPERATOR, plan=organization_file.read(REAL), management_account="justice-root"
    )

    assert EffectiveTagPolicy.objects.exists()
    assert organizations_wrongly_merged() == []
