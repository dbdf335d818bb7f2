"""The condition keys every service understands, and what their values are.

The list grows on the platform's side, so a name that is not here is only warned of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orgs.policy.operators import Family

PREFIX: Final = "g:"


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """A key and its values."""

    name: str
    family: Family
    is_multivalued: bool = False


_NAMES: Final[Mapping[Family, str]] = {
    Family.STRING: """
        DomainId DomainName UserId UserName
        PrincipalUrn PrincipalId PrincipalAccount PrincipalOrgId PrincipalOrgPath
        PrincipalOrgManagementAccountId PrincipalType PrincipalServiceName
        RequestedRegion ResourceAccount ResourceOrgId ResourceOrgPath EnterpriseProjectId
        SourceVpc SourceVpce SourceAccount SourceUrn SourceIdentity
        UserAgent Referer CalledViaFirst CalledViaLast
    """,
    Family.BOOLEAN: "MFAPresent SecureTransport PrincipalIsRootUser PrincipalIsService ViaService",
    Family.NUMBER: "MFAAge",
    Family.DATE: "CurrentTime TokenIssueTime",
    Family.ADDRESS: "SourceIp VpcSourceIp",
}
_MULTIVALUED_NAMES: Final = "TagKeys CalledVia"
_TAG_PREFIXES: Final = ("g:RequestTag/", "g:ResourceTag/", "g:PrincipalTag/")

_BY_FOLDED_NAME: Final[Mapping[str, GlobalKey]] = {
    key.name.lower(): key
    for key in (
        *(
            GlobalKey(PREFIX + name, family)
            for family, names in _NAMES.items()
            for name in names.split()
        ),
        *(
            GlobalKey(PREFIX + name, Family.STRING, is_multivalued=True)
            for name in _MULTIVALUED_NAMES.split()
        ),
    )
}
_FOLDED_TAG_PREFIXES: Final = tuple(prefix.lower() for prefix in _TAG_PREFIXES)


def every() -> tuple[GlobalKey, ...]:
    """Return the global keys, by name; those of tags, which a tag's key follows, are not among them."""
    return tuple(sorted(_BY_FOLDED_NAME.values(), key=lambda key: key.name))


def is_global(key: str) -> bool:
    """Whether a key belongs to the platform and not to one service."""
    return key.lower().startswith(PREFIX)


def is_bare_tag_key(key: str) -> bool:
    """Whether a key needs a tag's key after a slash and has none."""
    return f"{key.lower().removesuffix('/')}/" in _FOLDED_TAG_PREFIXES


def find(key: str) -> GlobalKey | None:
    """Return what is known of a global key; nothing for a name not in the list."""
    folded = key.lower()
    if folded.startswith(_FOLDED_TAG_PREFIXES):
        return GlobalKey(key, Family.STRING)
    return _BY_FOLDED_NAME.get(folded)
