"""Who is calling, as the vendor's SDK asks other services of its cloud."""

from msgspec import Struct


class DomainDto(Struct, frozen=True):
    """An account, which the older services call a domain."""

    id: str
    name: str


class DomainsAnswer(Struct, frozen=True):
    """The accounts of a key: its one."""

    domains: list[DomainDto]


class CallerIdentity(Struct, frozen=True):
    """The account and user of a key."""

    account_id: str
    principal_id: str
    principal_urn: str
