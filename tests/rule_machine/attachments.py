"""What hangs where."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.rule_machine.drawn import indexes, policy_types
from tests.rule_machine.policies import Policies


class Attachments(Policies):
    """Attached, detached and set."""

    def entity(self, index: int) -> str:
        """Mostly one of a few, so that they fill up; every sixteenth time one that is gone, or a stranger."""
        index, special = divmod(index, 16)
        if special == 0:
            strange = [
                place
                for place in self.places
                if place not in self.state.units
                or self.state.units[place].organization_id != self.organizations[0]
            ]
            return strange[index % len(strange)]
        if special % 4:
            return self.live_places()[-special % 4 % len(self.live_places())]
        return self.account(index // 2) if index % 2 else self.place(index // 2)

    def attachable(self, index: int, *, is_dry_run: bool) -> str:
        """Mostly of a type that is on, or nothing would ever be attached; now and then of one that is off."""
        own = [
            policy.id
            for policy in self.state.policies.values()
            if policy.is_dry_run == is_dry_run
            and policy.organization_id == self.organizations[0]
            and (
                index % 4 == 0
                or is_dry_run
                or self.state.switch(policy.organization_id, policy.kind) == "enabled"
            )
        ]
        return self.choose(index // 4, own) if own else self.policy(index // 4)

    @rule(
        who=indexes,
        which=indexes,
        where=indexes,
        act=st.sampled_from(["attach"] * 4 + ["detach"] * 2),
        is_dry_run=st.sampled_from([False] * 3 + [True]),
    )
    def attach_or_detach(self, who, which, where, act, is_dry_run):
        entity_id = self.entity(where)
        policy_id = self.attachable(which, is_dry_run=is_dry_run)
        if act == "detach" and which % 3:
            kinds = [oracle.DRY_RUN] if is_dry_run else oracle.POLICY_TYPES
            hanging = [one for kind in kinds for one in self.state.attached(entity_id, kind)]
            policy_id = self.choose(which // 3, hanging or [policy_id])
        wanted = {"policy_id": policy_id, "entity_id": entity_id, "is_dry_run": is_dry_run}
        asked = f"{act}_policy"
        self.ask_by(who, asked, getattr(operations.attachments, asked), **wanted)

    @rule(
        who=indexes,
        where=indexes,
        policy_type=policy_types,
        which=st.lists(indexes, max_size=4),
    )
    def set_attachments(self, who, where, policy_type, which):
        policy_ids = [self.policy(index, policy_type) for index in which]
        if where % 16:
            policy_ids = list(dict.fromkeys(policy_ids))
        wanted = {
            "entity_id": self.entity(where),
            "policy_type": policy_type,
            "policy_ids": policy_ids,
        }
        self.ask_by(who, "set_attachments", operations.attachments.set_attachments, **wanted)

    def mistake_entity_not_found(self, _index):
        wanted = {"policy_id": oracle.FULL_ACCESS, "entity_id": self.places[1]}
        self.ask("attach_policy", operations.attachments.attach_policy, **wanted)

    def mistake_policy_already_attached(self, index):
        hanging = [
            (policy_id, entity_id)
            for (entity_id, kind), policy_ids in self.state.attachments.items()
            for policy_id in policy_ids
            if kind != oracle.DRY_RUN
        ]
        if found := self.one_of(index, hanging):
            wanted = dict(zip(("policy_id", "entity_id"), found, strict=True))
            self.ask("attach_policy", operations.attachments.attach_policy, **wanted)

    def mistake_policy_not_attached(self, index):
        policy = self.one_of(index, self.own_policies(oracle.SCP))
        place = self.one_of(index, self.live_places())
        if policy and place and policy.id not in self.state.attached(place, oracle.SCP):
            wanted = {"policy_id": policy.id, "entity_id": place}
            self.ask("detach_policy", operations.attachments.detach_policy, **wanted)

    def mistake_policy_type_not_enabled(self, _index):
        wanted = {"policy_id": oracle.FULL_ACCESS, "entity_id": self.places[1]}
        self.ask("attach_policy", operations.attachments.attach_policy, by=1, **wanted)
