"""Policies as people look at them: the list of a type, a policy, its versions, and where it is attached.

Long lists come in parts that follow one another by key, and without model instances. Policies on trial have
a list of their own and are in no other (R-DRY-6); a policy of either set is looked at in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce, Length

from orgs import errors, identifiers, names
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Attachment,
    DryRunConfiguration,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    PolicyVersion,
    RootPolicyType,
    SwitchState,
    Tag,
)
from orgs.permissions import Permission
from orgs.queries.organizations import number_of
from orgs.queries.sight import judge

PART = 50
SCP = PolicyType.SERVICE_CONTROL_POLICY
LONGEST_NUMBER = 18  # digits of a key that every database takes


class TypeLine(NamedTuple):
    """A policy type: how far it is switched on, and how many policies and attachments there are."""

    policy_type: PolicyType
    state: SwitchState
    changed_at: datetime | None
    policies: int
    attachments: int

    @property
    def is_on(self) -> bool:
        """Whether its policies can be attached, and bind (R-PT-7)."""
        return self.state == SwitchState.ENABLED

    @property
    def is_scp(self) -> bool:
        """Whether it is the type that grants nothing and denies."""
        return self.policy_type == PolicyType.SERVICE_CONTROL_POLICY


class TrialLine(NamedTuple):
    """Dry runs of service control policies: how far switched on, and how much is on trial."""

    state: SwitchState
    changed_at: datetime | None
    policies: int
    attachments: int

    @property
    def is_on(self) -> bool:
        """Whether policies on trial can be attached, and are asked (R-DRY-7, R-DRY-8)."""
        return self.state == SwitchState.ENABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTypes:
    """All policy types of an organization and its dry runs, in the root where they are switched."""

    organization: Organization
    permissions: frozenset[Permission]
    root_id: str
    lines: Sequence[TypeLine]
    trial: TrialLine

    def line(self, policy_type: str) -> TypeLine:
        """The one of that type.

        Raises:
            InvalidParameter: there is no such type (R-PT-1).
        """
        found = next((line for line in self.lines if line.policy_type == policy_type), None)
        if found is None:
            raise errors.InvalidParameter(
                field="policy_type",
                reason=errors.Reason.NOT_A_CHOICE,
                choices=", ".join(PolicyType.values),
            )
        return found


class PolicyLine(NamedTuple):
    """A policy as a line of the list; `attachments` is on how many entities it hangs."""

    id: str
    name: str
    name_key: str
    description: str
    is_builtin: bool
    version: int
    updated_at: datetime
    attachments: int


@dataclass(frozen=True, slots=True)
class Part[Line]:
    """Up to 50 lines; the next part is asked for with `after`, which the last part does not have."""

    lines: Sequence[Line]
    after: str


class VersionLine(NamedTuple):
    """A text that a policy had, without the text: who saved it, when, and how long it was."""

    number: int
    saved_at: datetime
    saved_by: str
    characters: int


class AttachedLine(NamedTuple):
    """An entity that a policy hangs on. `path` holds the names above it, from below the root."""

    id: str
    name: str
    is_root: bool
    is_account: bool
    path: Sequence[str]
    attached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A policy with what its page shows besides: how its type stands, and how much hangs on it."""

    organization: Organization
    permissions: frozenset[Permission]
    policy: Policy
    state: SwitchState
    other_state: SwitchState  # of dry runs, where it binds; of its type, where it is on trial
    attachments: int
    versions: int
    saved_by: str
    tags: Sequence[tuple[str, str]]

    @property
    def is_on(self) -> bool:
        """Whether its type is switched on."""
        return self.state == SwitchState.ENABLED

    @property
    def is_scp(self) -> bool:
        """Whether it is a service control policy."""
        return self.policy.policy_type == PolicyType.SERVICE_CONTROL_POLICY

    @property
    def is_dry_run(self) -> bool:
        """Whether it is on trial, and never binds (R-DRY-6)."""
        return self.policy.is_dry_run

    @property
    def has_other_set(self) -> bool:
        """Whether there are policies like it both that bind and that are on trial (R-DRY-2)."""
        return self.is_scp and not self.policy.is_builtin

    @property
    def is_confirmed(self) -> bool:
        """Whether who attaches or detaches it confirms that with a word (R-POL-16)."""
        return self.is_scp and not self.is_dry_run

    @property
    def is_bound(self) -> bool:
        """Whether a change of its text binds somebody at once, and has to be confirmed (R-POL-16)."""
        return self.is_confirmed and bool(self.attachments)

    @property
    def urn(self) -> str:
        """Its long name."""
        return identifiers.urn(
            "policy",
            self.policy.pk,
            management_account_id=self.organization.management_account_id,
            organization_id=self.organization.pk,
        )


