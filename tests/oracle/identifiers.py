"""How ids look."""

import re

ORGANIZATION_ID = re.compile(r"o-[0-9a-z]{10,32}\Z")
ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}\Z")
UNIT_ID = re.compile(r"ou-[0-9a-z]{8,32}\Z")
ACCOUNT_ID = re.compile(r"[0-9a-z]{32}\Z")
POLICY_ID = re.compile(r"p-[0-9A-Za-z_]{8,128}\Z")
INVITATION_ID = re.compile(r"h-[0-9a-z]{8,32}\Z")


def is_id(value: object, *patterns: re.Pattern[str]) -> bool:
    return isinstance(value, str) and any(pattern.match(value) for pattern in patterns)
