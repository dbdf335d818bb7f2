"""What whoever has rights on a unit does with them."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orgs import operations
from tests import oracle
from tests.rule_machine.drawn import good_tags, indexes, names
from tests.rule_machine.moves import Moves
from tests.rule_machine.tags import Tags
from tests.rule_machine.units import Units

# What whoever has rights on a unit does with them.
GRANTED_ACTS = (
    *["create", "rename", "delete", "move_unit", "move_account", "undo"],
    *["tag", "untag", "invite", "cancel", "attach", "detach", "set"],
)


class ByGrant(Units, Tags, Moves):
    """Asked by users who are no managers, mostly inside of what they were given."""

    @precondition(lambda self: self.granted())
    @rule(
        which=indexes,
        where=indexes,
        what=indexes,
        act=st.sampled_from(GRANTED_ACTS),
        name=names,
        tags=good_tags,
    )
    def act_by_grant(self, which, where, what, act, name, tags):  # noqa: PLR0917  (what one step draws)
        """Mostly inside; every fourth time anywhere."""
        by, grant = self.one_of(which, self.granted())
        inside = [one for one in self.places if one in self.state.subtree(grant.unit_id)]
        place = self.place(where // 4) if where % 4 == 0 else inside[where % len(inside)]
        held = [one.id for one in self.state.accounts.values() if one.unit_id in inside]
        account_id = self.one_of(what, held) if what % 4 and held else self.account(what // 4)
        getattr(self, f"{act}_by_grant")(by, grant, place, account_id, what, name, tags)

    def create_by_grant(self, by, _grant, place, _account_id, _what, name, tags):
        self.create_one_unit(self.multiple_of_11(by), place, name, tags)

    def rename_by_grant(self, by, _grant, place, _account_id, _what, name, _tags):
        operation = operations.units.update_organizational_unit
        self.ask("rename_unit", operation, by=by, unit_id=place, name=name)

    def delete_by_grant(self, by, _grant, place, _account_id, _what, _name, _tags):
        operation = operations.units.delete_organizational_unit
        self.ask("delete_unit", operation, by=by, unit_id=place)

    def move_unit_by_grant(self, by, grant, place, _account_id, what, _name, _tags):
        inside = sorted(self.state.subtree(grant.unit_id), key=self.places.index)
        self.ask(
            "move_unit",
            operations.units.move_organizational_unit,
            by=by,
            unit_id=place,
            source_parent_id=self.parent(place, 1),
            destination_parent_id=inside[what % len(inside)],
        )

    def move_account_by_grant(self, by, _grant, place, account_id, _what, _name, _tags):
        self.move_one_account(self.multiple_of_11(by), account_id, place)

    def undo_by_grant(self, by, _grant, place, account_id, what, _name, _tags):
        """What it has just moved, if it could; or one of the last moves of anybody."""
        if what % 2 or not self.moves:
            self.move_one_account(self.multiple_of_11(by), account_id, place)
        if self.moves:
            self.undo(
                self.multiple_of_11(by), *self.moves[-1 - what // 2 % min(2, len(self.moves))]
            )

    def tag_by_grant(self, by, _grant, place, account_id, what, _name, tags):
        resource_ids = [place, account_id, *self.state.policies]
        operation = operations.tags.tag_resource
        resource_id = resource_ids[what % min(3, len(resource_ids))]
        self.ask("tag_resource", operation, by=by, resource_id=resource_id, tags=tags)

    def untag_by_grant(self, by, _grant, place, account_id, _what, _name, tags):
        tag_keys = [key for key, _value in tags]
        self.change_tags(self.multiple_of_11(by), [place, account_id], [], tag_keys)

    def invite_by_grant(self, by, _grant, place, _account_id, what, _name, tags):
        alone = [one for one in self.accounts if not self.state.accounts[one].organization_id]
        wanted = {
            "target_type": "account",
            "target": self.latest(alone, what),
            "notes": "",
            "tags": tags if what % 4 == 1 else [],
            "destination_parent_id": place if what % 8 else None,
        }
        self.send_invitation(self.multiple_of_11(by), wanted)

    def cancel_by_grant(self, by, _grant, _place, _account_id, what, _name, _tags):
        invitation_id = self.latest(list(self.state.invitations), what)
        operation = operations.invitations.cancel_invitation
        told = {"now": self.now}
        self.ask("cancel_invitation", operation, by=by, told=told, invitation_id=invitation_id)

    def attach_by_grant(self, by, grant, place, account_id, what, _name, _tags):
        self.hook_by_grant("attach_policy", by, grant, what, place if what % 3 else account_id)

    def detach_by_grant(self, by, grant, place, account_id, what, _name, _tags):
        self.hook_by_grant("detach_policy", by, grant, what, place if what % 3 else account_id)

    def hook_by_grant(self, act, by, grant, what, entity_id):
        named = sorted(grant.policies, key=[oracle.FULL_ACCESS, *self.state.policies].index)
        policy_id = named[what % len(named)] if named and what % 4 else self.policy(what // 4)
        operation = getattr(operations.attachments, act)
        self.ask(act, operation, by=by, policy_id=policy_id, entity_id=entity_id)

    def set_by_grant(self, by, grant, place, _account_id, what, _name, _tags):
        named = sorted(grant.policies, key=[oracle.FULL_ACCESS, *self.state.policies].index)
        self.ask(
            "set_attachments",
            operations.attachments.set_attachments,
            by=by,
            entity_id=place,
            policy_type=oracle.SCP,
            policy_ids=[oracle.FULL_ACCESS, *named][what % 2 :][:2],
        )
