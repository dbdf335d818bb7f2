"""Trusted services and delegated administrators."""

from tests.console.pages.ids import (
    of_administered_service,
    of_delegation,
    of_service,
    of_trusted_service,
)
from tests.console.pages.row import Row

PAGES: dict[str, Row] = {
    "services": Row(
        tells=False,
        targets=("content",),
        also=(Row(ids=lambda company: of_delegation(company)[:0], who="delegated"),),
    ),
    "service": Row(
        tells=False,
        ids=of_administered_service,
        targets=("content",),
        also=(
            Row(ids=of_service),
            Row(ids=of_trusted_service, who="reader"),
            Row(ids=of_administered_service, who="delegated"),
        ),
    ),
    "enable_service": Row(
        tells=False,
        ids=of_service,
        targets=("content",),
        sent=({},),
        also=(Row(ids=of_trusted_service), Row(ids=of_service, who="delegated")),
    ),
    "disable_service": Row(
        tells=False,
        ids=of_trusted_service,
        targets=("content",),
        sent=({"confirmation": "{text}"},),
        also=(Row(ids=of_administered_service), Row(ids=of_trusted_service, who="reader")),
    ),
    "delegated_administrators": Row(
        tells=False,
        ids=lambda company: of_delegation(company)[:0],
        targets=("content",),
        asked=({"after": "{text}"},),
        also=(Row(who="delegated"), Row(at="?after=zzz")),
    ),
    "register_administrator": Row(
        tells=False,
        ids=lambda company: of_delegation(company)[:0],
        targets=("content",),
        asked=({"account": "{text}", "service": "{text}"},),
        sent=(
            {"account": "{text}", "service": "service.CTS"},
            {"account": "{account}", "service": "{text}"},
        ),
        also=(Row(who="delegated"),),
    ),
    "deregister_administrator": Row(
        tells=False,
        ids=of_delegation,
        targets=("content",),
        sent=({},),
        also=(Row(ids=of_delegation, who="delegated"),),
    ),
}