def list_policy_types(*, actor: Actor) -> PolicyTypes:
    """Every policy type, and dry runs, switched on or not. Three statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.

    Rules: R-PT-1, R-PT-2, R-DRY-2.
    """
    organization, permissions = judge(actor, None)
    here = {"organization": organization}
    roots = OrganizationalUnit.objects.filter(parent=None, **here).order_by().values("pk")
    dry_runs = DryRunConfiguration.objects.filter(policy_type=SCP, **here)
    columns: dict[str, Any] = {
        "root_id": Subquery(roots[:1]),
        "trial_state": Subquery(dry_runs.values("state")[:1]),
        "trial_changed_at": Subquery(dry_runs.values("updated_at")[:1]),
        "trial_policies": number_of(Policy.objects.filter(**here).dry_run()),
        "trial_attachments": number_of(Attachment.objects.dry_run().filter(**here)),
    }
    for policy_type in PolicyType:
        switch = RootPolicyType.objects.filter(policy_type=policy_type, **here)
        policies = Policy.objects.of(organization.pk).enforced().filter(policy_type=policy_type)
        hanging = Attachment.objects.enforced().filter(policy__policy_type=policy_type, **here)
        columns |= {
            f"{policy_type}_state": Subquery(switch.values("state")[:1]),
            f"{policy_type}_changed_at": Subquery(switch.values("changed_at")[:1]),
            f"{policy_type}_policies": number_of(policies),
            f"{policy_type}_attachments": number_of(hanging),
        }
    here_alone = Organization.objects.filter(pk=organization.pk)
    found: dict[str, Any] = here_alone.values(**columns).get()  # type: ignore[assignment]
    return PolicyTypes(
        organization=organization,
        permissions=permissions,
        root_id=found["root_id"],
        lines=[
            TypeLine(
                policy_type,
                SwitchState(found[f"{policy_type}_state"] or SwitchState.DISABLED),
                found[f"{policy_type}_changed_at"],
                found[f"{policy_type}_policies"],
                found[f"{policy_type}_attachments"],
            )
            for policy_type in PolicyType
        ],
        trial=TrialLine(
            SwitchState(found["trial_state"] or SwitchState.DISABLED),
            found["trial_changed_at"],
            found["trial_policies"],
            found["trial_attachments"],
        ),
    )


def list_policies(
    *,
    types: PolicyTypes,
    policy_type: str,
    name: str = "",
    after: str = "",
    is_dry_run: bool = False,
) -> Part[PolicyLine]:
    """The policies of a type by name, the built-in ones among them; `types` says that the actor may see them.

    `name` is a part of a name, or a whole id. With `is_dry_run` they are those on trial. One statement.

    Raises:
        InvalidParameter: the type is none, or `after` is none of ours.

    Rules: R-POL-13, R-DRY-6.
    """
    line = types.line(policy_type)
    organization_id = types.organization.pk
    rows = Policy.objects.of(organization_id).filter(
        policy_type=line.policy_type, is_dry_run=is_dry_run
    )
    if name:
        rows = rows.filter(_named(name))
    if after:
        policy_id, name_key = _read(after)
        follows = Q(name_key__gt=name_key) | Q(name_key=name_key, pk__gt=policy_id)
        # Said once more, so that the index of the order is entered at the right place.
        rows = rows.filter(Q(name_key__gte=name_key) & follows)
    hanging = Attachment.objects.filter(organization=organization_id, policy=OuterRef("pk"))
    columns = ("pk", "name", "name_key", "description", "organization_id", "version", "updated_at")
    found = list(rows.order_by("name_key", "pk").values_list(*columns, _count(hanging))[: PART + 1])
    lines = [
        PolicyLine(pk, named, key, description, owner is None, version, updated_at, attachments)
        for pk, named, key, description, owner, version, updated_at, attachments in found[:PART]
    ]
    is_followed = len(found) > PART
    return Part(lines, f"{lines[-1].id}:{lines[-1].name_key}" if is_followed else "")


