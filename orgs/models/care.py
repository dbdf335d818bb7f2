"""Care of the installation: checks and repairs that a worker runs, and what came of them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class CareKind(models.TextChoices):
    """What is run."""

    INTEGRITY = "integrity", _("Check of integrity")
    EVENTS = "events", _("Verification of event chains")
    REPAIR = "repair", _("Repair")
    ROTATION = "rotation", _("Sealing of secrets anew")


class CareState(models.TextChoices):
    """Where it is."""

    WAITING = "waiting", _("Waiting for a worker")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class CareRun(models.Model):
    """One run, asked for by an operator. `holds` tells in a word what `result` tells in full."""

    kind = models.CharField(_("kind"), max_length=16, choices=CareKind)
    organization = models.ForeignKey(
        "orgs.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="care_runs",
        help_text=_("Empty: the whole installation."),
    )
    state = models.CharField(_("state"), max_length=8, choices=CareState, default=CareState.WAITING)
    asked_at = models.DateTimeField(_("asked for"))
    asked_by = models.CharField(_("asked for by"), max_length=150)
    asked_by_user_id = models.BigIntegerField(null=True)
    source_address = models.CharField(max_length=45, blank=True, default="")
    ended_at = models.DateTimeField(_("ended"), null=True)
    holds = models.BooleanField(_("all is well"), null=True)
    result: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("run of care")
        verbose_name_plural = _("runs of care")
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "organization", "-id"], name="care_run_by_kind")]

    def __str__(self) -> str:
        return str(self.get_kind_display())
