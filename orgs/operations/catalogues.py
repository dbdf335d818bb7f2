"""The catalogues that an installation starts with."""

import json
from pathlib import Path
from typing import Any

from orgs.models import IntegrableService, TagPolicyService

DATA = Path(__file__).resolve().parent.parent / "data"


def seed_catalogues() -> None:
    """Fill a catalogue that is empty; what an operator changed in one stays as it is (R-TS-1, R-TP-7)."""
    if not IntegrableService.objects.exists():
        IntegrableService.objects.bulk_create(
            IntegrableService(
                principal=service["service_principal"],
                name=service["display_name"],
                description=service["description"],
                supports_delegated_administrators=service["supports_delegated_admin"],
                most_delegated_administrators=service["max_delegated_admins"],
                note_before_disabling=service["disable_note"] or "",
            )
            for service in _services("integrable_services.json")
        )
    if not TagPolicyService.objects.exists():
        TagPolicyService.objects.bulk_create(
            TagPolicyService(
                service_name=service["service_name"],
                name=service["display_name"],
                resource_types=service["resource_types"],
                supports_all=service["support_all"],
            )
            for service in _services("tag_policy_services.json")
        )


def _services(name: str) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = json.loads((DATA / name).read_text())["services"]
    return services
