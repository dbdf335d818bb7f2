"""Organization files of any size, for tests of size and speed."""

import json


def big_organization(*, units: int, accounts: int, name: str = "big", policies: int = 0) -> str:
    """A file with that many units, at most 60 under one parent and five levels deep, and accounts.

    With policies, service control policies are on; each unit has one, and every fourth account.
    """
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
    guardrails = [
        {
            "name": f"Guardrail {number:03}",
            "type": "service_control_policy",
            "content": {
                "Version": "5.0",
                "Statement": [{"Effect": "Deny", "Action": [f"ecs:cloudServers:act{number}"]}],
            },
            "attached_to": [
                *paths[number::policies],
                *(member["name"] for member in members[4 * number :: 4 * policies]),
            ],
        }
        for number in range(policies)
    ]
    return json.dumps(
        {
            "format": "organization-file",
            "version": 1,
            "name": name,
            "management_account": {"name": f"{name}-root"},
            "units": [{"path": path} for path in paths],
            "accounts": members,
            "policies": guardrails,
            "enabled_policy_types": ["service_control_policy"] if policies else [],
        }
    )
