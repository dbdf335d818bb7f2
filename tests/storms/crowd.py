"""A crowd of processes, and what has to be so after it has passed."""

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from typing import TextIO

from django.db import connection

from orgs.actor import Actor
from orgs.models import Event
from orgs.queries.integrity import broken_chains, check_integrity
from tests import oracle
from tests.invariants import violations
from tests.snapshot import events_of_database, state_of_database

Said = dict[str, object]

# Which event an acknowledged operation has to have left.
KINDS = {
    "organizations.create_organization": "createOrganization",
    "units.create_organizational_unit": "createOrganizationalUnit",
    "units.update_organizational_unit": "updateOrganizationalUnit",
    "units.move_organizational_unit": "moveOrganizationalUnit",
    "units.delete_organizational_unit": "deleteOrganizationalUnit",
    "accounts.move_account": "moveAccount",
    "tags.tag_resource": "tagResource",
    "tags.untag_resource": "untagResource",
    "creations.create_account": "createAccount",
    "closings.close_account": "closeAccount",
    "departures.remove_account": "removeAccount",
    "departures.leave_organization": "leaveOrganization",
    "delegated_administrators.register_delegated_administrator": ("registerDelegatedAdministrator"),
    "invitations.invite_account": "inviteAccount",
    "invitations.accept_invitation": "acceptHandshake",
    "policies.create_policy": "createPolicy",
    "policies.update_policy": "updatePolicy",
    "policies.delete_policy": "deletePolicy",
    "attachments.attach_policy": "attachPolicy",
    "attachments.detach_policy": "detachPolicy",
    "attachments.set_attachments": "setPolicyAttachments",
    "policy_types.disable_policy_type": "disablePolicyType",
}
# These may be acknowledged without a change: the name it has (R-OU-10), a key it has not (R-TAG-9), the
# policies that hang there.
MAY_CHANGE_NOTHING = {
    "units.update_organizational_unit",
    "tags.untag_resource",
    "policies.update_policy",
    "attachments.set_attachments",
}


class Crowd:
    """Processes that wait for jobs. Started once, because starting takes longer than a storm."""

    def __init__(self, size: int) -> None:
        connection.ensure_connection()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ORGS_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        }
        pairs = [socket.socketpair() for _ in range(size)]
        theirs = [there.fileno() for _here, there in pairs]
        self._first = subprocess.Popen(
            [sys.executable, "-m", "tests.storms.worker", *map(str, theirs)],
            pass_fds=theirs,
            env=environment,
        )
        self._lines = []
        for here, there in pairs:
            there.close()
            self._lines.append(here.makefile("rw"))
            here.close()  # for good, once its lines are
        for lines in self._lines:
            assert self._heard(lines) == "ready"

    def __len__(self) -> int:
        return len(self._lines)

    def ask(self, jobs: list[dict[str, object]]) -> list[Said]:
        """Give one job to each of the first processes, all at once; what they said, together."""
        busy = self._lines[: len(jobs)]
        for lines, job in zip(busy, jobs, strict=True):
            lines.write(json.dumps(job) + "\n")
            lines.flush()
        return [said for lines in busy for said in self._heard(lines)]

    def close(self) -> None:
        for lines in self._lines:
            lines.close()
        assert self._first.wait(timeout=20) == 0

    def _heard(self, lines: TextIO) -> object:
        line = lines.readline()
        assert line, "a process of the crowd has died; its last words are on stderr"
        return json.loads(line)


def as_sent(actor: Actor) -> dict[str, object]:
    """An actor for another process, which gives each of its requests an id of its own."""
    sent = asdict(actor)
    del sent["request_id"]
    return sent


def require_whole(said: list[Said], start: oracle.State, *, after: int) -> Counter[str]:
    """Everything that has to hold when a storm has passed; how often each answer came.

    No answer is a crash or a deadlock. Each acknowledged change has its one event, each refusal none.
    The invariants hold, numbers and chain included. Replaying the events into the oracle gives the database.
    """
    assert [one["text"] for one in said if one["answer"] in ("crash", "deadlock")] == []
    kept = Counter(
        Event.objects.filter(pk__gt=after).values_list("request_id", "kind")  # one event a change
    )
    wanted = Counter(
        (one["request_id"], KINDS[one["operation"]])
        for one in said
        if one["answer"] == "ok"
        and (
            one["operation"] not in MAY_CHANGE_NOTHING
            or (one["request_id"], KINDS[one["operation"]]) in kept
        )
    )
    assert kept == wanted
    assert violations() == []
    assert [found for found in check_integrity() if not found.holds] == []
    assert list(broken_chains()) == []
    assert oracle.replay(events_of_database(after=after), start) == state_of_database()
    return Counter(one["answer"] for one in said)
