"""A clock that stands still until it is told to go on."""

from datetime import datetime, timedelta

from django.utils import timezone

real_now = timezone.now


class Clock:
    """Stands in for `timezone.now`."""

    def __init__(self) -> None:
        self.at = real_now()

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """So many days, hours, seconds on."""
        self.at += timedelta(**span)
