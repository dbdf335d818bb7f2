"""The server that people run, as a process of its own: it hands on what was signed, byte for byte."""

import json
import subprocess
import sys

import huaweicloudsdkorganizations.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials

from tests.console.test_serve import PROJECT, answer, environment, port, served
from tests.wire.sdk import SDK_WARNINGS

__all__ = ["environment", "port", "served"]  # fixtures

pytestmark = SDK_WARNINGS


@pytest.mark.usefixtures("served")
def test_the_sdk_founds_an_organization_on_a_served_installation(environment, port):
    assert answer(port) == 200
    made = subprocess.run(
        [
            sys.executable,
            str(PROJECT / "manage.py"),
            "create_account",
            "acme-root",
            "--access-key",
            "--json",
        ],
        env=environment,
        capture_output=True,
        check=True,
    )
    account = json.loads(made.stdout)
    of = (
        sdk.OrganizationsClient.new_builder()
        .with_credentials(GlobalCredentials(account["access_key"], account["secret_key"]))
        .with_endpoints([f"http://127.0.0.1:{port}"])
        .build()
    )

    organization = of.create_organization(sdk.CreateOrganizationRequest()).organization
    assert organization.management_account_id == account["account_id"]
    (root,) = of.list_roots(sdk.ListRootsRequest()).roots
    unit = of.create_organizational_unit(
        sdk.CreateOrganizationalUnitRequest(
            body=sdk.CreateOrganizationalUnitReqBody(name="東京 & Zürich", parent_id=root.id)
        )
    ).organizational_unit
    of.create_tag_resource(
        sdk.CreateTagResourceRequest(
            resource_type="organizations:ous",
            resource_id=unit.id,
            body=sdk.TagResourceReqBody(tags=[sdk.TagDto(key="环境", value="测试")]),
        )
    )
    found = of.list_resource_instances(
        sdk.ListResourceInstancesRequest(
            resource_type="organizations:ous",
            body=sdk.ResourceInstanceReqBody(matches=[sdk.Match(key="resource_name", value="東")]),
        )
    )
    assert [(row.resource_name, row.tags[0].value) for row in found.resources] == [
        ("東京 & Zürich", "测试")
    ]
    of.delete_organizational_unit(
        sdk.DeleteOrganizationalUnitRequest(organizational_unit_id=unit.id)
    )
    of.delete_organization(sdk.DeleteOrganizationRequest())
