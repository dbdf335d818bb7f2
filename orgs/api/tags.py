"""Tags of resources, in the wire's two families: by id, and by type and id."""

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.tags import (
    CountAnswer,
    ResourcesAnswer,
    ResourcesBody,
    ResourcesQuery,
    TagKeysAnswer,
    TagKeysBody,
    TagsAnswer,
    TagsBody,
    filter_of,
    kind_of,
    pairs_of,
    resources_answer,
    tag_keys_answer,
    tags_answer,
)
from orgs.identifiers import TAGGABLE, Identifier
from orgs.permissions import Permission


@endpoint(
    action="organizations:resources:tag",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.TAG_RESOURCE,
    body=TagsBody,
)
def create_tag_resource(
    call: Call, resource_type: str, resource_id: str, *, body: TagsBody
) -> None:
    """CreateTagResource."""
    operations.tags.tag_resource(
        actor=call.actor,
        resource_id=resource_id,
        tags=pairs_of(body.tags),
        among=kind_of(resource_type).identifier,
    )


@endpoint(
    action="organizations:resources:untag",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.TAG_RESOURCE,
    body=TagsBody,
    fields={r"tag_keys": "tags", r"tag_keys(\[\d+\])": r"tags\1.key"},
)
def delete_tag_resource(
    call: Call, resource_type: str, resource_id: str, *, body: TagsBody
) -> None:
    """DeleteTagResource; the values do not matter (R-TAG-9)."""
    operations.tags.untag_resource(
        actor=call.actor,
        resource_id=resource_id,
        tag_keys=[tag.key for tag in body.tags],
        among=kind_of(resource_type).identifier,
    )


@endpoint(
    action="organizations:resources:listByTag",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    body=ResourcesBody,
    query=ResourcesQuery,
)
def list_resource_instances(
    call: Call, resource_type: str, *, body: ResourcesBody, query: ResourcesQuery
) -> ResourcesAnswer:
    """ListResourceInstances."""
    kind = kind_of(resource_type)
    found, total = queries.tags.find_resources(
        actor=call.actor,
        permissions=call.permissions,
        kind=kind,
        only=filter_of(kind, body),
        limit=query.limit,
        offset=query.offset,
    )
    return resources_answer(found, total)


@endpoint(
    action="organizations:resources:listTags",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
)
def list_resource_tags(call: Call, resource_type: str) -> TagKeysAnswer:
    """ListResourceTags."""
    found = queries.tags.list_tag_keys(
        actor=call.actor, permissions=call.permissions, kind=kind_of(resource_type)
    )
    return tag_keys_answer(found)


@endpoint(
    action="organizations:tags:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_tag_resources(
    call: Call, resource_type: str, resource_id: str, *, query: PageQuery
) -> TagsAnswer:
    """ListTagResources."""
    return _tags_of(call, resource_id, query, among=kind_of(resource_type).identifier)


@endpoint(
    action="organizations:tags:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_tags_for_resource(call: Call, resource_id: str, *, query: PageQuery) -> TagsAnswer:
    """ListTagsForResource."""
    return _tags_of(call, resource_id, query, among=TAGGABLE)


@endpoint(
    action="organizations:resources:countByTag",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    body=ResourcesBody,
)
def show_resource_instances_count(
    call: Call, resource_type: str, *, body: ResourcesBody
) -> CountAnswer:
    """ShowResourceInstancesCount."""
    kind = kind_of(resource_type)
    return CountAnswer(
        queries.tags.count_resources(
            actor=call.actor, permissions=call.permissions, kind=kind, only=filter_of(kind, body)
        )
    )


@endpoint(
    action="organizations:resources:tag",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.TAG_RESOURCE,
    body=TagsBody,
)
def tag_resource(call: Call, resource_id: str, *, body: TagsBody) -> None:
    """TagResource."""
    operations.tags.tag_resource(
        actor=call.actor,
        resource_id=resource_id,
        tags=pairs_of(body.tags),
    )


@endpoint(
    action="organizations:resources:untag",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.TAG_RESOURCE,
    body=TagKeysBody,
)
def untag_resource(call: Call, resource_id: str, *, body: TagKeysBody) -> None:
    """UntagResource."""
    operations.tags.untag_resource(
        actor=call.actor, resource_id=resource_id, tag_keys=body.tag_keys
    )


def _tags_of(call: Call, resource_id: str, query: PageQuery, *, among: Identifier) -> TagsAnswer:
    markers = call.markers(f"tags/{resource_id}", query)
    page = queries.tags.list_tags(
        actor=call.actor,
        permissions=call.permissions,
        resource_id=resource_id,
        among=among,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return tags_answer(page, markers.write(page.end))
