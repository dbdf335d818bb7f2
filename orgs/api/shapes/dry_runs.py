"""How dry runs are set up, on the wire."""

from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import seconds_if_any
from orgs.queries.dry_runs import ConfigurationRow


class DryRunConfigDto(Struct, frozen=True):
    """How dry runs of a policy type are set up in a root; what was not given is null."""

    root_id: str
    status: str
    bucket_name: str | None
    region_id: str | None
    bucket_prefix: str | None
    agency_name: str | None
    policy_type: str
    created_at: datetime | None
    updated_at: datetime | None


class DryRunConfigAnswer(Struct, frozen=True):
    """ShowDryRunConfig, UpdateDryRunConfig: the vendor calls the configuration `root`."""

    root: DryRunConfigDto


class DryRunConfigQuery(Struct, frozen=True):
    """ShowDryRunConfig."""

    root_id: str
    policy_type: str


class UpdateDryRunConfigBody(Struct, frozen=True):
    """UpdateDryRunConfig."""

    policy_type: str
    root_id: str
    status: str | None = None
    bucket_name: str | None = None
    region_id: str | None = None
    bucket_prefix: str | None = None
    agency_name: str | None = None


def dry_run_config_answer(
    found: ConfigurationRow, *, root_id: str, policy_type: str
) -> DryRunConfigAnswer:
    """The answer about the configuration of a root."""
    return DryRunConfigAnswer(
        DryRunConfigDto(
            root_id=root_id,
            status=found.state,
            bucket_name=found.bucket_name or None,
            region_id=found.region_id or None,
            bucket_prefix=found.bucket_prefix or None,
            agency_name=found.agency_name or None,
            policy_type=policy_type,
            created_at=seconds_if_any(found.created_at),
            updated_at=seconds_if_any(found.updated_at),
        )
    )
