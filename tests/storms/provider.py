"""An installation's hooks, as worker processes of the tests have them: slow, and with a journal.

`ORGS_TEST_JOURNAL` names the file; every call writes a line when it begins and one when it ends. What a call
takes is between the two numbers of `ORGS_TEST_PROVIDER_SECONDS`.
"""

import json
import os
import random
import time
from pathlib import Path

from orgs.hooks import HookFailure
from orgs.models import ClosingRequest, CreationRequest, FailureReason

REFUSED = "refused"  # part of the name of an account that is not made, or not closed


def provide(request: CreationRequest) -> None:
    """Take a while, and refuse some."""
    _call("create", request.pk, request.account_name)


def close(request: ClosingRequest) -> None:
    """Take a while, and refuse some."""
    _call("close", str(request.pk), request.account.name)


def calls(journal: Path) -> list[dict[str, object]]:
    """What was written, in its order."""
    return [json.loads(line) for line in journal.read_text().splitlines()]


def _call(kind: str, request_id: str, name: str) -> None:
    shortest, longest = map(float, os.environ["ORGS_TEST_PROVIDER_SECONDS"].split())
    _write(kind, request_id, "begin")
    time.sleep(random.uniform(shortest, longest))
    _write(kind, request_id, "end")
    if REFUSED in name:
        raise HookFailure(FailureReason.INTERNAL_FAILURE, "not here")


def _write(kind: str, request_id: str, what: str) -> None:
    line = {"kind": kind, "request": request_id, "what": what, "pid": os.getpid()}
    # One write of one line: processes that append do not mix them.
    journal = os.open(os.environ["ORGS_TEST_JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(journal, f"{json.dumps(line)}\n".encode())
    os.close(journal)
