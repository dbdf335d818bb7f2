"""Renders the tables of rights into `docs/permissions.md`: `python -m tests.permissions_page`.

`test_permissions_page` fails when the file says something else than the tables.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests import authorization
from tests.console import authorization as pages
from tests.wire import authorization as wire

PAGE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"

CALLERS = {
    "operator": "operator of the installation",
    "manager": "administrator of the management account",
    "reader": "reader of the management account",
    "member": "administrator of a member account",
    "member_reader": "reader of a member account",
    "delegated": "administrator of a member that is delegated administrator of a service",
    "outsider": "administrator of another organization's management account",
    "alone": "administrator of an account in no organization",
    "alone_reader": "reader of an account in no organization",
    "disabled": "administrator of the management account, disabled a moment ago",
    "roleless": "user of the management account without a role",
    "suspended": "administrator of a member account, closed a moment ago",
    "removed": "administrator of a member account, taken out a moment ago",
    "nobody": "nobody: no user, no signature",
    "wrong_secret": "a key with a wrong secret",
    "grantee": "grantee of every right on units, at a place inside of its grant",
    "grantee_outside": "the same, at a place outside",
    "grantee_expired": "the same, whose time was over a moment ago",
}

HEAD = """# Who may do what

Made from the tables that the tests run, cell by cell: `python -m tests.permissions_page` writes this page,
and a test fails when it is stale. A tick means that it is done; else the name of the refusal, or on the wire
its code.

An administrator of the management account may do everything, its readers see everything, a member sees that
the organization exists, and a delegated administrator sees all of it. Besides, an administrator grants
rights **on a unit and everything below it** to a user, or to the administrators of an account, until a time
if one is set (*Rights* in the console):

- Creating is judged where the new unit hangs; renaming, tagging and deleting at the unit itself, or where the
  account hangs; moving at both ends, so nothing is moved out or in; attaching and detaching where the entity
  hangs, and only for the policies that the grant names; inviting where the account is to hang (*Invite
  here* on the page of a unit, or the wire).
- The judgement is made under the organization's lock, on fresh rows, for every place concerned.
- Who has a grant sees the unit, what is below it, and by name alone the way to it. The search of the tree and
  the list of invitations show what is in there; other lists of the whole organization stay closed. What a
  change would do is previewed to whoever may make it.
- A grant ends with its time, which counts at once and not when a chore has removed it; with its unit; when
  its holder's account leaves, is removed or is closed; when its user is disabled. The event tells.
- Service control policies bind a grantee of a member account here as everywhere (R-PERM-6), also by the
  tags that are sent and those of what the call is about (R-PERM-4). Whoever sends tags needs the right to
  tag as well (R-PERM-3).
- On the wire grants count where the contract asks for the management account alone: a grantee may call the
  operations on units, moves of accounts, tags, invitations and attachments as well, and they judge the
  places. What the contract gives to the management account and to delegated administrators to read stays
  theirs. The contract's order of checks holds: whoever has the right nowhere is refused before anything is
  looked up.
"""

PAGES = """## The pages of the console

By the names of their addresses. A page is looked at; those that only take something are sent it.

- ✓ the page, and where it is a form, with a button that is on; or what was sent is done
- *off*: the page, which says why there is no button on it for this caller, or why nothing was done
- *own*: the page, with what the caller's own account or organization did and nothing else
- *to …*: another page instead; *sign-in*: first of all who it is
- *no account*: the page that tells operators where they belong

On a page with no id in its address the outsider, who manages an organization too, sees its own. What a form
of these pages does is one of the operations above, which judges once more.
"""


CONDITIONS = """## What policies ask for

Who may do it, and stands under a policy that denies it by a condition key: where the key has the value that
is denied, the call of the wire and the page are refused with the policy and its statement, and nothing
changes; where it has another value, both are done.

| condition key | wire, denied value | wire, another | page, denied value | page, another |
|---|---|---|---|---|
"""


def rendered() -> str:
    """The page as it has to be."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "## The callers"
    yield ""
    yield "| name | who that is |"
    yield "|---|---|"
    for name in dict.fromkeys((*authorization.CALLERS, *wire.CALLERS)):
        yield f"| {name} | {CALLERS[name]} |"
    yield ""
    yield "## Operations"
    yield ""
    yield from _table("operation", authorization.CALLERS, authorization.TABLE)
    yield ""
    yield "## The wire, by the contract's caller rule"
    yield ""
    rows = {
        f"{rule}, {'writes' if writes else 'reads'}": cells
        for (rule, writes), cells in wire.TABLE.items()
    }
    yield from _table("caller rule", wire.CALLERS, rows)
    yield ""
    rows = (
        f"| {key} | {name}: 1007 | {name}: ✓ | {page}: DeniedByPolicy | {page}: ✓ |"
        for key, (name, page) in authorization.CONDITIONS.items()
    )
    yield CONDITIONS + "\n".join(rows)
    yield ""
    yield PAGES
    yield from _table("page", authorization.CALLERS, pages.TABLE)


def _table(head: str, callers: tuple[str, ...], rows: dict[str, dict[str, str]]) -> Iterator[str]:
    yield f"| {head} | {' | '.join(callers)} |"
    yield "|---" * (len(callers) + 1) + "|"
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(_cell(cells[caller]) for caller in callers)} |"


def _cell(outcome: str) -> str:
    if outcome in ("ok", "shown"):
        return "✓"
    return re.sub(r"^Organizations\.", "", outcome)


if __name__ == "__main__":
    PAGE.write_text(rendered())
