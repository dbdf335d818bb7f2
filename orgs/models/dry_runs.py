"""Dry runs: where what policies on trial would have denied is written, and what was written."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs.models.policies import PolicyType
from orgs.models.policy_types import SwitchState


class DryRunConfiguration(models.Model):
    """How dry runs of a policy type are set up; before the first time there is no row (R-DRY-2, R-DRY-5)."""

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="dry_run_configurations"
    )
    policy_type = models.CharField(
        _("type"), max_length=32, choices=PolicyType, default=PolicyType.SERVICE_CONTROL_POLICY
    )
    state = models.CharField(
        _("state"), max_length=16, choices=SwitchState, default=SwitchState.DISABLED
    )
    bucket_name = models.CharField(_("bucket"), max_length=255, blank=True)
    region_id = models.CharField(_("region"), max_length=255, blank=True)
    bucket_prefix = models.CharField(_("prefix"), max_length=255, blank=True)
    agency_name = models.CharField(_("agency"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("dry run configuration")
        verbose_name_plural = _("dry run configurations")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "policy_type"], name="dry_run_once_per_policy_type"
            ),
            models.CheckConstraint(
                name="dry_run_state_known", condition=models.Q(state__in=SwitchState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_type} {self.state}"


class DryRunRecord(models.Model):
    """A request that passed, and that policies on trial would have denied (R-DRY-9).

    What it names is written down, not referred to, because it outlives policies and accounts.
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="dry_run_records"
    )
    at = models.DateTimeField(_("time"))
    account_id = models.CharField(_("account"), max_length=36)
    account_name = models.CharField(max_length=64)
    principal = models.CharField(_("principal"), max_length=255, blank=True)
    action = models.CharField(_("action"), max_length=255)
    resource = models.CharField(_("resource"), max_length=1_500, blank=True)
    decision: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        _("decision"), default=dict
    )

    class Meta:
        verbose_name = _("dry run record")
        verbose_name_plural = _("dry run records")
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "at", "id"], name="dry_run_by_time")]

    def __str__(self) -> str:
        return f"{self.account_name} {self.action}"
