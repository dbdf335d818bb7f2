"""Keeping what is stored of effective tag policies right, in the changes that alter it."""

from collections.abc import Collection, Mapping

from django.utils import timezone

from orgs import events
from orgs.actor import Actor
from orgs.models import EffectiveTagPolicy, Organization, Policy, PolicyType
from orgs.operations.change import operator_change
from orgs.queries.effective_tag_policies import find_settlement

ROWS_PER_INSERT = 2_000


def settle_tag_policies(
    organization: Organization,
    entity_ids: Collection[str],
    *,
    moved_from: Mapping[str, str] | None = None,
) -> int:
    """Store anew what tag policies come to at these entities and below, where it has become another one.

    For operations that hold the lock, after they have written what they change: an attachment, a text, a
    move (with the parents that were left), the state of the type. Returns how many rows were touched.

    Rules: R-TP-2 to R-TP-4.
    """
    settlement = find_settlement(
        organization.pk, entity_ids, now=timezone.now(), moved_from=moved_from
    )
    if settlement.gone:
        EffectiveTagPolicy.objects.filter(pk__in=settlement.gone.values()).delete()
    if settlement.missing:
        EffectiveTagPolicy.objects.bulk_create(settlement.missing, batch_size=ROWS_PER_INSERT)
    missing = {row.unit_id or row.account_id for row in settlement.missing}
    return len(missing.union(settlement.gone))


def settle_all_tag_policies(organization: Organization) -> int:
    """The same for everything in the organization: after an import, or when the type was switched."""
    return settle_tag_policies(organization, [organization.root.pk])


def settle_policy(organization: Organization, policy: Policy) -> None:
    """The same wherever a policy is attached, whose text has changed."""
    if policy.policy_type != PolicyType.TAG_POLICY or policy.is_dry_run:
        return
    hooks = policy.attachments.values_list("unit_id", "account_id")
    entity_ids = [unit_id or account_id for unit_id, account_id in hooks]
    if entity_ids:
        settle_tag_policies(organization, entity_ids)


def repair_tag_policies(*, actor: Actor, organization_id: str) -> int:
    """Merge the tag policies of an organization anew and store what was stored wrongly.

    Returns how many entities were wrong. Their policies decide, so nothing that binds is altered; the event
    tells that it was done, where anything was wrong.

    Raises:
        OperatorOnly, OrganizationNotFound, ConcurrentModification.
    """
    with operator_change(actor, organization_id) as organization:
        repaired = settle_all_tag_policies(organization)
        if repaired:
            target = events.of_organization(organization, after={"repaired_tag_policies": repaired})
            events.record(actor, organization, events.Kind.TAG_POLICIES_REPAIRED, [target])
        return repaired
