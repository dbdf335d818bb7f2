"""Dry run: what policies on trial would have denied, without denying it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orgs.policy.evaluation import (
    AttachedPolicy,
    Decision,
    Position,
    Request,
    evaluate,
    make_level,
    make_position,
)


@dataclass(frozen=True, slots=True)
class DryRun:
    """A request judged twice: by the attached policies, and with those on trial added."""

    request: Request
    enforced: Decision
    would_be: Decision

    @property
    def is_worth_recording(self) -> bool:
        """Whether the policies on trial would have denied what passed."""
        return self.enforced.allowed and not self.would_be.allowed


def on_trial(position: Position, trial: Mapping[str, Sequence[AttachedPolicy]]) -> Position:
    """Return the position with policies on trial attached after the real ones, per entity.

    Exemptions stay as they are.
    """
    levels = [
        make_level(level.entity, (*level.policies, *trial.get(level.entity, ())))
        for level in position.levels
    ]
    return make_position(
        levels,
        is_in_organization=position.is_in_organization,
        is_management_account=position.is_management_account,
        is_type_enabled=position.is_type_enabled,
        ungoverned_services=position.ungoverned_services,
    )


def dry_run(enforced: Position, trial: Position, request: Request) -> DryRun:
    """Judge a request twice: where the account stands, and `on_trial`.

    Rules: R-DRY-1, R-DRY-6, R-DRY-9.
    """
    return DryRun(request, evaluate(enforced, request), evaluate(trial, request))
