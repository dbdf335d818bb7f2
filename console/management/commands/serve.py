"""Serves the site: granian for the web, and a worker for the background jobs, watched together."""

import os
import signal
import subprocess  # the two servers are processes of their own
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

PATIENCE_SECONDS = 10  # for a process to end by itself
RESTART_PAUSE_SECONDS = 1
LOOK_SECONDS = 0.2
QUICK_SECONDS = 5
QUICK_DEATHS = 3


class Command(BaseCommand):
    help = "Serve the site and run its background jobs; the database has to be migrated"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="web processes")

    def handle(self, **options: Any) -> None:
        collect_static_files()
        status = supervise(
            [
                web_command(options["host"], options["port"], options["workers"]),
                [sys.executable, "-m", "django", "work"],
            ]
        )
        if status:
            raise CommandError("A server could not be kept running; its message stands above.")


def collect_static_files() -> None:
    """Gather the static files when their manifest is missing or older than what it was made from."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and manifest.stat().st_mtime >= newest_source():
        return
    call_command("collectstatic", interactive=False, verbosity=0)


def newest_source() -> float:
    """When one of our own static files, or the list of installed packages, was last changed."""
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    files.append(Path(settings.BASE_DIR) / "constraints.txt")
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def web_command(host: str, port: int, workers: int) -> list[str]:
    """granian: WSGI, one thread a process, so that a connection to the database is never shared."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "1", "--respawn-failed-workers", "--no-ws"),
        *("--log-level", "warning", "console.wsgi:application"),
    ]


@dataclass
class Server:
    """A command that is kept running, in a session of its own so that Ctrl-C reaches it through us."""

    command: Sequence[str]
    process: subprocess.Popen[bytes] = field(init=False)
    started: float = field(init=False)
    quick_deaths: int = 0

    def start(self) -> None:
        """Start it, for the first time or again."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  (our own servers)
            self.command, cwd=settings.BASE_DIR, start_new_session=True
        )

    def revive(self) -> bool:
        """Start it again if it died. False when it dies as soon as it is started, time after time."""
        status = self.process.poll()
        if status is None:
            return True
        quick = time.monotonic() - self.started < QUICK_SECONDS
        self.quick_deaths = self.quick_deaths + 1 if quick else 1
        sys.stderr.write(f"{self.command[2]} ended with status {status}\n")
        if self.quick_deaths >= QUICK_DEATHS:
            return False
        time.sleep(RESTART_PAUSE_SECONDS)
        self.start()
        return True


def supervise(commands: Sequence[Sequence[str]]) -> int:
    """Run the commands until this process is told to end; start again what dies, end all together.

    Returns the status: 1 when one of them could not be kept running.
    """
    ending = False

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal ending
        ending = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    servers = [Server(command) for command in commands]
    try:
        for server in servers:
            server.start()
        while not ending:
            time.sleep(LOOK_SECONDS)
            if not all(ending or server.revive() for server in servers):
                return 1
        return 0
    finally:
        stop([server.process for server in servers])


def stop(running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask each to end, wait, and end what does not."""
    for process in running:
        process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process in running:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
