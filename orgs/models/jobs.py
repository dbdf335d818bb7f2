"""Jobs: work that goes on after its change, by a worker, until it is done or given up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """Where a job is."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    DEAD = "dead", _("Given up")


class Job(models.Model):
    """One piece of work about one subject, with a lease of our own (reliability R13, P11).

    The queue only says that there is something to do; whether it is to be done, and by whom, is decided
    here. A worker that dies leaves a lease that ends, and the job is handed out again. After too many
    tries it is dead, which operators see.
    """

    kind = models.CharField(_("kind"), max_length=32)
    subject_id = models.CharField(_("subject"), max_length=150)
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, null=True, related_name="jobs"
    )
    state = models.CharField(_("state"), max_length=8, choices=JobState, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("due"))
    leased_until = models.DateTimeField(_("leased until"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    problem = models.TextField(_("problem"), blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="job_by_state"),
            models.Index(fields=["kind", "subject_id"], name="job_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
