"""The settings of the test suite: the real ones, with known secrets and a database of their own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "ORGS_TEST_FOLDER" not in os.environ:
    # A folder for each run; the processes that this one starts share it.
    os.environ["ORGS_TEST_FOLDER"] = tempfile.mkdtemp(prefix="banyan-test-")
    atexit.register(shutil.rmtree, os.environ["ORGS_TEST_FOLDER"], ignore_errors=True)
TEST_FOLDER = Path(os.environ["ORGS_TEST_FOLDER"])

os.environ.setdefault("ORGS_SECRET_KEY", "known-to-everyone-and-used-by-the-tests-only")
os.environ.setdefault("ORGS_KEY_RING", "07" * 32)
os.environ.setdefault("ORGS_ADMIN", "1")
os.environ.setdefault("ORGS_SITE_ADDRESS", "https://banyan.example.com")
os.environ["ORGS_DATABASE_URL"] = os.environ.get(
    "ORGS_TEST_DATABASE_URL", f"sqlite:///{TEST_FOLDER / 'banyan.sqlite3'}"
)

from console.settings import *  # noqa: E402, F403  (the environment has to be there first)
from console.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In memory, parallel writes of a live server were lost.
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_FOLDER / "banyan-test.sqlite3")}
    # Nothing here has to outlive a power cut; waiting for the disk is most of what a commit takes.
    options = DATABASES["default"]["OPTIONS"]
    DATABASES["default"]["OPTIONS"] = options | {
        "init_command": options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    }
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Files come from where they are written; whitenoise only wants to see a folder.
STATIC_ROOT = str(TEST_FOLDER / "banyan-static")
Path(STATIC_ROOT).mkdir(exist_ok=True)
