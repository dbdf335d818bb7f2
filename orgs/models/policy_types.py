"""The policy types of an organization, and how far each is switched on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs.models.policies import PolicyType


class SwitchState(models.TextChoices):
    """How far something that is switched on and off by a job has got (R-PT, R-DRY-2)."""

    DISABLED = "disabled", _("Off")
    PENDING_ENABLE = "pending_enable", _("Being switched on")
    ENABLED = "enabled", _("On")
    PENDING_DISABLE = "pending_disable", _("Being switched off")

    @property
    def is_pending(self) -> bool:
        """Whether a job is about to end it."""
        return self in (SwitchState.PENDING_ENABLE, SwitchState.PENDING_DISABLE)


class RootPolicyType(models.Model):
    """A policy type in the root of an organization; one that was never switched on has no row (R-PT)."""

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="policy_types"
    )
    policy_type = models.CharField(_("type"), max_length=32, choices=PolicyType)
    state = models.CharField(
        _("state"), max_length=16, choices=SwitchState, default=SwitchState.DISABLED
    )
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("policy type")
        verbose_name_plural = _("policy types")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "policy_type"], name="policy_type_once_per_organization"
            ),
            models.CheckConstraint(
                name="policy_type_state_known", condition=models.Q(state__in=SwitchState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_type} {self.state}"
