"""The processes of a crowd: each takes jobs as lines of JSON, and answers each with one line.

Processes, not threads, because each has to hold its own connection as web processes do. The first loads
everything and asks no database; the others are its forks, one for each socket whose number it is given.
`crowd` speaks to them.
"""

import json
import os
import random
import socket
import sys
import time
import traceback
from typing import TextIO

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django has to be ready first)
from django.db import connection  # noqa: E402  (the same)

from orgs import errors, operations  # noqa: E402  (the same)
from orgs.actor import Actor  # noqa: E402  (the same)
from orgs.models import Account, OrganizationalUnit, Policy  # noqa: E402  (the same)

Choice = tuple[str, dict[str, object]]
DEADLOCK = "40P01"


def answer(operation: str, actor: Actor, arguments: dict[str, object]) -> dict[str, object]:
    """What one operation answered: "ok", the refusal's class, or what should never come."""
    noun, verb = operation.split(".")
    said = {"operation": operation, "request_id": actor.request_id, "arguments": arguments}
    started = time.perf_counter()
    try:
        made = getattr(getattr(operations, noun), verb)(actor=actor, **arguments)
    except errors.OrgsError as refusal:
        name = "deadlock" if was_deadlock(refusal) else type(refusal).__name__
        said |= {"answer": name, "text": str(refusal)}
    except Exception:  # whatever it is, the storm's verdict needs it
        said |= {"answer": "crash", "text": traceback.format_exc()}
    else:
        said |= {"answer": "ok", "id": getattr(made, "pk", None)}
    return said | {"seconds": time.perf_counter() - started}


def was_deadlock(refusal: errors.OrgsError) -> bool:
    """Whether PostgreSQL had to end it: a caller hears of a race it lost, but locks have an order."""
    return getattr(getattr(refusal.__cause__, "__cause__", None), "sqlstate", None) == DEADLOCK


def storm(*, actors: list[dict[str, object]], steps: int, seed: int) -> list[dict[str, object]]:
    """`steps` random operations, each on one of the organizations of `actors`, each chosen as it is now."""
    dice = random.Random(seed)
    said = []
    for step in range(steps):
        actor = Actor(**dice.choice(actors))
        operation, arguments = choose(dice, actor.organization_id, f"{seed}-{step}")
        said.append(answer(operation, actor, arguments))
    return said


def choose(  # noqa: PLR0911  (one for each kind of operation)
    dice: random.Random, organization_id: str | None, label: str
) -> Choice:
    """An operation on what is there at this moment, and may be gone in the next."""
    units = list(
        OrganizationalUnit.objects.filter(organization=organization_id)
        .order_by("created_at", "pk")
        .values_list("pk", "parent_id")
    )
    accounts = list(
        Account.objects.filter(organization=organization_id).values_list("pk", "unit_id")
    )
    places = [unit_id for unit_id, _ in units]
    below = [unit for unit in units if unit[1] is not None]
    act = dice.choices(
        ["create", "rename", "delete", "move", "move_account", "tag", "untag", "policies"],
        [30, 12, 15, 18, 18, 5, 2, 40],
    )[0]
    if act in {"rename", "delete", "move"} and not below:
        act = "create"
    match act:
        case "create":
            # Few names, so that siblings collide.
            name = dice.choice([f"Unit {dice.randrange(8)}", f"unit {label}"])
            return "units.create_organizational_unit", {
                "parent_id": dice.choice(places),
                "name": name,
            }
        case "rename":
            name = dice.choice([f"Unit {dice.randrange(8)}", f"renamed {label}"])
            unit_id = dice.choice(below)[0]
            return "units.update_organizational_unit", {"unit_id": unit_id, "name": name}
        case "delete":
            return "units.delete_organizational_unit", {"unit_id": dice.choice(below)[0]}
        case "move":
            unit_id, parent_id = dice.choice(below)
            return "units.move_organizational_unit", {
                "unit_id": unit_id,
                "source_parent_id": parent_id,
                "destination_parent_id": dice.choice(places),
            }
        case "move_account":
            account_id, unit_id = dice.choice(accounts)
            return "accounts.move_account", {
                "account_id": account_id,
                "source_parent_id": unit_id,
                "destination_parent_id": dice.choice(places),
            }
        case "policies":
            entities = [*places, *(account_id for account_id, _ in accounts)]
            return choose_of_policies(dice, organization_id, entities, label)
        case "tag":
            tags = [(f"key-{dice.randrange(6)}", label)]
            return "tags.tag_resource", {"resource_id": dice.choice(places), "tags": tags}
        case _:
            keys = [f"key-{dice.randrange(6)}"]
            return "tags.untag_resource", {"resource_id": dice.choice(places), "tag_keys": keys}


