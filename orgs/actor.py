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
    # Set for somebody who entered the account through its account-access agency: from where, and by which.
    home_account_id: str | None = None
    home_account_name: str = ""
    agency_id: int | None = None

    @property
    def is_switched(self) -> bool:
        """Whether the account is not the user's own, but one that it entered (R-ACC-22)."""
        return self.agency_id is not None

    @classmethod
    def system(cls) -> "Actor":
        """Nobody: what happens by itself, such as an invitation that runs out (R-AUD-4)."""
        return cls(account_id=None, user_id=None)

    @classmethod
    def operator(
        cls,
        username: str,
        *,
        user_id: int | None = None,
        organization_id: str | None = None,
        address: str = "",
    ) -> "Actor":
        """Somebody with a shell on this machine; with a user, somebody signed in to the operator's site."""
        return cls(
            account_id=None,
            user_id=user_id,
            organization_id=organization_id,
            username=username,
            address=address,
            is_operator=True,
        )