def get_policy(*, actor: Actor, policy_id: str) -> PolicyView:
    """A policy, built in or of the actor's organization, that binds or is on trial. Four statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter, PolicyNotFound.
    """
    organization, permissions = judge(actor, None)
    here = {"organization": organization, "policy": OuterRef("pk")}
    switched = {"organization": organization, "policy_type": OuterRef("policy_type")}
    switch = RootPolicyType.objects.filter(**switched).values("state")[:1]
    dry_run = DryRunConfiguration.objects.filter(**switched).values("state")[:1]
    versions = PolicyVersion.objects.filter(policy=OuterRef("pk"))
    policy = (
        Policy.objects.of(organization.pk)
        .annotate(
            attachment_count=_count(Attachment.objects.filter(**here)),
            version_count=_count(versions.order_by()),
            saved_by=Subquery(versions.order_by("-number").values("saved_by")[:1]),
            state=Case(When(is_dry_run=True, then=Subquery(dry_run)), default=Subquery(switch)),
            other_state=Case(
                When(is_dry_run=True, then=Subquery(switch)), default=Subquery(dry_run)
            ),
        )
        .find(policy_id)
    )
    tags = Tag.objects.filter(policy=policy, organization=organization).order_by("key")
    # Its states and numbers were found with it, as columns of the same row.
    return PolicyView(
        organization=organization,
        permissions=permissions,
        policy=policy,
        state=SwitchState(policy.state or SwitchState.DISABLED),  # type: ignore[attr-defined]
        other_state=SwitchState(policy.other_state or SwitchState.DISABLED),  # type: ignore[attr-defined]
        attachments=policy.attachment_count,  # type: ignore[attr-defined]
        versions=policy.version_count,  # type: ignore[attr-defined]
        saved_by=policy.saved_by or "",  # type: ignore[attr-defined]
        tags=list(tags.values_list("key", "value")),
    )


def list_versions(*, view: PolicyView, after: str = "") -> Part[VersionLine]:
    """The texts that a policy had, the newest first; `view` says that the actor may see them. One statement.

    Raises:
        InvalidParameter: `after` is none of ours.
    """
    rows = PolicyVersion.objects.filter(policy=view.policy)
    if after:
        rows = rows.filter(number__lt=_read_number(after))
    columns = ("number", "saved_at", "saved_by", Length("content"))
    found = list(rows.order_by("-number").values_list(*columns)[: PART + 1])
    lines = [VersionLine(*row) for row in found[:PART]]
    return Part(lines, str(lines[-1].number) if len(found) > PART else "")


def get_version(*, view: PolicyView, number: int) -> tuple[VersionLine, str]:
    """A text that a policy had. One statement.

    Raises:
        PolicyVersionNotFound.
    """
    rows = PolicyVersion.objects.filter(policy=view.policy)
    columns = ("number", "saved_at", "saved_by", Length("content"), "content")
    # A number that no database can hold is not handed to one.
    found = rows.filter(number=number) if 0 < number < 2**31 else rows.none()
    row = found.values_list(*columns).first()
    if row is None:
        raise errors.PolicyVersionNotFound(policy_name=view.policy.name, number=number)
    *facts, content = row
    return VersionLine(*facts), content


