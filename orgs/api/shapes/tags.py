"""Tags on the wire, and resources found by them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo
from orgs.errors import InvalidParameter, Reason
from orgs.queries.paging import Page
from orgs.queries.tags import Kind, Resource, TagFilter, TagRow

RESOURCE_TYPES = {
    "organizations:policies": Kind.POLICY,
    "organizations:ous": Kind.UNIT,
    "organizations:accounts": Kind.ACCOUNT,
    "organizations:roots": Kind.ROOT,
}
# What a match may call the name; the last three are the vendor's older words, each for its own type.
NAME_KEYS = {
    Kind.POLICY: ("resource_name", "policy"),
    Kind.UNIT: ("resource_name", "organizational-unit"),
    Kind.ACCOUNT: ("resource_name", "account"),
    Kind.ROOT: ("resource_name",),
}
MATCH_LENGTH = 255


class TagDto(Struct, frozen=True):
    """A tag."""

    key: str
    value: str


class TagValuesDto(Struct, frozen=True):
    """A key with several values."""

    key: str
    values: list[str]


class ResourceDto(Struct, frozen=True):
    """A resource with its tags."""

    resource_id: str
    resource_name: str
    tags: list[TagDto]


class TagsAnswer(Struct, frozen=True):
    """ListTagsForResource, ListTagResources."""

    tags: list[TagDto]
    page_info: PageInfo


class TagKeysAnswer(Struct, frozen=True):
    """ListResourceTags."""

    tags: list[TagValuesDto]


class ResourcesAnswer(Struct, frozen=True):
    """ListResourceInstances."""

    resources: list[ResourceDto]
    total_count: int


class CountAnswer(Struct, frozen=True):
    """ShowResourceInstancesCount."""

    total_count: int


class TagsBody(Struct, frozen=True):
    """TagResource, CreateTagResource, DeleteTagResource."""

    tags: list[TagDto]


class TagKeysBody(Struct, frozen=True):
    """UntagResource."""

    tag_keys: list[str]


class MatchDto(Struct, frozen=True):
    """A condition on a field."""

    key: str
    value: str


class ResourcesBody(Struct, frozen=True):
    """ListResourceInstances, ShowResourceInstancesCount."""

    without_any_tag: bool | None = None
    tags: list[TagValuesDto] | None = None
    matches: list[MatchDto] | None = None


class ResourcesQuery(Struct, frozen=True):
    """ListResourceInstances."""

    limit: int | None = None
    offset: int = 0


def kind_of(resource_type: str) -> Kind:
    """The kind that the path names.

    Raises:
        InvalidParameter.
    """
    kind = RESOURCE_TYPES.get(resource_type)
    if kind is None:
        raise InvalidParameter(
            field="resource_type", reason=Reason.NOT_A_CHOICE, choices=", ".join(RESOURCE_TYPES)
        )
    return kind


def filter_of(kind: Kind, body: ResourcesBody) -> TagFilter:
    """The filter that a body describes.

    Raises:
        InvalidParameter: the match (R-TQ-5).
    """
    return TagFilter(
        tags=[(tag.key, tag.values) for tag in body.tags or ()],
        without_any_tag=bool(body.without_any_tag),
        name_starts_with=_name_of(kind, body.matches or ()),
    )


def _name_of(kind: Kind, matches: Sequence[MatchDto]) -> str | None:
    if len(matches) > 1:
        raise InvalidParameter(field="matches", reason=Reason.TOO_MANY, limit=1)
    for match in matches:
        if match.key not in NAME_KEYS[kind]:
            choices = ", ".join(NAME_KEYS[kind])
            raise InvalidParameter(
                field="matches[0].key", reason=Reason.NOT_A_CHOICE, choices=choices
            )
        if len(match.value) > MATCH_LENGTH:
            raise InvalidParameter(
                field="matches[0].value", reason=Reason.TOO_LONG, limit=MATCH_LENGTH
            )
        return match.value
    return None


def pairs_of(tags: Sequence[TagDto] | None) -> list[tuple[str, str]]:
    """The tags of a body as operations take them."""
    return [(tag.key, tag.value) for tag in tags or ()]


def tags_answer(page: Page[TagRow], next_marker: str | None) -> TagsAnswer:
    """A page of tags."""
    tags = [TagDto(tag.key, tag.value) for tag in page.rows]
    return TagsAnswer(tags, PageInfo(next_marker, len(tags)))


def tag_keys_answer(found: Mapping[str, Sequence[str]]) -> TagKeysAnswer:
    """Every key with its values."""
    return TagKeysAnswer([TagValuesDto(key, list(values)) for key, values in found.items()])


def resources_answer(found: Sequence[Resource], total: int) -> ResourcesAnswer:
    """A page of resources, and how many there are in all."""
    resources = [
        ResourceDto(row.id, row.name, [TagDto(key, value) for key, value in row.tags])
        for row in found
    ]
    return ResourcesAnswer(resources, total)
