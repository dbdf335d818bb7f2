"""The samples of the API's page, run as they stand there, against the server that people run."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from console.api_reference import curl_sample, list_operations, python_sample
from tests.console.test_serve import PROJECT, answer, environment, port, served

__all__ = ["environment", "port", "served"]  # fixtures

NEEDED = ("bash", "curl", "openssl")


@pytest.mark.usefixtures("served")
@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason="needs bash, curl and openssl")
def test_the_samples_run_as_they_stand(environment, port):
    assert answer(port) == 200
    command = [sys.executable, str(PROJECT / "manage.py"), "create_account", "acme-root"]
    command += ["--access-key", "--json"]
    made = subprocess.run(command, env=environment, capture_output=True, check=True)
    account = json.loads(made.stdout)
    given = {"site": f"http://127.0.0.1:{port}/", "access_key": account["access_key"]}
    secret = os.environ | {"SECRET_KEY": account["secret_key"]}

    def by_curl(name, /, **values):
        text = filled(curl_sample(operations[name], **given), values)
        return run(["bash", "-c", text.replace("curl -X", "curl -sS -X")], secret)

    def by_python(name, /, **values):
        text = filled(python_sample(operations[name], **given), values)
        return run([sys.executable, "-W", "ignore", "-c", text], secret)

    operations = {one.name: one for one in list_operations()}
    founded = json.loads(by_curl("create_organization"))["organization"]
    tree = by_python("show_tree")
    assert tree.startswith("200 ")
    root = json.loads(tree.removeprefix("200 "))["units"][0]["id"]
    unit = json.loads(by_python("create_organizational_unit", name="Made", parent_id=root))
    unit_id = unit["organizational_unit"]["id"]
    shown = json.loads(by_curl("show_organizational_unit", organizational_unit_id=unit_id))
    assert shown["organizational_unit"]["name"] == "Made"
    question = {"account_id": account["account_id"], "action": "ecs:servers:get"}
    assert json.loads(by_curl("authorize", **question))["decision"]["allowed"] is True
    assert by_python("authorize", **question).startswith("200 ")
    ladder = by_curl("show_dry_run_config", root_id=root, policy_type="service_control_policy")
    assert json.loads(ladder)["root"]["status"] == "disabled"
    assert json.loads(by_python("show_organization"))["organization"]["id"] == founded["id"]


def filled(sample, values):
    """The sample with its placeholders replaced, also where they stand percent-encoded."""
    for name, value in values.items():
        sample = sample.replace(f"<{name}>", value).replace(f"%3C{name}%3E", value)
    return sample


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
