"""How a user protects its sign-in beside the password."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator

from orgs.actor import Actor


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """An authenticator app, and how many recovery codes are left of those that were made."""

    added_at: datetime
    last_used_at: datetime | None
    codes_left: int
    codes_made: int
    codes_made_at: datetime | None

    @property
    def is_running_out(self) -> bool:
        """Whether it is time for other codes."""
        return self.codes_left * 3 <= self.codes_made


def get_second_factor(*, actor: Actor) -> SecondFactor | None:
    """The actor's own second factor, or None. One statement, and no secret is opened."""
    kept = {
        row["type"]: row
        for row in Authenticator.objects.filter(user_id=actor.user_id).values(
            "type", "data", "created_at", "last_used_at"
        )
    }
    app = kept.get(Authenticator.Type.TOTP)
    codes = kept.get(Authenticator.Type.RECOVERY_CODES)
    if app is None:
        return None
    made = app_settings.RECOVERY_CODE_COUNT if codes else 0
    used = int(codes["data"]["used_mask"]).bit_count() if codes else 0
    return SecondFactor(
        added_at=app["created_at"],
        last_used_at=app["last_used_at"],
        codes_left=made - used,
        codes_made=made,
        codes_made_at=codes["created_at"] if codes else None,
    )