def choose_of_policies(
    dice: random.Random, organization_id: str | None, entities: list[str], label: str
) -> Choice:
    """An operation on policies, and mostly on what hangs on one of a few entities."""
    policies = list(
        Policy.objects.filter(organization=organization_id)
        .order_by("created_at", "pk")
        .values_list("pk", flat=True)
    )
    act = dice.choices(
        ["create", "update", "delete", "attach", "detach", "set"], [10, 10, 5, 30, 20, 10]
    )[0]
    content = f'{{"Version":"5.0","Statement":[{{"Effect":"Deny","Action":["ecs:x:{label}"]}}]}}'
    if act == "create" or not policies:
        return "policies.create_policy", {
            "name": dice.choice([f"Policy {dice.randrange(12)}", f"policy {label}"]),
            "policy_type": "service_control_policy",
            "content": content,
        }
    policy_id = dice.choice(policies)
    entity_id = dice.choice(entities[:4] + entities[-4:])
    match act:
        case "update":
            return "policies.update_policy", {"policy_id": policy_id, "content": content}
        case "delete":
            return "policies.delete_policy", {"policy_id": policy_id}
        case "set":
            wanted = dice.sample(["p-FullAccess", *policies], k=min(len(policies), 3))
            return "attachments.set_attachments", {
                "entity_id": entity_id,
                "policy_type": "service_control_policy",
                "policy_ids": wanted,
            }
        case _:
            policy_id = dice.choice(["p-FullAccess", policy_id, policy_id])
            arguments = {"policy_id": policy_id, "entity_id": entity_id}
            return f"attachments.{act}_policy", arguments


def found(*, actor: dict[str, object], at: float, units: int) -> list[dict[str, object]]:
    """Found an organization at the moment `at`, and give it some units."""
    time.sleep(max(0.0, at - time.time()))
    said = [answer("organizations.create_organization", Actor(**actor), {})]
    organization_id = said[0].get("id")
    if organization_id is None:
        return said
    root_id = OrganizationalUnit.objects.get(organization=organization_id, parent=None).pk
    for number in range(units):
        present = Actor(**actor | {"organization_id": organization_id})
        arguments = {"parent_id": root_id, "name": f"Unit {number}"}
        said.append(answer("units.create_organizational_unit", present, arguments))
    return said


def act(
    *, operation: str, actor: dict[str, object], arguments: dict[str, object], at: float
) -> list[dict[str, object]]:
    """One operation at the moment `at`, together with those of other processes."""
    time.sleep(max(0.0, at - time.time()))
    return [answer(operation, Actor(**actor), arguments)]


JOBS = {"storm": storm, "found": found, "act": act}


def serve(number: int) -> None:
    """What one of them does until its socket is closed."""
    with socket.socket(fileno=number) as here, here.makefile("rw") as lines:
        say(lines, "ready")
        for line in lines:
            job = json.loads(line)
            say(lines, JOBS[job.pop("job")](**job))


def say(lines: TextIO, said: object) -> None:
    lines.write(json.dumps(said) + "\n")
    lines.flush()


def main(numbers: list[int]) -> None:
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ[
        "ORGS_TEST_DATABASE_NAME"
    ]
    for number in numbers:
        if os.fork() == 0:
            for other in set(numbers) - {number}:
                os.close(other)  # or none would hear that it was closed
            serve(number)
            return
    for number in numbers:
        os.close(number)
    ended = [os.wait()[1] for _ in numbers]
    sys.exit(any(ended))


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
