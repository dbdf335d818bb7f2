"""What every example starts from."""

from datetime import timedelta

from orgs import operations
from orgs.models import JoinMethod, Role, User
from orgs.operations.access_keys import make_access_key
from tests import oracle
from tests.clock import Clock
from tests.factories import AccountFactory, make_administrator, make_organization
from tests.rule_machine.drawn import GOOD_SCPS, a_scp
from tests.snapshot import last_event, state_of_database


class World:
    """What every example starts from: made once, and rolled back to."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.began = clock, clock.at
        first, manager = make_organization()
        second, other_manager = make_organization()
        members = [AccountFactory(member_of=place.root) for place in (first, first, second)]
        members.insert(0, AccountFactory(member_of=first.root, join_method=JoinMethod.INVITED))
        long_ago = clock.at - timedelta(days=30)
        members.append(AccountFactory(member_of=first.root, created_at=long_ago))
        outsider = AccountFactory()
        alone = [AccountFactory(), AccountFactory(is_resource_account=True)]
        reader = make_administrator(first.management_account, role=Role.READER)
        self.users = [
            (manager.account_id, manager.user_id, Role.ADMINISTRATOR),
            (other_manager.account_id, other_manager.user_id, Role.ADMINISTRATOR),
            (outsider.pk, make_administrator(outsider).pk, Role.ADMINISTRATOR),
            (manager.account_id, reader.pk, Role.READER),
            (members[0].pk, make_administrator(members[0]).pk, Role.ADMINISTRATOR),
            *(
                (account.pk, make_administrator(account).pk, Role.ADMINISTRATOR)
                for account in (members[1], members[-1], *alone)
            ),
        ]
        names_of = dict(User.objects.values_list("pk", "username"))
        self.users = [(*user, names_of[user[1]]) for user in self.users]
        for user in User.objects.filter(username__in=names_of.values()):
            make_access_key(user)
        # Ids are random; what is chosen by its place in a list has to stand in the order of its making.
        self.organizations = [first.pk, second.pk]
        self.places = [first.root.pk, second.root.pk]
        deep = (("a", 0), ("b", 2), ("c", 3), ("d", 4), ("e", 5))
        for name, above in (*deep, ("Sales", 0), ("Legal", 0)):
            parent_id = self.places[above]
            unit = operations.units.create_organizational_unit(
                actor=manager, parent_id=parent_id, name=name
            )
            self.places.append(unit.pk)
        for policy_type in (oracle.SCP, oracle.TAG_POLICY):
            operations.policy_types.enable_policy_type(
                actor=manager, root_id=first.root.pk, policy_type=policy_type
            )
            operations.policy_types.finish_policy_type_switches(first.root.pk)
        for name, content in (("Stay", GOOD_SCPS[0]), ("Lock", GOOD_SCPS[2])):
            policy = operations.policies.create_policy(
                actor=manager, name=name, policy_type=oracle.SCP, content=content
            )
        operations.attachments.attach_policy(
            actor=manager, policy_id=policy.pk, entity_id=self.places[-1]
        )
        # What binds those who have rights on units below.
        for kind, member in (("ResourceTag", members[0]), ("RequestTag", members[-1])):
            bound = operations.policies.create_policy(
                actor=manager,
                name=f"{kind} of env",
                policy_type=oracle.SCP,
                content=a_scp("Deny", "organizations:*:*", **{kind: "1"}),
            )
            operations.attachments.attach_policy(
                actor=manager, policy_id=bound.pk, entity_id=member.pk
            )
        operations.policies.create_policy(
            actor=manager,
            name="Trial",
            policy_type=oracle.SCP,
            content=GOOD_SCPS[2],
            is_dry_run=True,
        )
        for action, is_allowed in (("ecs:servers:create", False), ("obs:bucket:list", True)):
            operations.policy_tests.create_policy_test(
                actor=manager,
                policy_id=policy.pk,
                name="keeps",
                action=action,
                is_allowed=is_allowed,
            )
        operations.scoped_grants.create_scoped_grant(
            actor=manager,
            unit_id=self.places[2],
            username=self.users[4][3],
            permissions=oracle.GRANTABLE,
            policy_ids=[oracle.FULL_ACCESS, policy.pk],
        )
        operations.scoped_grants.create_scoped_grant(
            actor=manager,
            unit_id=self.places[-2],
            account_id=members[-1].pk,
            permissions=oracle.GRANTABLE,
            policy_ids=[oracle.FULL_ACCESS],
        )
        self.accounts = [manager.account_id, *[row.pk for row in members], other_manager.account_id]
        self.accounts += [outsider.pk, *[account.pk for account in alone]]
        self.start = state_of_database()
        self.last_event = last_event()
        self.steps = 0
        self.examples = 0
        self.answers: dict[str, int] = {}
