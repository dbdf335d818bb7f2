"""A whole organization in the languages of other tools: Terraform to manage it, Mermaid to draw it."""

from collections.abc import Iterable, Iterator
from typing import Any

from orgs.models import Account, Attachment, Organization, OrganizationalUnit, Policy, Tag

ROWS_AT_A_TIME = 2_000
FULL_ACCESS = "p-FullAccess"
PROVIDER = "huaweicloud/huaweicloud"
# The vendor's API does not tell these, so the provider cannot compare them.
NEVER_TOLD = {
    "organizational_unit": ("parent_id",),
    "account": ("email", "phone", "agency_name"),
}


def export_terraform(organization: Organization) -> str:
    """The organization as Terraform: for each thing a resource of the vendor's provider, and its import.

    `terraform plan` then imports what is there and changes nothing. Everything is called by its id, so a new
    name moves no resource. Units, accounts, policies and attachments; what is built in is the vendor's, and
    the management account, dry runs and closed accounts have no resource.

    Source: the provider's documentation of `huaweicloud_organizations_*`.
    """
    return "\n".join(_terraform(organization))


def _terraform(organization: Organization) -> Iterator[str]:
    root = organization.root
    tags = _tags(organization)
    yield _required_provider()
    yield _resource("organization", organization.pk, {"root_tags": tags.get(root.pk, {})})
    for unit_id, parent_id, name in _units(organization):
        if parent_id is not None:
            facts: dict[str, Any] = {
                "name": name,
                "parent_id": _Reference.to(parent_id),
                "tags": tags.get(unit_id, {}),
            }
            yield _resource("organizational_unit", unit_id, facts)
    accounts = set()
    for account_id, unit_id, name, email, phone in _accounts(organization):
        if account_id == organization.management_account_id:
            continue
        accounts.add(account_id)
        facts = {
            "name": name,
            "email": email,
            "phone": phone,
            "parent_id": _Reference.to(unit_id),
            "tags": tags.get(account_id, {}),
        }
        yield _resource("account", account_id, facts)
    own = Policy.objects.filter(organization=organization).enforced().order_by("name_key", "pk")
    for policy in own:
        facts = {
            "name": policy.name,
            "type": policy.policy_type,
            "description": policy.description,
            "content": policy.content,
            "tags": tags.get(policy.pk, {}),
        }
        yield _resource("policy", policy.pk, facts)
    for policy_id, entity_id in _attachments(organization):
        known = entity_id in accounts or entity_id.startswith(("ou-", "r-"))
        facts = {
            "policy_id": _Reference.to(policy_id),
            "entity_id": _Reference.to(entity_id) if known else entity_id,
        }
        yield _resource(
            "policy_attach",
            f"{policy_id}/{entity_id}",
            facts,
            label=f"{policy_id}_{entity_id}",
        )


class _Reference(str):
    """An expression of Terraform, where a text is a value."""

    __slots__ = ()

    @classmethod
    def to(cls, one: str) -> "_Reference | str":
        """The id of another resource of the file; of what is built in the id itself."""
        if one == FULL_ACCESS:
            return one
        if one.startswith("r-"):
            return cls("huaweicloud_organizations_organization.this.root_id")
        kind = {"ou": "organizational_unit", "p": "policy"}.get(one.partition("-")[0], "account")
        return cls(f"huaweicloud_organizations_{kind}.{_label(kind, one)}.id")


def _required_provider() -> str:
    return (
        "terraform {\n"
        "  required_providers {\n"
        f'    huaweicloud = {{\n      source = "{PROVIDER}"\n    }}\n'
        "  }\n"
        "}\n"
    )


def _label(kind: str, identifier: str) -> str:
    """What a resource is called in the file: letters, digits, _ and -, a letter first."""
    return "this" if kind == "organization" else f"id_{identifier.replace('/', '_')}"


