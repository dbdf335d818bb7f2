"""Numbers and lists beside the rows of the tree, as parts of the statement that loads them."""

from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    IntegerField,
    OuterRef,
    QuerySet,
    StringAgg,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from orgs.models import (
    Attachment,
    DelegatedAdministrator,
)


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows, as a part of another statement."""
    return total_of(rows, Count("pk"))


def own_policies(kind: str) -> Coalesce:
    """How many policies that bind are attached to a "unit" or an "account" itself, built-in ones left out."""
    attached = Attachment.objects.enforced().filter(**{kind: OuterRef("pk")})
    return count_of(attached.filter(policy__organization__isnull=False))


def own_delegations() -> Subquery:
    """The principals of the services that an account administers, in one text (R-CON-3)."""
    held = DelegatedAdministrator.objects.filter(account=OuterRef("pk")).order_by()
    principals = StringAgg("trusted_service__service", Value(" "))
    return Subquery(held.values("account").annotate(all=principals).values("all"))


def total_of(rows: QuerySet[Any], aggregate: Aggregate) -> Coalesce:
    """One number over all rows, as a part of another statement."""
    over_all = rows.annotate(all=Value(1)).values("all").annotate(total=aggregate)
    return Coalesce(Subquery(over_all.values("total")), 0, output_field=IntegerField())
