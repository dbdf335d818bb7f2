"""What the vendor's API does not have of the tree: all of it in one call, and moving a unit."""

from orgs import operations, queries
from orgs.api import answers
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.structure import (
    MoveUnitBody,
    TreeAnswer,
    TreeQuery,
    write_accounts,
    write_units,
    written_tree,
)
from orgs.operations.change import Answer
from orgs.permissions import Permission


@endpoint(
    action="organizations:trees:get",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=TreeQuery,
    is_ours=True,
    answer=TreeAnswer,
    has_etag=True,
)
def show_tree(call: Call, *, query: TreeQuery) -> Answer:
    """The whole tree: units with their parents, and accounts, unless those are not asked for.

    The ETag is the organization's version. Who sends it as `If-None-Match` gets 304 while nothing has
    changed, and no row is read for it.
    """
    version = queries.whole_tree.find_version(actor=call.actor, permissions=call.permissions)
    if answers.is_known(call.known, _etag(call, query, version)):
        return answers.not_modified(_etag(call, query, version))
    tree = queries.whole_tree.load_whole_tree(
        actor=call.actor,
        permissions=call.permissions,
        version=version,
        write_units=write_units,
        write_accounts=write_accounts if query.accounts else None,
    )
    written = written_tree(call.actor.organization_id or "", tree)
    return answers.tagged(written, _etag(call, query, tree.version))


@endpoint(
    action="organizations:ous:update",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=MoveUnitBody,
    is_ours=True,
    scoped=Permission.MOVE_UNIT,
)
def move_organizational_unit(
    call: Call, organizational_unit_id: str, *, body: MoveUnitBody
) -> None:
    """Move a unit, with all that is below it, under another unit or the root."""
    operations.units.move_organizational_unit(
        actor=call.actor,
        unit_id=organizational_unit_id,
        source_parent_id=body.source_parent_id,
        destination_parent_id=body.destination_parent_id,
    )


def _etag(call: Call, query: TreeQuery, version: int) -> str:
    kind = "tree" if query.accounts else "units"
    return f'"{call.actor.organization_id}.{version}.{kind}"'
