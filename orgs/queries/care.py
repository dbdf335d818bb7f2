"""What checks and repairs of the installation came to. For operators."""

from dataclasses import dataclass

from orgs.models import CareKind, CareRun, CareState


@dataclass(frozen=True, slots=True)
class LatestCare:
    """The last run of a kind that ended, and the one that is asked for and has not."""

    ended: CareRun | None
    waiting: CareRun | None


def get_latest_care(*kinds: CareKind, organization_id: str | None = None) -> LatestCare:
    """Of these kinds, over the whole installation or one organization. Two statements."""
    runs = CareRun.objects.filter(kind__in=kinds, organization=organization_id).order_by("-pk")
    return LatestCare(
        runs.filter(state=CareState.DONE).first(), runs.filter(state=CareState.WAITING).first()
    )
