"""Organization files of any size, for tests of size and speed."""

import json


def big_organization(*, units: int, accounts: int, name: str = "big") -> str:
    """A file with that many units, at most 60 under one parent and five levels deep, and accounts."""
    paths: list[list[str]] = []
    row: list[list[str]] = [[]]
    while len(paths) < units:
        below = []
        for parent in row[: max(1, len(row))] if len(row[0]) < 5 else []:
            for number in range(12):
                if len(paths) == units:
                    break
                path = [*parent, f"Unit {number:02}"]
                paths.append(path)
                below.append(path)
        row = below
    members = [
        {
            "name": f"{name}-account-{number:06}",
            "description": f"Account number {number}",
            "unit": paths[number % units],
            "tags": {"stage": "production" if number % 3 else "test"} if number % 2 else {},
        }
        for number in range(accounts)
    ]
    return json.dumps(
        {
            "format": "organization-file",
            "version": 1,
            "name": name,
            "management_account": {"name": f"{name}-root"},
            "units": [{"path": path} for path in paths],
            "accounts": members,
        }
    )
