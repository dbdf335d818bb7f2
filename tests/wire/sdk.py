"""The vendor's SDK as the tests use it: unchanged but for endpoint and key."""

import re
from datetime import datetime

import huaweicloudsdkorganizations.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.wire.contract import CONTRACT
from tests.wire.signing import Key

# What the SDK and its HTTP library are told off for is not ours to mend.
SDK_WARNINGS = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGES = re.compile(r"array<(.*)>")


def client(live_server, key: Key, *, domain_id=None):
    credentials = GlobalCredentials(key.id, key.secret)
    if domain_id is not None:
        credentials = credentials.with_domain_id(domain_id)
    builder = sdk.OrganizationsClient.new_builder().with_credentials(credentials)
    return builder.with_endpoints([live_server.url]).build()


def ask(of, name: str, arguments: dict):
    """Call an operation; the answer, or its status and code."""
    kind = "".join(part.capitalize() for part in name.split("_")) + "Request"
    try:
        return getattr(of, name)(getattr(sdk, kind)(**arguments))
    except ClientRequestException as refusal:
        # Without a request id in the header it would not be this condition.
        return refusal.status_code, refusal.error_code if refusal.request_id else ""


def assert_filled(answer, fields: dict) -> None:
    """Every field of the contract is there, of its type; null only where it may be."""
    for name, facts in fields.items():
        value = getattr(answer, name)
        if value is None:
            assert facts["nullable"], name
            continue
        assert_kind(value, facts["type"], facts.get("format"), name)
        assert value in facts.get("enum", [value]), name


def assert_kind(value, kind: str, kind_format: str | None, name: str) -> None:
    if found := PAGES.fullmatch(kind):
        assert isinstance(value, list)
        for each in value:
            assert_kind(each, found[1], None, name)
    elif kind.startswith("#/schemas/"):
        assert_filled(value, CONTRACT["schemas"][kind.removeprefix("#/schemas/")]["fields"])
    elif kind_format == "datetime":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        assert moment.microsecond == 0
        assert isinstance(value, datetime) or re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value
        )
    else:
        assert type(value) is {"string": str, "integer": int, "boolean": bool}[kind], name
