"""How rows are listed and shown: to read only, because operations own them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.admin import ActionLocation, ShowFacets, display
from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.forms import DateField
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter, TextFilter
from unfold.paginator import InfinitePaginator

from orgs import names

NOTHING = "–"
LINK_CLASSES = "text-primary-600 dark:text-primary-400 hover:underline"


class ReadOnlyAdmin(ModelAdmin):
    """A list of rows and a page of each. Whoever comes so far is an operator, and sees all of them.

    `search_for` says what a search means; a text that nothing can be named finds nothing.
    """

    actions: Sequence[Any] | None = None
    list_per_page = 50
    list_max_show_all = 0
    empty_value_display = NOTHING
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    list_filter_submit = True
    list_disable_select_all = True  # what is done to several rows is done to those in sight
    list_filter: Sequence[Any] = ()
    search_fields: Sequence[str] = ("pk",)  # the box is there; `search_for` says what it looks in

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators see everything."""
        return bool(self.admin_site.has_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators see everything."""
        return bool(self.admin_site.has_permission(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: operations make rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: operations change rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: operations delete rows."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Only what a filter of the list takes; Django's own way would let any column narrow a list."""
        taken = set()
        for one in self.list_filter:
            if isinstance(one, tuple):
                taken |= {f"{one[0]}_from", f"{one[0]}_to"}
            else:
                taken.add(one.parameter_name)
        return lookup in taken

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """The row; a text that no id can be is not handed to the database."""
        if not names.prints(object_id):
            return None
        found: Model | None = super().get_object(request, object_id, from_field)
        return found

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: list[tuple[str, Any]] | None = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        """What can be done to several rows. Unfold's own does not know Django's locations of actions yet."""
        first = default_choices or [("", _("Select action"))]
        return DjangoModelAdmin.get_action_choices(self, request, first, action_location)

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row that an address speaks of.

        Raises:
            Http404: there is none.
        """
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What `search_for` finds."""
        del request
        if not search_term:
            return queryset, False
        if not names.prints(search_term):
            return queryset.none(), False
        return queryset.filter(self.search_for(search_term)), False

    def search_for(self, term: str) -> Q:
        """What a search looks in."""
        return Q(pk=term)


class LongListAdmin(ReadOnlyAdmin):
    """A list that grows without end: it is leafed through, and never counted."""

    paginator = InfinitePaginator


class IdFilter(TextFilter):
    """Rows that belong to the one with that id."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed to it."""
        del request
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(**{self.column: value}) if names.prints(value) else queryset.none()


class OrganizationFilter(IdFilter):
    """Of one organization."""

    title = _("organization id")
    parameter_name = column = "organization"


class AccountFilter(IdFilter):
    """About one account."""

    title = _("account id")
    parameter_name = column = "account"


class ChoiceFilter(DropdownFilter):
    """Rows with one of a few values of `column`, known without asking the database.

    A value that stands in `conditions` means that condition instead.
    """

    column = ""
    known: Sequence[tuple[str, Any]] = ()
    conditions: Mapping[str, Q] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """The values."""
        del request, model_admin
        return self.known

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed to one of them; another value narrows nothing."""
        del request
        value = self.value()
        if value in self.conditions:
            return queryset.filter(self.conditions[value])
        is_known = value in {known for known, _label in self.known}
        return queryset.filter(**{self.column: value}) if is_known else queryset


class ActiveFilter(ChoiceFilter):
    """What is active, or what is disabled."""

    title = _("active")
    parameter_name = "active"
    known = (("yes", _("Yes")), ("no", _("No")))
    conditions = {"yes": Q(is_active=True), "no": Q(is_active=False)}


class DaysFilter(RangeDateFilter):
    """From one day to another, both included, in UTC."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed to these days; what is no day narrows nothing."""
        del request
        since, until = self._day("from"), self._day("to")
        if since is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": since})
        if until is not None and until.year < datetime.max.year:
            day_after = until + timedelta(days=1)
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": day_after})
        return queryset

    def _day(self, end: str) -> datetime | None:
        """The first moment of a day, as the calendar of the reader's language writes it."""
        given = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            day = DateField(required=False).clean(given)
        except ValidationError:
            return None
        return datetime.combine(day, time(), UTC) if day else None


def moment(column: str, label: Any) -> Callable[[Any], str]:
    """A column of a list: a point in time on one line, sorted by its own column."""

    @display(description=label, ordering=column)
    def shown(row: Any) -> str:
        value = getattr(row, column)
        if value is None:
            return NOTHING
        text = date_format(localtime(value), "j M Y H:i")
        return format_html('<span class="whitespace-nowrap">{}</span>', text)

    shown.__name__ = column
    return shown


def link(kind: str, pk: object, text: object = "") -> str:
    """A link to the page of a row, or a dash where there is none."""
    if pk is None or pk == "":
        return NOTHING
    address = reverse(f"admin:orgs_{kind}_change", args=[pk])
    return format_html('<a href="{}" class="{}">{}</a>', address, LINK_CLASSES, text or pk)


@display(description=_("organization"))
def organization_link(row: Any) -> str:
    """A column: whose a row is; a dash where it is nobody's."""
    return link("organization", row.organization_id, row.organization)


@display(description=_("account"))
def account_link(row: Any) -> str:
    """A column: the account that a row is about; a dash where there is none."""
    return link("account", row.account_id, row.account)


def list_link(kind: str, text: object, **narrowed: str) -> str:
    """A link to a list, narrowed."""
    address = list_address(kind, **narrowed)
    return format_html('<a href="{}" class="{}">{}</a>', address, LINK_CLASSES, text)


def list_address(kind: str, **narrowed: str) -> str:
    """Where a list stands, narrowed."""
    return f"{reverse(f'admin:orgs_{kind}_changelist')}?{urlencode(narrowed)}"


def list_links(*kinds: tuple[str, object], **narrowed: str) -> str:
    """Links to several lists, narrowed alike."""
    links = [(list_link(kind, text, **narrowed),) for kind, text in kinds]
    return format_html_join(" · ", "{}", links)
