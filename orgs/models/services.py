"""Catalogues of the installation: services to integrate with, and what tag policies can be enforced on.

A migration fills them with what the product ships; operators change them afterwards.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class IntegrableService(models.Model):
    """A service that an organization may trust (R-TS-1).

    `version` is raised by each change; who changes the service says which one was seen (P5).
    """

    principal = models.CharField(_("principal"), primary_key=True, max_length=128)
    name = models.CharField(_("name"), max_length=128)
    description = models.TextField(_("description"), blank=True)
    supports_delegated_administrators = models.BooleanField(
        _("knows delegated administrators"), default=True
    )
    most_delegated_administrators = models.PositiveIntegerField(
        _("most delegated administrators"), null=True, help_text=_("Empty: any number.")
    )
    note_before_disabling = models.TextField(_("note before disabling"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("integrable service")
        verbose_name_plural = _("integrable services")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="service_limit_of_administrators",
                condition=Q(most_delegated_administrators=None)
                | Q(
                    supports_delegated_administrators=True,
                    most_delegated_administrators__gte=1,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.principal})"


class TagPolicyService(models.Model):
    """A service on whose resource types a tag policy can be enforced (R-TP-7)."""

    service_name = models.CharField(_("service"), primary_key=True, max_length=64)
    name = models.CharField(_("name"), max_length=128)
    resource_types: "models.JSONField[list[str], list[str]]" = models.JSONField(
        _("resource types"), default=list
    )
    supports_all = models.BooleanField(_("accepts all types at once"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("tag policy service")
        verbose_name_plural = _("tag policy services")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.service_name})"
