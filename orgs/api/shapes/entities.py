"""Entities on the wire: roots, units and accounts in one list."""

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo
from orgs.queries.entities import Entity
from orgs.queries.paging import Page


class EntityDto(Struct, frozen=True):
    """One of them."""

    id: str
    name: str
    type: str


class EntitiesAnswer(Struct, frozen=True):
    """ListEntities."""

    entities: list[EntityDto]
    page_info: PageInfo


class EntitiesQuery(Struct, frozen=True):
    """ListEntities."""

    parent_id: str | None = None
    child_id: str | None = None
    limit: int | None = None
    marker: str | None = None


def entities_answer(page: Page[Entity], next_marker: str | None) -> EntitiesAnswer:
    """A page of entities."""
    rows = [EntityDto(entity.id, entity.name, entity.kind) for entity in page.rows]
    return EntitiesAnswer(rows, PageInfo(next_marker, len(rows)))
