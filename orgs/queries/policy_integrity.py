"""Whether policies, what they hang on and their types keep their promises: parts of the invariants."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from orgs import names
from orgs.models import (
    Account,
    Attachment,
    DryRunConfiguration,
    Job,
    JobState,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyTest,
    PolicyType,
    PolicyVersion,
    RootPolicyType,
    SwitchState,
)
from orgs.queries.effective_tag_policies import find_whole_settlement

SCP = PolicyType.SERVICE_CONTROL_POLICY
# In these states nothing of the type is attached yet, or any more (R-PT-3, R-PT-5, R-PT-6).
WITHOUT_ATTACHMENTS = (SwitchState.DISABLED, SwitchState.PENDING_ENABLE)
PENDING = (SwitchState.PENDING_ENABLE, SwitchState.PENDING_DISABLE)


def policies_of_strangers() -> Iterator[str]:
    """I7: policy, attachment and target are of one organization; what is built in is of none."""
    ours = Q(policy__organization=None) | Q(policy__organization=F("organization"))
    for attachment_id in Attachment.objects.exclude(ours).values_list("pk", flat=True):
        yield f"attachment {attachment_id} is of a policy of another organization"
    for entity in ("unit", "account"):
        foreign = Attachment.objects.exclude(**{entity: None}).exclude(
            **{f"{entity}__organization": F("organization")}
        )
        for attachment_id in foreign.values_list("pk", flat=True):
            yield f"attachment {attachment_id} is on an entity of another organization"
    for model, what in ((PolicyVersion, "version"), (PolicyTest, "test")):
        strange = model.objects.exclude(policy__organization=F("organization"))
        for pk, policy_id in strange.values_list("pk", "policy"):
            yield f"{what} {pk} of {policy_id} is of another organization"
    asked = PolicyTest.objects.exclude(account=None).exclude(
        account__organization=F("organization")
    )
    for pk, policy_id in asked.values_list("pk", "policy"):
        yield f"test {pk} of {policy_id} asks about an account of another organization"
    wrong = Policy.objects.filter(is_dry_run=True).exclude(policy_type=SCP)
    for policy_id in wrong.values_list("pk", flat=True):
        yield f"{policy_id} is on trial, which only service control policies can be"


def wrongly_attached() -> Iterator[str]:
    """I8: while SCPs are on, every entity has one at least; nothing has more of a type than it may.

    What is off hangs nowhere.
    """
    scps = Attachment.objects.filter(policy__policy_type=SCP)
    enforced = scps.enforced()
    tag_policies = Attachment.objects.filter(policy__policy_type=PolicyType.TAG_POLICY)
    yield from _lacking(enforced)
    for attached, limit, what in (
        (enforced, int(settings.SCPS_PER_ENTITY), "service control policies"),
        (scps.dry_run(), int(settings.SCPS_PER_ENTITY), "policies on trial"),
        (tag_policies, int(settings.TAG_POLICIES_PER_ENTITY), "tag policies"),
    ):
        counts = attached.values_list("unit", "account").annotate(count=Count("pk"))
        for unit_id, account_id, count in counts.filter(count__gt=limit).order_by():
            yield f"{unit_id or account_id} has {count} {what}; {limit} is the limit"
    for policy_type, attached in ((SCP, enforced), (PolicyType.TAG_POLICY, tag_policies)):
        switched = RootPolicyType.objects.filter(policy_type=policy_type)
        on = switched.exclude(state__in=WITHOUT_ATTACHMENTS).values("organization")
        astray = attached.exclude(organization__in=on).values_list("organization")
        for organization_id, number in astray.annotate(number=Count("pk")).order_by():
            yield f"{policy_type} is off in {organization_id}, where {number} are attached"


def _lacking(enforced: QuerySet[Attachment]) -> Iterator[str]:
    on = RootPolicyType.objects.filter(policy_type=SCP, state=SwitchState.ENABLED)
    bound = on.values("organization")
    for model, entity in ((OrganizationalUnit, "unit"), (Account, "account")):
        having = enforced.exclude(**{entity: None}).values(entity)
        lacking: QuerySet[OrganizationalUnit | Account] = model._default_manager.filter(
            organization__in=bound
        ).exclude(pk__in=having)
        for pk in lacking.order_by("pk").values_list("pk", flat=True):
            yield f"{pk} has no service control policy, and they are on"


def half_switched_policy_types() -> Iterator[str]:
    """I11: a type on its way has somebody who will end it (R-GEN-12)."""
    unended = Job.objects.filter(kind="switch_policy_types").exclude(
        state__in=[JobState.DONE, JobState.DEAD]
    )
    pending = RootPolicyType.objects.filter(state__in=PENDING).exclude(
        organization__units__in=unended.values("subject_id")
    )
    for organization_id, policy_type, state in pending.order_by("pk").values_list(
        "organization", "policy_type", "state"
    ):
        yield f"{policy_type} of {organization_id} is {state}, and no job will end it"
    gone = RootPolicyType.objects.filter(organization__deleted_at__isnull=False)
    for organization_id, policy_type in gone.values_list("organization", "policy_type"):
        yield f"{policy_type} of {organization_id}, which is deleted, has a state"


def half_switched_dry_runs() -> Iterator[str]:
    """I11: dry runs on their way have somebody who will end it, and are off without their type (R-DRY-8)."""
    unended = Job.objects.filter(kind="switch_dry_run").exclude(
        state__in=[JobState.DONE, JobState.DEAD]
    )
    pending = DryRunConfiguration.objects.filter(state__in=PENDING).exclude(
        organization__units__in=unended.values("subject_id")
    )
    for organization_id, state in pending.order_by("pk").values_list("organization", "state"):
        yield f"dry run of {organization_id} is {state}, and no job will end it"
    off = DryRunConfiguration.objects.exclude(state=SwitchState.DISABLED).exclude(
        organization__in=RootPolicyType.objects.filter(policy_type=SCP)
        .exclude(state=SwitchState.DISABLED)
        .values("organization")
    )
    for organization_id in off.order_by("pk").values_list("organization", flat=True):
        yield f"dry run of {organization_id} is not off, but its policies are"
    gone = DryRunConfiguration.objects.filter(organization__deleted_at__isnull=False)
    for organization_id in gone.values_list("organization", flat=True):
        yield f"dry run of {organization_id}, which is deleted, is set up"


def too_many_policies() -> Iterator[str]:
    """I12: policies of each type; built-in ones do not count (R-POL-1, R-DRY-11)."""
    limit = int(settings.POLICY_QUOTA)
    counts = (
        Policy.objects.custom()
        .values_list("organization", "policy_type", "is_dry_run")
        .annotate(count=Count("pk"))
        .filter(count__gt=limit)
    )
    for organization_id, policy_type, _is_dry_run, count in counts.order_by():
        yield f"{organization_id} holds {count} of {policy_type}"


def misnamed_policies() -> Iterator[str]:
    """I14: policies of a type have different names, compared without case, the built-in ones among them."""
    taken = {
        (policy_type, name_key)
        for policy_type, name_key in Policy.objects.filter(organization=None).values_list(
            "policy_type", "name_key"
        )
    }
    rows = Policy.objects.custom().order_by("pk")
    for pk, name, key, policy_type, is_dry_run in rows.values_list(
        "pk", "name", "name_key", "policy_type", "is_dry_run"
    ):
        if key != names.name_key(name):
            yield f"{pk} is named {name!r} but compared as {key!r}"
        if not is_dry_run and (policy_type, key) in taken:
            yield f"{pk} has the name of a built-in policy"


def wrong_effective_tag_policies() -> Iterator[str]:
    """I7: what is stored of effective tag policies is what the attached ones come to (R-TP-2)."""
    for organization_id in _with_tag_policies():
        settlement = find_whole_settlement(organization_id)
        missing = {row.unit_id or row.account_id or "" for row in settlement.missing}
        for entity_id in sorted(missing.union(settlement.gone)):
            yield f"the effective tag policy stored for {entity_id} is not what it comes to"


def organizations_wrongly_merged() -> list[str]:
    """The live organizations of which a wrong effective tag policy is stored."""
    return [one for one in _with_tag_policies() if find_whole_settlement(one)]


def _with_tag_policies() -> Iterable[str]:
    """The live organizations in which the type was ever switched on."""
    switched = Organization.objects.live().filter(policy_types__policy_type=PolicyType.TAG_POLICY)
    return switched.order_by("pk").values_list("pk", flat=True)


def policies_of_other_texts() -> Iterator[str]:
    """I15: what a policy says is its newest version, whose number it bears."""
    newest = PolicyVersion.objects.filter(policy=OuterRef("pk")).order_by("-number")
    known = Policy.objects.custom().annotate(
        newest=Subquery(newest.values("number")[:1]), text=Subquery(newest.values("content")[:1])
    )
    fits = Q(newest=F("version")) & Q(text=F("content"))
    yield from _said(known.exclude(fits), "its newest version says otherwise")
    yield from _said(known.filter(newest=None), "it has no version")
    builtin = Policy.objects.filter(organization=None, versions__isnull=False).distinct()
    yield from _said(builtin, "it is built in, and has versions")


def _said(policies: QuerySet[Policy], what: str) -> Iterable[str]:
    for policy_id in policies.order_by("pk").values_list("pk", flat=True):
        yield f"{policy_id}: {what}"
