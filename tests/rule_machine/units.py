"""Organizational units."""

from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes, names, tag_lists
from tests.rule_machine.steps import Steps


class Units(Steps):
    """Created, renamed and deleted."""

    @rule(who=indexes, where=indexes, name=names)
    def create_unit(self, who, where, name):
        self.create_tagged_unit(who, where, name, [])

    @rule(who=indexes, where=indexes, name=names, tags=tag_lists)
    def create_tagged_unit(self, who, where, name, tags):
        self.create_one_unit(who, self.place(where), name, tags)

    def create_one_unit(self, who, parent_id, name, tags):
        caller, actor = self.caller(who)
        wanted = {"parent_id": parent_id, "name": name, "tags": tags}
        outcome = oracle.create_unit(self.state, caller, **wanted, unit_id="ou-new")
        answer, made = answer_of(operations.units.create_organizational_unit, actor=actor, **wanted)
        if answer == "ok":
            outcome = oracle.create_unit(self.state, caller, **wanted, unit_id=made.pk)
            self.places.append(made.pk)
        self.compare(outcome, answer)

    def create_no_unit(self, parent_id, name):
        operation = operations.units.create_organizational_unit
        told = {"unit_id": "ou-new"}
        self.ask("create_unit", operation, told=told, parent_id=parent_id, name=name)

    @rule(who=indexes, which=indexes, name=names)
    def rename_unit(self, who, which, name):
        wanted = {"unit_id": self.unit(which), "name": name}
        self.ask_by(who, "rename_unit", operations.units.update_organizational_unit, **wanted)

    @rule(who=indexes, which=indexes)
    def delete_unit(self, who, which):
        operation = operations.units.delete_organizational_unit
        self.ask_by(who, "delete_unit", operation, unit_id=self.unit(which))

    def mistake_ou_depth_exceeded(self, index):
        """Under the deepest there is; what hangs less deep gets something that hangs on it first."""
        deepest = max(self.live_places(), key=self.state.level, default=None)
        if deepest is None:
            return
        if self.state.level(deepest) < self.state.limits.levels:
            self.create_one_unit(1, deepest, f"deep-{index}", [])
        else:
            self.create_no_unit(deepest, "deeper")

    def mistake_ou_name_conflict(self, index):
        if unit_id := self.one_of(index, self.live_places()[1:]):
            unit = self.state.units[unit_id]
            self.create_no_unit(unit.parent_id, unit.name.upper())

    def mistake_ou_not_found(self, _index):
        operation = operations.units.delete_organizational_unit
        self.ask("delete_unit", operation, unit_id="ou-00000000")

    def mistake_ou_quota_exceeded(self, index):
        root_id = self.places[0]
        if root_id in self.state.units:
            count = self.state.unit_count(self.organizations[0])
            for number in range(self.state.limits.units - count + 1):
                self.create_one_unit(1, root_id, f"full-{index}-{number}", [])

    def mistake_parent_not_found(self, _index):
        self.create_no_unit(self.places[1], "elsewhere")
