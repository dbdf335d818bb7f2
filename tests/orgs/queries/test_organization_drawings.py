"""An organization as Terraform and as a Mermaid drawing: everything once, and every text only a text."""

import re
import shutil
import subprocess

import pytest

from orgs import operations
from orgs.models import Account, OrganizationalUnit, Policy
from orgs.queries.organization_drawings import export_mermaid, export_terraform
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db

SCP = "service_control_policy"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'
HOSTILE = 'a"b\\c${file("/etc/passwd")}%{if}\n#]-->\t\u200b;<i>'
# What HCL makes of it: the escape of a template begins with a doubled sign.
HOSTILE_IN_HCL = 'a\\"b\\\\c$${file(\\"/etc/passwd\\")}%%{if}\\n#]-->\\t\\U0000200b;<i>'


@pytest.fixture
def world():
    organization, actor = make_organization()
    root = organization.root
    sales = UnitFactory(parent=root, name="Sales")
    south = UnitFactory(parent=sales, name="South")
    shop = AccountFactory(member_of=south, name="the-shop", email="shop@example.com")
    operations.policy_types.enable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
    operations.policy_types.finish_policy_type_switches(root.pk)
    policy = operations.policies.create_policy(
        actor=actor, name="Stay", policy_type=SCP, content=DENY, tags=[("guard", "stay")]
    )
    operations.policies.create_policy(
        actor=actor, name="Trial", policy_type=SCP, content=DENY, is_dry_run=True
    )
    for entity in (sales, shop):
        operations.attachments.attach_policy(actor=actor, policy_id=policy.pk, entity_id=entity.pk)
    operations.tags.tag_resource(actor=actor, resource_id=shop.pk, tags=[("owner", "team")])
    return organization, sales, south, shop, policy


def test_terraform_has_every_resource_once_with_its_import(world):
    organization, sales, south, shop, policy = world

    text = export_terraform(organization)

    resources = re.findall(r'^resource "huaweicloud_organizations_(\w+)" "([\w-]+)"', text, re.M)
    assert resources == [
        ("organization", "this"),
        ("organizational_unit", f"id_{sales.pk}"),
        ("organizational_unit", f"id_{south.pk}"),
        ("account", f"id_{shop.pk}"),
        ("policy", f"id_{policy.pk}"),
        ("policy_attach", f"id_{policy.pk}_{sales.pk}"),
        ("policy_attach", f"id_{policy.pk}_{shop.pk}"),
    ]
    imports = re.findall(r'^import \{\n  to = [\w.-]+\.([\w-]+)\n  id = "(\S+)"\n\}', text, re.M)
    assert [name for name, _ in imports] == [name for _, name in resources]
    assert [identifier for _, identifier in imports] == [
        organization.pk,
        sales.pk,
        south.pk,
        shop.pk,
        policy.pk,
        f"{policy.pk}/{sales.pk}",
        f"{policy.pk}/{shop.pk}",
    ]


def test_terraform_refers_to_parents_policies_and_the_root(world):
    organization, sales, south, shop, policy = world

    text = export_terraform(organization)

    ours = "huaweicloud_organizations"
    assert f"  parent_id = {ours}_organization.this.root_id\n" in text
    assert f"  parent_id = {ours}_organizational_unit.id_{sales.pk}.id\n" in text
    assert f"  parent_id = {ours}_organizational_unit.id_{south.pk}.id\n" in text
    assert f"  entity_id = {ours}_account.id_{shop.pk}.id\n" in text
    assert f"  policy_id = {ours}_policy.id_{policy.pk}.id\n" in text
    assert '  tags = {\n    "owner" = "team"\n  }\n' in text
    assert "    ignore_changes = [email, phone, agency_name]\n" in text
    assert DENY.replace('"', '\\"') in text


def make_hostile(world) -> None:
    _organization, sales, _south, shop, policy = world
    OrganizationalUnit.objects.filter(pk=sales.pk).update(name=HOSTILE)
    Account.objects.filter(pk=shop.pk).update(name=HOSTILE, phone=None)
    Policy.objects.filter(pk=policy.pk).update(name=HOSTILE, description=HOSTILE)


def test_terraform_takes_what_people_wrote_for_text(world):
    make_hostile(world)

    text = export_terraform(world[0])

    assert text.count(f'  name = "{HOSTILE_IN_HCL}"\n') == 3
    assert text.count(f'  description = "{HOSTILE_IN_HCL}"\n') == 1
    assert re.search(r"(?<!\$)\$\{|(?<!%)%\{", text) is None


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_reads_what_is_exported(world):
    make_hostile(world)

    read = subprocess.run(
        ["terraform", "fmt", "-"],
        input=export_terraform(world[0]),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (read.returncode, read.stderr.count("Error")) == (0, 0), read.stderr


def test_mermaid_draws_the_tree(world):
    organization = world[0]

    assert export_mermaid(organization).splitlines() == [
        "flowchart TD",
        f'  u0["{organization.name}"]',
        '  u1["Sales"]',
        "  u0 --> u1",
        '  u2["South"]',
        "  u1 --> u2",
        f'  u0 --> a0("{organization.management_account.name}")',
        '  u2 --> a1("the-shop")',
    ]


def test_mermaid_takes_what_people_wrote_for_text(world):
    make_hostile(world)

    lines = export_mermaid(world[0]).splitlines()

    assert len(lines) == 8
    for line in lines[1:]:
        label = re.search(r'"(.*)"', line)
        assert label is None or re.fullmatch(r"(?:[\w .,:-]|#\d+;)+", label[1])


@pytest.mark.parametrize("export", [export_terraform, export_mermaid])
def test_an_export_asks_the_same_however_large_it_is(world, export, django_assert_max_num_queries):
    organization, sales, *_ = world
    export(organization)
    for number in (0, 40):
        for _ in range(number):
            AccountFactory(member_of=UnitFactory(parent=sales))
        with django_assert_max_num_queries(7):
            export(organization)