def _resource(kind: str, identifier: str, facts: dict[str, Any], *, label: str = "") -> str:
    name = _label(kind, label or identifier)
    lines = [
        "import {",
        f"  to = huaweicloud_organizations_{kind}.{name}",
        f"  id = {_quoted(identifier)}",
        "}",
        "",
        f'resource "huaweicloud_organizations_{kind}" "{name}" {{',
        *(line for fact, value in facts.items() if value for line in _argument(fact, value)),
    ]
    if kind in NEVER_TOLD:
        ignored = ", ".join(NEVER_TOLD[kind])
        lines += ["", "  lifecycle {", f"    ignore_changes = [{ignored}]", "  }"]
    return "\n".join([*lines, "}", ""])


def _argument(fact: str, value: str | dict[str, str]) -> Iterator[str]:
    if isinstance(value, _Reference):
        yield f"  {fact} = {value}"
    elif isinstance(value, str):
        yield f"  {fact} = {_quoted(value)}"
    else:
        yield f"  {fact} = {{"
        yield from (f"    {_quoted(key)} = {_quoted(text)}" for key, text in value.items())
        yield "  }"


def _quoted(text: str) -> str:
    """A text of HCL, with nothing in it that would be a template or end it."""
    written = "".join(_ESCAPES.get(one) or _printed(one) for one in text)
    return f'"{written.replace("${", "$${").replace("%{", "%%{")}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _printed(one: str) -> str:
    return one if one.isprintable() else f"\\U{ord(one):08x}"


def export_mermaid(organization: Organization) -> str:
    """The tree as a Mermaid flowchart: units as boxes, accounts as rounded ones, each below its parent."""
    lines = ["flowchart TD"]
    rows = list(_units(organization))
    nodes = {unit_id: f"u{number}" for number, (unit_id, _parent, _name) in enumerate(rows)}
    for unit_id, parent_id, name in rows:
        label = name if parent_id else organization.name
        lines.append(f'  {nodes[unit_id]}["{_drawn(label)}"]')
        if parent_id:
            lines.append(f"  {nodes[parent_id]} --> {nodes[unit_id]}")
    for number, (_account_id, unit_id, name, _email, _phone) in enumerate(_accounts(organization)):
        lines.append(f'  {nodes[unit_id]} --> a{number}("{_drawn(name)}")')
    return "\n".join(lines) + "\n"


def _drawn(text: str) -> str:
    """A label of Mermaid: what has a meaning there, or in the HTML it becomes, as a number."""
    return "".join(one if one.isalnum() or one in " -_.,:" else f"#{ord(one)};" for one in text)


def _units(organization: Organization) -> Iterable[tuple[str, str | None, str]]:
    """Id, parent and name, in the order of the tree, the root first."""
    rows = OrganizationalUnit.objects.filter(organization=organization).order_by("lft")
    return rows.values_list("pk", "parent_id", "name").iterator(ROWS_AT_A_TIME)


def _accounts(organization: Organization) -> Iterable[tuple[str, str, str, str | None, str | None]]:
    """Members in the order of their names."""
    rows = Account.objects.filter(organization=organization).order_by("name_key", "pk")
    return rows.values_list("pk", "unit_id", "name", "email", "phone").iterator(ROWS_AT_A_TIME)


def _attachments(organization: Organization) -> Iterator[tuple[str, str]]:
    """Policy and entity, in the order in which they are merged."""
    rows = Attachment.objects.filter(organization=organization).enforced().order_by("place", "pk")
    for policy_id, unit_id, account_id in rows.values_list("policy", "unit", "account").iterator(
        ROWS_AT_A_TIME
    ):
        if policy_id != FULL_ACCESS:
            yield policy_id, unit_id or account_id


def _tags(organization: Organization) -> dict[str, dict[str, str]]:
    """By the id of what carries them."""
    found: dict[str, dict[str, str]] = {}
    rows = Tag.objects.filter(organization=organization).order_by("key")
    for unit_id, account_id, policy_id, key, value in rows.values_list(
        "unit", "account", "policy", "key", "value"
    ).iterator(ROWS_AT_A_TIME):
        found.setdefault(unit_id or account_id or policy_id, {})[key] = value
    return found
