"""Who asks, and in which organization."""

from dataclasses import dataclass, field

from orgs.identifiers import new_request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user of an account, or the operator of the installation.

    What stands here was true when the request came in. `change` judges it again under the lock (R9).
    """

    account_id: str | None
    user_id: int | None
    organization_id: str | None = None
    account_name: str = ""
    username: str = ""
    address: str = ""
    request_id: str = field(default_factory=new_request_id)
    is_operator: bool = False

    @classmethod
    def operator(cls, username: str, *, organization_id: str | None = None) -> "Actor":
        """Somebody with a shell on this machine, or signed in to its Django admin."""
        return cls(
            account_id=None,
            user_id=None,
            organization_id=organization_id,
            username=username,
            is_operator=True,
        )
