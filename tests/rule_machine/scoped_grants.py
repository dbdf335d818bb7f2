"""Rights on units: given, changed and ended."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from orgs.models import Role
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes, rights_of_grants
from tests.rule_machine.policies import Policies


class ScopedGrants(Policies):
    """Given, changed and ended."""

    @rule(
        who=indexes,
        which=indexes,
        where=indexes,
        rights=rights_of_grants,
        named=st.lists(indexes, min_size=1, max_size=2),
        hours=st.sampled_from([None, None, 2, 26, 24 * 10, 0]),
        act=st.sampled_from(["create"] * 4 + ["update"] * 2 + ["revoke", "revoke all", "expire"]),
    )
    def grant_rights(self, who, which, where, rights, named, hours, act):  # noqa: PLR0917  (what one step draws)
        expires_at = None if hours is None else self.now + timedelta(hours=hours)
        wanted = {"permissions": rights, "expires_at": expires_at}
        # Now and then without a policy, or with one too many.
        if ("attach_policy" in rights) != (which % 16 == 0):
            wanted["policy_ids"] = [self.policy(index) for index in named]
        grants = list(self.state.grants)
        grant_id = int(grants[which % len(grants)]) if grants else 0
        if act == "create":
            user = self.world.users[which // 2 % len(self.world.users)]
            grantee = self.account(which // 2) if which % 2 else self.user_of(user)
            self.create_grant(who, self.place(where), grantee, **wanted)
        elif act == "update":
            operation = operations.scoped_grants.update_scoped_grant
            self.ask_by(who, "update_scoped_grant", operation, grant_id=grant_id, **wanted)
        elif act == "revoke":
            operation = operations.scoped_grants.revoke_scoped_grant
            self.ask_by(who, "revoke_scoped_grant", operation, grant_id=grant_id)
        elif act == "revoke all":
            operation = operations.scoped_grants.revoke_scoped_grants
            account_id = self.account(which)
            self.ask_by(who, "revoke_scoped_grants", operation, account_id=account_id)
        else:
            self.expire_grants()

    def user_of(self, user):
        account_id, _user_id, role, username = user
        return oracle.User(username, account_id, role == Role.ADMINISTRATOR)

    def create_grant(self, who, unit_id, grantee, **wanted):
        caller, actor = self.caller(who)
        whom = (
            {"username": grantee.username}
            if isinstance(grantee, oracle.User)
            else {"account_id": grantee}
        )
        operation = operations.scoped_grants.create_scoped_grant
        answer, made = answer_of(operation, actor=actor, unit_id=unit_id, **whom, **wanted)
        outcome = oracle.create_scoped_grant(
            self.state,
            caller,
            unit_id=unit_id,
            grantee=grantee,
            **wanted,
            grant_id=str(made.pk) if answer == "ok" else "new",
        )
        self.compare(outcome, answer)

    def expire_grants(self):
        for organization_id in self.state.organizations:
            outcome = oracle.expire_scoped_grants(
                self.state, organization_id=organization_id, now=self.now
            )
            operations.scoped_grants.expire_scoped_grants(organization_id)
            self.compare(outcome, "ok")

    def granted(self):
        """Users by their place, each with a grant that holds for it."""
        callers = [self.caller(self.multiple_of_11(by))[0] for by in range(len(self.world.users))]
        return [
            (by, grant)
            for by, caller in enumerate(callers)
            for grant in self.state.grants.values()
            if grant.holds_for(caller)
        ]

    def some_grant(self, index, permission):
        """Somebody with a grant below the root; it is given first where nobody has one."""

        def fitting():
            return [
                (by, grant)
                for by, grant in self.granted()
                if permission in grant.permissions
                and self.state.units[grant.unit_id].parent_id
                and grant.organization_id == self.organizations[0]
            ]

        if not fitting() and (unit_id := self.one_of(index, self.live_places()[1:])):
            named = {"policy_ids": [oracle.FULL_ACCESS]} if permission == "attach_policy" else {}
            for user in self.world.users[4:7]:
                grantee = self.user_of(user)
                self.create_grant(1, unit_id, grantee, permissions=[permission], **named)
        return self.one_of(index, fitting())

    def mistake_grantee_is_management(self, _index):
        self.create_grant(1, self.places[0], self.accounts[0], permissions=["create_unit"])

    def mistake_scoped_grant_not_found(self, _index):
        operation = operations.scoped_grants.revoke_scoped_grant
        self.ask("revoke_scoped_grant", operation, grant_id=2**40)

    def mistake_scoped_grant_present(self, index):
        if found := self.some_grant(index, "create_unit"):
            _by, grant = found
            user = self.one_of(0, [one for one in self.world.users if one[3] == grant.username])
            grantee = self.user_of(user) if user else grant.account_id
            self.create_grant(1, grant.unit_id, grantee, permissions=["create_unit"])

    def mistake_outside_grant(self, index):
        if found := self.some_grant(index, "create_unit"):
            told = {"unit_id": "ou-new"}
            operation = operations.units.create_organizational_unit
            root_id = self.state.organizations[self.organizations[0]].root_id
            wanted = {"parent_id": root_id, "name": "outside"}
            self.ask("create_unit", operation, by=found[0], told=told, **wanted)

    def mistake_policy_outside_grant(self, index):
        if found := self.some_grant(index, "attach_policy"):
            by, grant = found
            others = [one.id for one in self.own_policies(oracle.SCP)]
            others = [one for one in (*others, oracle.FULL_ACCESS) if one not in grant.policies]
            if policy_id := self.one_of(index, others):
                operation = operations.attachments.attach_policy
                wanted = {"policy_id": policy_id, "entity_id": grant.unit_id}
                self.ask("attach_policy", operation, by=by, **wanted)
