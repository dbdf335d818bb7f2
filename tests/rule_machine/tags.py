"""Tags of whatever has them."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests.rule_machine.drawn import indexes, key_lists, tag_lists
from tests.rule_machine.steps import Steps


class Tags(Steps):
    """Put on and taken off."""

    @rule(who=indexes, which=indexes, on_account=st.booleans(), tags=tag_lists)
    def tag_resource(self, who, which, on_account, tags):
        resource_id = self.account(which) if on_account else self.place(which)
        wanted = {"resource_id": resource_id, "tags": tags}
        self.ask_by(who, "tag_resource", operations.tags.tag_resource, **wanted)

    @rule(who=indexes, which=indexes, on_account=st.booleans(), tag_keys=key_lists)
    def untag_resource(self, who, which, on_account, tag_keys):
        resource_id = self.account(which) if on_account else self.place(which)
        operation = partial(operations.tags.untag_resource, tag_keys=tag_keys)
        told = {"keys": tag_keys}
        self.ask_by(who, "untag_resource", operation, told=told, resource_id=resource_id)

    @rule(
        who=indexes,
        which=indexes,
        on_account=st.booleans(),
        tags=st.one_of(st.just([]), tag_lists),
        tag_keys=st.one_of(st.just([]), key_lists),
    )
    def update_tags(self, who, which, on_account, tags, tag_keys):
        resource_id = self.account(which) if on_account else self.place(which)
        wanted = {"resource_id": resource_id, "tags": tags}
        operation = partial(operations.tags.update_tags, removed_keys=tag_keys)
        self.ask_by(who, "update_tags", operation, told={"keys": tag_keys}, **wanted)

    @rule(
        who=indexes,
        which=st.lists(st.tuples(indexes, st.booleans()), min_size=1, max_size=3),
        tags=tag_lists,
        tag_keys=st.one_of(st.just([]), key_lists),
    )
    def update_tags_of_resources(self, who, which, tags, tag_keys):
        resource_ids = [
            self.account(index) if on_account else self.place(index) for index, on_account in which
        ]
        self.change_tags(who, resource_ids, tags, tag_keys)

    def change_tags(self, who, resource_ids, tags, tag_keys):
        operation = partial(operations.tags.update_tags_of_resources, removed_keys=tag_keys)
        wanted = {"resource_ids": resource_ids, "tags": tags}
        self.ask_by(who, "update_tags_of_resources", operation, told={"keys": tag_keys}, **wanted)

    def mistake_tag_conflict(self, index):
        tagged = [
            row
            for row in (*self.state.units.values(), *self.state.accounts.values())
            if row.tags and row.organization_id == self.organizations[0]
        ]
        if resource := self.one_of(index, tagged):
            tags = list(resource.tags.items())[:1]
            operation = operations.tags.tag_resource
            self.ask("tag_resource", operation, resource_id=resource.id, tags=tags)