def list_attached(*, view: PolicyView, name: str = "", after: str = "") -> Part[AttachedLine]:
    """The entities that a policy hangs on, as they came; `view` says that the actor may see them.

    `name` is a part of the name of an entity, or its whole id. One statement, however many there are: the
    names above an entity come with it.

    Raises:
        InvalidParameter: `after` is none of ours.
    """
    rows = Attachment.objects.filter(organization=view.organization, policy=view.policy)
    if name and not names.prints(name):
        return Part([], "")
    if name:
        key = names.name_key(name)
        rows = rows.filter(
            Q(unit__name_key__contains=key)
            | Q(account__name_key__contains=key)
            | Q(unit=name)
            | Q(account=name)
        )
    if after:
        rows = rows.filter(pk__gt=_read_number(after))
    found = list(rows.order_by("pk").values_list(*_ATTACHED, *_ABOVE)[: PART + 1])
    lines = [_attached(row) for row in found[:PART]]
    return Part(lines, str(found[PART - 1][0]) if len(found) > PART else "")


def get_attached(*, view: PolicyView, entity_id: str) -> tuple[AttachedLine, int]:
    """An entity that a policy hangs on, and how many policies of its type do. Two statements.

    Raises:
        EntityNotFound: it does not hang there.
    """
    rows = Attachment.objects.filter(organization=view.organization, policy=view.policy)
    here = Q(unit=entity_id) | Q(account=entity_id)
    row = rows.filter(here).values_list(*_ATTACHED, *_ABOVE).first() if _is_id(entity_id) else None
    if row is None:
        raise errors.EntityNotFound(entity_id=entity_id)
    line = _attached(row)
    hanging = Attachment.objects.filter(
        here,
        organization=view.organization,
        policy__policy_type=view.policy.policy_type,
        policy__is_dry_run=view.is_dry_run,
    )
    return line, hanging.count()


_ATTACHED = (
    "pk",
    "unit_id",
    "unit__name",
    "unit__parent_id",
    "account_id",
    "account__name",
    "attached_at",
)
# The names of the unit above a unit and so on, and then of the unit of an account and so on.
_ABOVE = (
    *(f"unit__{'parent__' * level}name" for level in range(1, MAX_LEVELS + 1)),
    *(f"account__unit__{'parent__' * level}name" for level in range(MAX_LEVELS + 1)),
)


def _attached(row: Sequence[Any]) -> AttachedLine:
    _pk, unit_id, unit_name, parent_id, account_id, account_name, attached_at = row[:7]
    above = [name for name in row[7:] if name is not None]
    return AttachedLine(
        id=unit_id or account_id,
        name=unit_name or account_name,
        is_root=unit_id is not None and parent_id is None,
        is_account=account_id is not None,
        path=above[::-1][1:],  # what the root is called says nothing
        attached_at=attached_at,
    )


def _is_id(entity_id: str) -> bool:
    return identifiers.ENTITY.fits(entity_id)


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    """How many there are, as a column of another statement."""
    whole = rows.order_by().values(owner=F("policy")).annotate(number=Count("pk"))
    return Coalesce(Subquery(whole.values("number")), 0, output_field=IntegerField())


def _named(name: str) -> Q:
    """The policies whose name has this part, or that have this id; a text that no name can be finds none."""
    if not names.prints(name):
        return Q(pk__in=[])
    return Q(name_key__contains=names.name_key(name)) | Q(pk=name)


def _read(after: str) -> tuple[str, str]:
    policy_id, colon, name_key = after.partition(":")
    if not colon or not identifiers.POLICY.fits(policy_id) or not names.prints(name_key):
        raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_AN_ID)
    return policy_id, name_key


def _read_number(after: str) -> int:
    is_number = after.isascii() and after.isdigit() and len(after) <= LONGEST_NUMBER
    if not is_number:
        raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_AN_ID)
    return int(after)
