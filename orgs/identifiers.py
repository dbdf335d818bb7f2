"""How ids look, how they are made, and how they are recognised.

Ids are made by the application, cannot be guessed, do not grow, and are never used twice.
Source: the contract's `formats.ids`.
"""

import re
import secrets
import string
import uuid
from dataclasses import dataclass

from orgs import errors

ALPHABET = string.digits + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Identifier:
    """One kind of id, or several that may stand in the same place."""

    pattern: re.Pattern[str]

    def fits(self, value: object) -> bool:
        """Whether `value` looks like such an id."""
        return isinstance(value, str) and self.pattern.fullmatch(value) is not None

    def require(self, value: object, *, field: str) -> str:
        """The id, if it looks like one.

        Raises:
            InvalidParameter: it does not (R-GEN-13); so `field` is at fault, not the store.
        """
        if not isinstance(value, str) or not self.fits(value):
            raise errors.InvalidParameter(field=field, reason=errors.Reason.NOT_AN_ID)
        return value


ORGANIZATION = Identifier(re.compile(r"o-[0-9a-z]{10,32}"))
ROOT = Identifier(re.compile(r"r-[0-9a-z]{4,32}"))
UNIT = Identifier(re.compile(r"ou-[0-9a-z]{8,32}"))
ACCOUNT = Identifier(re.compile(r"[0-9a-z]{32}"))
ROOT_OR_UNIT = Identifier(re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{8,32}"))
UNIT_OR_ACCOUNT = Identifier(re.compile(r"ou-[0-9a-z]{8,32}|[0-9a-z]{32}"))
POLICY = Identifier(re.compile(r"p-[0-9A-Za-z_]{8,128}"))
ENTITY = Identifier(re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{8,32}|[0-9a-z]{32}"))
TAGGABLE = Identifier(
    re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{8,32}|[0-9a-z]{32}|p-[0-9A-Za-z_]{8,128}")
)
INVITATION = Identifier(re.compile(r"h-[0-9a-z]{8,32}"))
CREATION = Identifier(re.compile(r"car-[0-9a-z]{8,32}"))
BATCH = Identifier(re.compile(r"b-[0-9a-z]{8,32}"))
SUBSCRIPTION = Identifier(re.compile(r"s-[0-9a-z]{8,32}"))
ACCESS_KEY = Identifier(re.compile(r"[0-9A-Z]{20}"))


def _random(length: int, alphabet: str = ALPHABET) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_organization_id() -> str:
    """A fresh id of an organization."""
    return "o-" + _random(32)


def new_root_id() -> str:
    """A fresh id of a root."""
    return "r-" + _random(12)


def new_unit_id() -> str:
    """A fresh id of an organizational unit."""
    return "ou-" + _random(32)


def new_account_id() -> str:
    """A fresh id of an account: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def new_invitation_id() -> str:
    """A fresh id of an invitation."""
    return "h-" + _random(32)


def new_creation_id() -> str:
    """A fresh id of a request to create an account."""
    return "car-" + _random(32)


def new_batch_id() -> str:
    """A fresh id of a batch of accounts to create or invite."""
    return "b-" + _random(32)


def new_subscription_id() -> str:
    """A fresh id of a subscription to events."""
    return "s-" + _random(32)


def new_webhook_secret() -> str:
    """A fresh secret of a webhook: some 238 bits."""
    return "whsec_" + _random(40, string.ascii_letters + string.digits)


def new_policy_id() -> str:
    """A fresh id of a policy."""
    return "p-" + _random(32)


def new_access_key_id() -> str:
    """A fresh access key: 20 capital letters and digits."""
    return _random(20, string.ascii_uppercase + string.digits)


def new_secret_key() -> str:
    """A fresh secret of an access key: 40 letters and digits, some 238 bits."""
    return _random(40, string.ascii_letters + string.digits)


def new_password() -> str:
    """A fresh password for somebody who gave none: 24 characters, some 144 bits."""
    return secrets.token_urlsafe(18)


def new_request_id() -> str:
    """A fresh id of a request."""
    return uuid.uuid4().hex


def new_tree_id() -> int:
    """A random number for a tree, 31 bits; the database says so if it is taken (I4)."""
    return secrets.randbelow(2**31 - 1) + 1


def urn(kind: str, entity_id: str, *, management_account_id: str, organization_id: str) -> str:
    """The long name of a thing of an organization, such as `organizations::…:ou:<organization>/<unit>`.

    Source: the contract's ids and URNs.
    """
    path = entity_id if kind == "organization" else f"{organization_id}/{entity_id}"
    return f"organizations::{management_account_id}:{kind}:{path}"


def builtin_policy_urn(policy_type: str, policy_id: str) -> str:
    """The long name of a policy that is built in for all organizations."""
    return f"organizations::system:policy:{policy_type}/{policy_id}"
