"""Many cases that the two databases share: each is asked on one of them in every run of the suite."""

import random

from django.db import connection


def share_of(cases: list, *, least: int = 0) -> list:
    """Half of the cases, mixed, and at least so many: this database's; the other one has the others."""
    mixed = random.Random(9).sample(cases, len(cases))
    share = max(least, -(-len(mixed) // 2))
    return mixed[:share] if connection.vendor == "sqlite" else mixed[-share:]
