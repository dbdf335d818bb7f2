"""Creating, changing and deleting policies, those that bind and those on trial."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.models import Organization, Policy, PolicyType, PolicyVersion, Tag
from orgs.operations.change import change
from orgs.operations.effective_tag_policies import settle_policy
from orgs.operations.enforced_tags import require_allowed_first_tags
from orgs.permissions import Permission
from orgs.queries.policy_tests import failing, run_policy_tests
from orgs.queries.policy_texts import character_limit, read_policy_text
from orgs.queries.tags import Kind


def create_policy(
    *,
    actor: Actor,
    name: str,
    policy_type: str,
    content: str,
    description: str = "",
    tags: Iterable[tuple[str, str]] = (),
    is_dry_run: bool = False,
) -> Policy:
    """Create a policy, with its first tags; it binds nobody until it is attached.

    Its type may be off meanwhile (R-PT-8). With `is_dry_run` it is one of the set on trial (R-DRY-6).

    Raises:
        InvalidParameter: name, description, tags, or a type that is none.
        PolicyContentTooLong, PolicyContentMalformed: R-POL-2, R-POL-6.
        PolicyNameConflict, PolicyQuotaExceeded, TagQuotaExceeded.
        TagPolicyViolated: a tag policy is enforced on policies (R-TP-5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CreatePolicy, CreateDryRunPolicy. Rules: R-POL-1 to R-POL-6, R-GEN-5.
    """
    with change(actor, Permission.CREATE_POLICY) as organization:
        policy_type = require_policy_type(policy_type, is_dry_run=is_dry_run)
        name = names.policy_name(name)
        description = names.policy_description(description)
        tagged = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
        require_content(policy_type, content)
        _require_free_name(organization, policy_type, name, is_dry_run=is_dry_run)
        quotas.require_room_for_policy(organization, policy_type, is_dry_run=is_dry_run)
        quotas.require_room_for_tags(name, wanted=len(tagged))
        require_allowed_first_tags(organization, Kind.POLICY, name, tagged)

        policy, target = new_policy(
            organization,
            saved_by=actor.username,
            name=name,
            policy_type=policy_type,
            content=content,
            description=description,
            tags=tagged,
            is_dry_run=is_dry_run,
        )
        kind = events.Kind.DRY_RUN_POLICY_CREATED if is_dry_run else events.Kind.POLICY_CREATED
        events.record(actor, organization, kind, [target])
        return policy


def new_policy(
    organization: Organization,
    *,
    saved_by: str,
    name: str,
    policy_type: PolicyType,
    content: str,
    description: str = "",
    tags: dict[str, str] | None = None,
    is_dry_run: bool = False,
) -> tuple[Policy, events.Target]:
    """The policy itself, for operations that hold the lock and have checked it.

    The caller records the event, with this target.
    """
    now = timezone.now()
    policy = Policy(
        organization=organization,
        policy_type=policy_type,
        is_dry_run=is_dry_run,
        name=name,
        description=description,
        content=content,
        created_at=now,
        updated_at=now,
    )
    policy.save(force_insert=True)
    _keep_version(organization, policy, saved_by=saved_by, now=now)
    Tag.objects.bulk_create(
        Tag(organization=organization, policy=policy, key=key, value=value)
        for key, value in (tags or {}).items()
    )
    return policy, events.of_policy(policy, after=policy_facts(policy) | {"tags": tags or {}})


def update_policy(
    *,
    actor: Actor,
    policy_id: str,
    name: str | None = None,
    description: str | None = None,
    content: str | None = None,
    version: int | None = None,
    is_dry_run: bool = False,
    reason: str = "",
    tests_bind: bool = True,
) -> Policy:
    """Change name, description or text; what is None stays, and the type always does (R-POL-5, R-POL-7).

    A new text binds at once wherever the policy is attached. `version` is the one that was looked at, and
    None where nothing was. What changes nothing leaves no trace.

    The tests of the policy are asked with a new text. Those that fail stop it, unless a `reason` is given
    or they do not bind (`tests_bind`): a client of the vendor's API knows of no tests. The event names
    them in any case, and the reason. (ours)

    Raises:
        InvalidParameter, PolicyNotFound, PolicyBuiltin.
        PolicyContentTooLong, PolicyContentMalformed, PolicyNameConflict.
        PolicyTestsFail.
        PolicyChangedMeanwhile: another text was saved meanwhile (P5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: UpdatePolicy, UpdateDryRunPolicy.
    """
    with change(actor, Permission.UPDATE_POLICY) as organization:
        # What is no value at all is refused before anything is looked up: the contract's order of checks.
        identifiers.POLICY.require(policy_id, field="policy_id")
        wanted = {
            "name": None if name is None else names.policy_name(name),
            "description": (None if description is None else names.policy_description(description)),
            "content": content,
        }
        policy = find_own_policy(organization, policy_id, is_dry_run=is_dry_run)
        if content is not None:
            require_content(policy.policy_type, content)
        if version is not None and version != policy.version:
            raise errors.PolicyChangedMeanwhile(policy_name=policy.name)
        before = {fact: getattr(policy, fact) for fact in wanted}
        changed = {
            fact: value
            for fact, value in wanted.items()
            if value is not None and value != before[fact]
        }
        if not changed:
            return policy
        if "name" in changed:
            _require_free_name(
                organization,
                PolicyType(policy.policy_type),
                changed["name"],
                is_dry_run=is_dry_run,
                besides=policy,
            )
        tested = _ask_tests(policy, changed.get("content"), reason, tests_bind=tests_bind)
        _write(organization, policy, changed, saved_by=actor.username)
        if "content" in changed:
            settle_policy(organization, policy)
        target = events.of_policy(
            policy, before={fact: before[fact] for fact in changed}, after=changed
        )
        kind = events.Kind.DRY_RUN_POLICY_UPDATED if is_dry_run else events.Kind.POLICY_UPDATED
        events.record(actor, organization, kind, [target], **tested)
        return policy


def restore_policy_version(
    *,
    actor: Actor,
    policy_id: str,
    number: int,
    version: int | None = None,
    is_dry_run: bool = False,
    reason: str = "",
) -> Policy:
    """Save the text that a policy had once again, as its newest version. (ours)

    Tests that fail stop it, unless a `reason` is given: as for `update_policy`.

    Raises:
        PolicyNotFound, PolicyBuiltin, PolicyVersionNotFound, PolicyChangedMeanwhile, PolicyTestsFail.
        PolicyContentTooLong, PolicyContentMalformed: the grammar has become stricter since.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.UPDATE_POLICY) as organization:
        policy = find_own_policy(organization, policy_id, is_dry_run=is_dry_run)
        found = policy.versions.filter(number=number).first() if _is_number(number) else None
        if found is None:
            raise errors.PolicyVersionNotFound(policy_name=policy.name, number=number)
        require_content(policy.policy_type, found.content)
        if version is not None and version != policy.version:
            raise errors.PolicyChangedMeanwhile(policy_name=policy.name)
        if found.content == policy.content:
            return policy
        before, after = {"content": policy.content}, {"content": found.content}
        tested = _ask_tests(policy, found.content, reason)
        _write(organization, policy, after, saved_by=actor.username)
        settle_policy(organization, policy)
        target = events.of_policy(policy, before=before, after=after)
        kind = events.Kind.DRY_RUN_POLICY_UPDATED if is_dry_run else events.Kind.POLICY_UPDATED
        events.record(actor, organization, kind, [target], restored_version=number, **tested)
        return policy


def delete_policy(*, actor: Actor, policy_id: str, is_dry_run: bool = False) -> None:
    """Delete a policy that is attached nowhere; its tags, texts and tests go with it (R-POL-9).

    Raises:
        InvalidParameter, PolicyNotFound, PolicyBuiltin, PolicyInUse.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DeletePolicy, DeleteDryRunPolicy.
    """
    with change(actor, Permission.DELETE_POLICY) as organization:
        policy = find_own_policy(organization, policy_id, is_dry_run=is_dry_run)
        attached = policy.attachments.count()
        if attached:
            raise errors.PolicyInUse(policy_name=policy.name, count=attached)
        before = policy_facts(policy) | {"tags": dict(policy.tags.values_list("key", "value"))}
        target = events.of_policy(policy, before=before)
        kind = events.Kind.DRY_RUN_POLICY_DELETED if is_dry_run else events.Kind.POLICY_DELETED
        events.record(actor, organization, kind, [target])
        policy.delete()


def find_own_policy(
    organization: Organization, policy_id: object, *, is_dry_run: bool = False
) -> Policy:
    """A policy of the organization itself, of those that bind or of those on trial.

    Raises:
        InvalidParameter, PolicyNotFound, PolicyBuiltin.
    """
    policies = Policy.objects.of(organization.pk).filter(is_dry_run=is_dry_run)
    policy = policies.find(policy_id)
    if policy.is_builtin:
        raise errors.PolicyBuiltin(policy_name=policy.name)
    return policy


def require_policy_type(
    value: object, *, is_dry_run: bool = False, field: str = "type"
) -> PolicyType:
    """A policy type that this version knows; only service control policies have dry runs (R-PT-1, R-DRY-2).

    Raises:
        InvalidParameter.
    """
    known = [PolicyType.SERVICE_CONTROL_POLICY] if is_dry_run else list(PolicyType)
    if not isinstance(value, str) or value not in known:
        raise errors.InvalidParameter(
            field=field, reason=errors.Reason.NOT_A_CHOICE, choices=", ".join(known)
        )
    return PolicyType(value)


def require_content(policy_type: str, content: object, *, field: str = "content") -> None:
    """Refuse a text that is too long, or that breaks the grammar of its type (R-POL-2, R-POL-6).

    Raises:
        InvalidParameter: no text, or one that no database can hold.
        PolicyContentTooLong, PolicyContentMalformed.
    """
    if not isinstance(content, str):
        raise errors.InvalidParameter(field=field, reason=errors.Reason.NOT_TEXT)
    limit = character_limit(policy_type)
    if len(content) > limit:
        raise errors.PolicyContentTooLong(length=len(content), limit=limit)
    faults = read_policy_text(policy_type, content).faults
    if faults:
        raise errors.PolicyContentMalformed(faults=faults)


def _ask_tests(
    policy: Policy, content: str | None, reason: str, *, tests_bind: bool = True
) -> dict[str, Any]:
    """What the event says of the tests that fail with a text; without a new text none is asked.

    Raises:
        InvalidParameter, PolicyTestsFail.
    """
    reason = names.reason_given(reason)
    red = [] if content is None else failing(run_policy_tests(policy, content))
    if not red:
        return {}
    if tests_bind and not reason:
        raise errors.PolicyTestsFail(count=len(red), tests=", ".join(red))
    return {"failing_tests": red} | ({"reason": reason} if reason else {})


def policy_facts(policy: Policy) -> events.Facts:
    """What an event says of a policy that came or goes."""
    return {
        "name": policy.name,
        "type": policy.policy_type,
        "description": policy.description,
        "content": policy.content,
    }


def _write(
    organization: Organization, policy: Policy, changed: dict[str, str], *, saved_by: str
) -> None:
    """Save what changed; a new text is a new version."""
    now = timezone.now()
    for fact, value in changed.items():
        setattr(policy, fact, value)
    policy.updated_at = now
    fields = [*changed, "name_key", "updated_at"]
    if "content" in changed:
        policy.version += 1
        fields.append("version")
        _keep_version(organization, policy, saved_by=saved_by, now=now)
    policy.save(update_fields=fields)


def _keep_version(
    organization: Organization, policy: Policy, *, saved_by: str, now: datetime
) -> None:
    PolicyVersion.objects.create(
        policy=policy,
        organization=organization,
        number=policy.version,
        content=policy.content,
        saved_at=now,
        saved_by=saved_by,
    )


def _require_free_name(
    organization: Organization,
    policy_type: PolicyType,
    name: str,
    *,
    is_dry_run: bool,
    besides: Policy | None = None,
) -> None:
    """Refuse a name that a policy of the type has, a built-in one included (R-POL-3)."""
    same = Policy.objects.of(organization.pk).filter(
        policy_type=policy_type, is_dry_run=is_dry_run, name_key=names.name_key(name)
    )
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise errors.PolicyNameConflict(name=name)


def _is_number(value: object) -> bool:
    """Whether it is a number that the database can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
