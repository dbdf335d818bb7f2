"""Does background jobs, and what is due by the clock. `serve` runs one; there may be any number."""

import logging
import os
import signal
import socket
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from orgs import operations, tasks

logger = logging.getLogger(__name__)

CHORES_EVERY_SECONDS = 5  # or as often as leases run out, where that is more often
BEATS_EVERY_SECONDS = 15
DAILY_CHORES_EVERY_SECONDS = 60 * 60
JOBS_A_ROUND = 20


class Occasion:
    """Something that is due at the start, and then every so many seconds."""

    def __init__(self, do: Callable[[], None], *, every_seconds: float) -> None:
        self._do, self._every, self._due = do, every_seconds, time.monotonic()

    def meet(self) -> None:
        """Do it if it is due. Whatever goes wrong with it: jobs are done all the same, and it comes again."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._every
        try:
            self._do()
        except Exception:
            logger.exception("Chores were cut short")


class Rounds(Worker):
    """The worker of django-tasks-db, which ends after a round of jobs, so that chores come round as well."""

    def run(self) -> None:
        """Do up to a round of jobs that are due. A database that is busy or away is met again later."""
        self._run_tasks = 0
        try:
            super().run()
        except Error:
            logger.exception("The queue could not be read")

    @property
    def had_all_it_could_take(self) -> bool:
        """Whether there may be more where the last round came from."""
        return self.max_tasks is not None and self._run_tasks >= self.max_tasks


class Command(BaseCommand):
    help = "Do background jobs as they come, and what is due by the clock, until told to end"
    requires_system_checks = []  # they load every page, which a worker has none of

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--interval", type=float, default=0.5, help="seconds between two looks")
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, **options: Any) -> None:
        for chatty in ("django_tasks_db", "django.tasks"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        worker = Rounds(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=JOBS_A_ROUND,
            worker_id=get_random_string(32),
        )
        signal.signal(signal.SIGINT, worker.shutdown)
        signal.signal(signal.SIGTERM, worker.shutdown)
        chores = [
            Occasion(
                tasks.do_chores,
                every_seconds=min(CHORES_EVERY_SECONDS, settings.JOB_LEASE.total_seconds()),
            ),
            Occasion(tasks.do_daily_chores, every_seconds=DAILY_CHORES_EVERY_SECONDS),
            Occasion(
                partial(
                    operations.jobs.note_worker,
                    worker_id=worker.worker_id,
                    host=socket.gethostname(),
                    process_id=os.getpid(),
                ),
                every_seconds=BEATS_EVERY_SECONDS,
            ),
        ]
        while worker.running:
            for occasion in chores:
                occasion.meet()
            worker.run()
            close_old_connections()
            if worker.had_all_it_could_take:
                continue
            if options["once"]:
                break
            if worker.running:
                time.sleep(options["interval"])
        operations.jobs.forget_worker(worker_id=worker.worker_id)
