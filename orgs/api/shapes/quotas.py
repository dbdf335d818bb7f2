"""Quotas on the wire."""

from collections.abc import Sequence

from msgspec import Struct, field

from orgs.queries.quotas import Quota


class QuotaDto(Struct, frozen=True):
    """One quota and its use."""

    type: str
    quota: int
    used: int
    smallest: int = field(name="min")
    largest: int = field(name="max")


class QuotaRows(Struct, frozen=True):
    """All of them."""

    resources: list[QuotaDto]


class QuotasAnswer(Struct, frozen=True):
    """ListQuotas."""

    quotas: QuotaRows


def quotas_answer(rows: Sequence[Quota]) -> QuotasAnswer:
    """All quotas."""
    return QuotasAnswer(
        QuotaRows(
            [QuotaDto(row.name, row.quota, row.used, row.smallest, row.largest) for row in rows]
        )
    )
