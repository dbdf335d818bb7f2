"""The databases of a run with several processes: migrated once, and copied for each of them.

Which of them comes first migrates. All share the folder of the run, whose lock the others wait for.
A process that runs alone has pytest-django make its database.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from tests.settings import TEST_FOLDER

REAL = connection.settings_dict["NAME"]
# Holds the name of the migrated database, once it is there.
MIGRATED = TEST_FOLDER / f"migrated-{connection.vendor}"


def take_copy(worker: str) -> None:
    """This process works on a copy that nobody else has."""
    creation = connection.creation
    with alone():
        if not MIGRATED.exists():
            MIGRATED.write_text(creation.create_test_db(verbosity=0, autoclobber=True))
        connection.close()  # nothing can be copied while it is in use
        work_on(MIGRATED.read_text())
        creation.clone_test_db(suffix=worker, verbosity=0, autoclobber=True)
    work_on(creation.get_test_db_clone_settings(worker)["NAME"])


def drop_copy() -> None:
    """This process works on none any more."""
    connection.creation.destroy_test_db(old_database_name=REAL, verbosity=0)


def drop_migrated() -> None:
    """When nobody needs a copy any more: on a server that goes on, nothing stays of a run."""
    if MIGRATED.exists():
        work_on(MIGRATED.read_text())
        drop_copy()
        MIGRATED.unlink()


@contextmanager
def alone() -> Iterator[None]:
    """One process of the run at a time."""
    with MIGRATED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def work_on(name: str) -> None:
    """From its next connection on this process uses the database of that name."""
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
