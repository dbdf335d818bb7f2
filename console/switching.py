"""In which account one is: the session keeps the agency that one came in by, and nothing else counts.

It ends with the session, and whenever the agency no longer holds, which every request asks.
"""

from dataclasses import replace

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from orgs.actor import Actor
from orgs.models import Account, Agency

ENTERED = "entered"


def remember(session: SessionBase, agency: Agency, account: Account) -> None:
    """From the next request of the session on one is in that account."""
    session[ENTERED] = {
        "agency_id": agency.pk,
        "account_id": account.pk,
        "account_name": account.name,
    }


def is_switched(request: HttpRequest) -> bool:
    """Whether the session says that one is in another account."""
    return ENTERED in request.session


def switched(own: Actor, request: HttpRequest) -> Actor:
    """The actor in the account that the session names; whether it may be there, the query says."""
    kept = request.session[ENTERED]
    return replace(
        own,
        account_id=kept["account_id"],
        account_name=kept["account_name"],
        home_account_id=own.account_id,
        home_account_name=own.account_name,
        agency_id=kept["agency_id"],
    )


def forget(request: HttpRequest) -> str:
    """One is in the own account again. Returns the name of the other."""
    return str(request.session.pop(ENTERED)["account_name"])
