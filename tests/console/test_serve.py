"""`serve` keeps a web server and a worker running, and ends both with itself."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120  # no bound of the product: the machine may have much else to do


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(tmp_path):
    """An installation of its own: an empty database, and its static files gathered elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORGS_")}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "ORGS_SECRET_KEY": "served-by-a-test-and-by-nobody-else",
        "ORGS_KEY_RING": "07" * 32,
        "ORGS_DATABASE_URL": f"sqlite:///{tmp_path / 'served.sqlite3'}",
        "ORGS_STATIC_ROOT": str(tmp_path / "static"),
    }


@pytest.fixture
def served(environment, port):
    manage = [sys.executable, str(PROJECT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    process = subprocess.Popen(
        [*manage, "serve", "--port", str(port)],
        env=environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    process.stderr.close()


def answer(port: int) -> int:
    """The status of the front page, once the server answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return page.status
        except OSError:
            time.sleep(0.2)
    return 0


def children(parent: int) -> dict[str, int]:
    """The direct children of a process: the module each runs, and its id."""
    found = {}
    for line in subprocess.run(
        ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1:]:
        pid, ppid, arguments = line.split(None, 2)
        if int(ppid) == parent:
            found["worker" if arguments.endswith(" work") else "web"] = int(pid)
    return found


def wait_for(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)


def test_serve_answers_starts_a_dead_worker_again_and_ends_everything_it_started(served, port):
    assert answer(port) == 200
    first = children(served.pid)
    assert sorted(first) == ["web", "worker"]

    os.kill(first["worker"], signal.SIGKILL)
    wait_for(lambda: children(served.pid).get("worker", first["worker"]) != first["worker"])
    second = children(served.pid)

    served.terminate()
    assert served.wait(PATIENCE_SECONDS) == 0
    for pid in (first["web"], second["worker"]):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_serve_gives_up_when_its_port_is_taken(environment, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        ended = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), "serve", "--port", str(port)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert "could not be kept running" in ended.stderr
