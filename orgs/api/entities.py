"""Roots, units and accounts in one list."""

from orgs import queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.entities import EntitiesAnswer, EntitiesQuery, entities_answer


@endpoint(
    action="organizations:entities:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=EntitiesQuery,
)
def list_entities(call: Call, *, query: EntitiesQuery) -> EntitiesAnswer:
    """ListEntities."""
    markers = call.markers("entities", query)
    page = queries.entities.list_entities(
        actor=call.actor,
        permissions=call.permissions,
        parent_id=query.parent_id,
        child_id=query.child_id,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return entities_answer(page, markers.write(page.end))
