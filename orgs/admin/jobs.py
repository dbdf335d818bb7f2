"""Background jobs: what waits, what runs, what is stuck, and what was given up."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import display, register
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orgs import operations, queries
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.reading import (
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import Job, JobState

BY_URGENCY = ("urgency", "-pk")


class StateFilter(ChoiceFilter):
    """Where jobs are."""

    title = _("state")
    parameter_name = column = "state"
    known = JobState.choices


class KindFilter(IdFilter):
    """Of one kind."""

    title = _("kind")
    parameter_name = column = "kind"


@register(Job, site=site)
class JobAdmin(ReadOnlyAdmin):
    """Every job that is not forgotten yet: what needs somebody first, then what is to be done, then the rest.

    A job is stuck when it is long due, or its lease is over, and no worker took it: then none is running.
    """

    list_display = (
        "kind",
        "subject_id",
        organization_link,
        "state_label",
        "attempts",
        moment("due_at", _("due")),
        moment("ended_at", _("ended")),
        "short_problem",
    )
    list_filter = (StateFilter, KindFilter, OrganizationFilter, ("created_at", DaysFilter))
    search_help_text = _("The id of what it is about")
    sortable_by = ()
    actions_list = ("retry_jobs",)
    actions_detail = ("retry_job",)
    fieldsets = (
        (None, {"fields": ("kind", "subject_id", organization_link, "state_label", "attempts")}),
        (_("Times"), {"fields": ("created_at", "due_at", "leased_until", "ended_at")}),
        (_("Problem"), {"fields": ("problem",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """With how urgent each is: given up, stuck, to be done, done."""
        now = timezone.now()
        stuck = Q(state=JobState.WAITING, due_at__lte=now - 2 * settings.JOB_LEASE) | Q(
            state=JobState.RUNNING, leased_until__lte=now - settings.JOB_LEASE
        )
        urgency = Case(
            When(state=JobState.DEAD, then=Value(0)),
            When(stuck, then=Value(1)),
            When(state=JobState.DONE, then=Value(3)),
            default=Value(2),
            output_field=IntegerField(),
        )
        # The list is ordered by it before it is asked for anything.
        del request
        found = Job.objects.select_related("organization").annotate(urgency=urgency)
        return found.order_by(*BY_URGENCY)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What needs somebody first, then the newest."""
        del request
        return BY_URGENCY

    def search_for(self, term: str) -> Q:
        """The subject."""
        return Q(subject_id=term)

    @display(description=_("state"))
    def state_label(self, job: Any) -> str:
        """Where it is, and whether somebody should look."""
        return gettext("Stuck") if job.urgency == 1 else str(job.get_state_display())

    @display(description=_("problem"))
    def short_problem(self, job: Job) -> str:
        """Its beginning."""
        return job.problem[:80]

    @tool(_("Try again"), icon="replay")
    def retry_job(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Once more, with all its tries before it."""
        job: Job = self.row(request, object_id)
        back = reverse("admin:orgs_job_change", args=[job.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.jobs.retry_job(actor=actor, job_id=job.pk)
            return Done(gettext("The job is done again within seconds."), back)

        act = Act(
            title=_("Try job again"),
            lead=_(
                "A worker takes it once more. What was told when it was given up stays told: an account"
                " whose creation has failed is not made by this."
            ),
            button=_("Try again"),
            back=back,
            run=run,
            row=job,
        )
        return show_act(self, request, act, forms.Form)

    @tool(_("Try all again"), icon="replay")
    def retry_jobs(self, request: HttpRequest) -> HttpResponse:
        """Everything that was given up."""
        back = reverse("admin:job_health")

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            retried = operations.jobs.retry_jobs(actor=actor)
            told = ngettext(
                "%(n)s job is done again within seconds.",
                "%(n)s jobs are done again within seconds.",
                retried.count,
            ) % {"n": retried.count}
            if retried.left:
                told += " " + gettext("%(n)s more were given up: ask again.") % {"n": retried.left}
            return Done(" ".join([told, *retried.refused]), back)

        act = Act(
            title=_("Try all again"),
            lead=_(
                "Workers take every job that was given up once more, 200 at a time. What was told when they"
                " were given up stays told."
            ),
            button=_("Try all again"),
            back=back,
            run=run,
        )
        return show_act(self, request, act, forms.Form)

    def get_urls(self) -> list[URLPattern]:
        """How jobs do stands beside their list."""
        health = self.admin_site.admin_view(self.show_health)
        found: list[URLPattern] = super().get_urls()
        return [path("health/", health, name="job_health"), *found]

    def show_health(self, request: HttpRequest) -> HttpResponse:
        """What waits, what runs, what was given up, and which workers are there."""
        context = self.admin_site.each_context(request) | {
            "title": _("Job health"),
            "health": queries.jobs.get_job_health(),
            "list": reverse("admin:orgs_job_changelist"),
            "retry": reverse("admin:orgs_job_retry_jobs"),
        }
        return TemplateResponse(request, "admin/orgs/job_health.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what was given up is tried again by hand."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        job = self.get_object(request, object_id)
        return offered if isinstance(job, Job) and job.state == JobState.DEAD else []
