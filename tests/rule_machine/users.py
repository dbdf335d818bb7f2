"""Users of accounts, disabled and enabled again."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from hypothesis.stateful import rule

from orgs import operations
from orgs.actor import Actor
from orgs.models import AccessKey
from orgs.queries.signers import find_signer
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes
from tests.rule_machine.scoped_grants import ScopedGrants
from tests.test_authorization import a_session_of

OPERATOR = Actor.operator("tests")


class Users(ScopedGrants):
    """Disabled, looked at, and enabled again: nobody else's steps are spent on who may nothing."""

    @rule(who=indexes, which=indexes, by_operator=indexes)
    def disable_and_enable_a_user(self, who, which, by_operator):
        place = which % len(self.world.users)
        row = self.world.users[place]
        user = self.user_of(row)
        _caller, before = self.caller(self.multiple_of_11(place))
        session_key = a_session_of(before)
        by = (None, OPERATOR) if by_operator % 4 else self.caller(who)
        self.switch_user(*by, user, is_active=False)
        is_out = user.username in self.state.disabled
        assert self.keys_of(row[1]) == {not is_out}
        for kept in (Session.objects, UserSession.objects):
            assert kept.filter(session_key=session_key).exists() != is_out
        if is_out:
            self.is_refused_at_once(user, before)
            self.switch_user(None, OPERATOR, user, is_active=True)
        assert self.keys_of(row[1]) == {True}

    def switch_user(self, caller, actor, user, *, is_active):
        outcome = oracle.switch_user(self.state, caller, user=user, is_active=is_active)
        answer, _ = answer_of(
            operations.users.update_user,
            actor=actor,
            username=user.username,
            is_active=is_active,
        )
        in_organization = self.state.accounts[user.account_id].organization_id
        self.compare(outcome, answer, changes=1 if in_organization else 0)

    def is_refused_at_once(self, user, actor):
        """By a request that came in before."""
        answer, _ = answer_of(
            operations.units.create_organizational_unit,
            actor=actor,
            parent_id=self.places[0],
            name="out",
        )
        self.compare(oracle.answer_to_disabled(self.state, user), answer)

    def keys_of(self, user_id):
        """Whether each access key of the user may be used."""
        keys = AccessKey.objects.filter(user=user_id).values_list("pk", flat=True)
        return {find_signer(key_id).is_active for key_id in keys}
