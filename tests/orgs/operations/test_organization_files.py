"""Import and export: all or nothing, and there and back again."""

import json
from pathlib import Path

import pytest

import orgs
from orgs import errors, operations, organization_file
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit, Tag
from orgs.queries.integrity import broken_chains, check_integrity
from orgs.queries.organization_files import export_csv, export_json
from tests.big_organization import big_organization
from tests.factories import AccountFactory, make_organization

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


def test_import_is_one_event_that_names_everything_it_made():
    AccountFactory(name="justice-root")

    organization = import_text(REAL, "justice-root")

    (event,) = organization.events.all()
    assert (event.kind, event.number, event.is_operator) == ("importOrganization", 1, True)
    assert event.details["left_out"] == {
        "policies": 9,
        "enabled_policy_types": 2,
        "trusted_services": 7,
        "delegated_administrators": 3,
    }
    named = set(event.targets.values_list("entity_id", flat=True))
    made = set(organization.units.values_list("pk", flat=True))
    made |= set(organization.accounts.values_list("pk", flat=True))
    assert made <= named


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
    AccountFactory(name="another-root")

    second = import_text(renamed, "another-root")

    back = json.loads(export_json(second).replace('"name": "x-', '"name": "'))
    back["management_account"]["name"] = "justice-root"
    assert back == json.loads(exported)
    shape = ("name", "lft", "rght", "level")
    assert list(second.units.order_by("lft").values_list(*shape)) == list(
        first.units.order_by("lft").values_list(*shape)
    )


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
def test_import_needs_the_same_number_of_statements_at_any_size(
    django_assert_num_queries, units, accounts
):
    name = AccountFactory().name
    plan = organization_file.read(big_organization(units=units, accounts=accounts))

    with django_assert_num_queries(23):
        operations.organization_files.import_organization(
            actor=OPERATOR, plan=plan, management_account=name
        )
