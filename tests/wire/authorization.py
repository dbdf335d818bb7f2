"""Who may call what: a row for each caller rule, a column for each caller. The code, or "ok".

Read it as the documentation of rights on the wire. `test_authorization` runs every operation that stands
as every caller, and an operation is there as soon as it has a route.
"""

# Administrators of other members, each with every right that is granted on units. Where an operation has
# such a right, the first is answered as the management account is, the second is denied.
GRANTEES = (
    "grantee",  # on the root
    "grantee_outside",  # on a unit that no request is about
    "grantee_expired",  # as the first, until a moment ago
)

CALLERS = (
    "manager",  # an administrator of the management account
    "reader",  # a reader of the management account
    "roleless",  # a user of the management account without a role
    "member",  # an administrator of a member account
    "member_reader",
    "delegated",  # an administrator of a member that is delegated administrator of a service
    "outsider",  # an administrator of another organization's management account
    "alone",  # an administrator of an account in no organization, which the organization has invited
    "alone_reader",
    "suspended",  # an administrator of a member account that was closed
    "removed",  # an administrator of a member account that was taken out
    "disabled",  # an administrator of the management account, disabled
    "operator",  # of the installation, who belongs to no account
    "wrong_secret",
    "nobody",  # no signature at all
    *GRANTEES,
)

MANAGEMENT, DELEGATED = "Organizations.1001", "Organizations.1002"
NO_ORGANIZATION, DENIED, UNKNOWN = "Organizations.1015", "Organizations.1007", "APIGW.0301"
NO_INVITATION, STAYS = "Organizations.1400", "Organizations.1304"


def row(**outcomes: str) -> dict[str, str]:
    everywhere = {
        "manager": "ok",
        "reader": "ok",
        "roleless": DENIED,
        "suspended": DENIED,
        "disabled": UNKNOWN,
        "operator": UNKNOWN,
        "wrong_secret": UNKNOWN,
        "nobody": UNKNOWN,
    }
    found = everywhere | dict.fromkeys(GRANTEES, outcomes["member"]) | outcomes
    assert set(found) == set(CALLERS)
    return found


# The role is asked first, then whether there is an organization, then which account it is.
TABLE: dict[tuple[str, bool], dict[str, str]] = {
    ("any_account", False): row(
        member="ok",
        member_reader="ok",
        delegated="ok",
        outsider="ok",
        alone="ok",
        alone_reader="ok",
        removed="ok",
    ),
    # A member of an organization founds no other: that is the operation's own answer.
    ("any_account", True): row(
        manager="Organizations.1150",
        reader=DENIED,
        member="Organizations.1150",
        member_reader=DENIED,
        delegated="Organizations.1150",
        outsider="Organizations.1150",
        alone="ok",
        alone_reader=DENIED,
        removed="ok",
    ),
    ("org_member", False): row(
        member="ok",
        member_reader="ok",
        delegated="ok",
        outsider="ok",
        alone=NO_ORGANIZATION,
        alone_reader=NO_ORGANIZATION,
        removed=NO_ORGANIZATION,
    ),
    ("member_only", True): row(
        manager=STAYS,
        reader=DENIED,
        member="ok",
        member_reader=DENIED,
        delegated=STAYS,  # as long as it is registered for a service (R-DA-8)
        outsider=STAYS,
        alone=NO_ORGANIZATION,
        alone_reader=DENIED,
        removed=NO_ORGANIZATION,
    ),
    ("invited_account", True): row(
        manager=NO_INVITATION,
        reader=DENIED,
        member=NO_INVITATION,
        member_reader=DENIED,
        delegated=NO_INVITATION,
        outsider=NO_INVITATION,
        alone="ok",
        alone_reader=DENIED,
        removed=NO_INVITATION,
    ),
    # Every account of the inviting organization, and the invited one (R-INV-11).
    ("org_member_or_target", False): row(
        member="ok",
        member_reader="ok",
        delegated="ok",
        outsider=NO_INVITATION,
        alone="ok",
        alone_reader="ok",
        removed=NO_INVITATION,
    ),
    ("management_or_delegated_admin", False): row(
        member=DELEGATED,
        member_reader=DELEGATED,
        delegated="ok",
        outsider="theirs",
        alone=NO_ORGANIZATION,
        alone_reader=NO_ORGANIZATION,
        removed=NO_ORGANIZATION,
    ),
    ("management_only", True): row(
        reader=DENIED,
        member=MANAGEMENT,
        member_reader=DENIED,
        delegated=MANAGEMENT,
        outsider="theirs",
        alone=NO_ORGANIZATION,
        alone_reader=DENIED,
        removed=NO_ORGANIZATION,
    ),
}
