"""Whom one can sign in as in the demo."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEMO_FILE = Path(__file__).resolve().parents[1] / "data" / "real_organization.json"
MANAGEMENT_ACCOUNT = "justice-root"
MEMBER_ACCOUNT = "electronic-monitoring-acquisitive-crime-production"  # three units deep
DELEGATED_ACCOUNT = "organisation-security"
STANDALONE_ACCOUNT = "harbour-studio"
GRANTED_ON = "Electronic Monitoring"  # a unit with units and accounts in it
# In that unit, and bound by no policy that would deny its users what they were granted.
GRANTEE_ACCOUNT = "electronic-monitoring-identity-access-management"
INVITED_INTO = "Central Digital"  # a unit of the demo's organization
CREATED_ACCOUNT = "harbour-archive"  # for ever on its way
FAILED_ACCOUNT = "harbour-pilot"
CLOSING_ACCOUNT = "workplace-tech-proof-of-concept-development"


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """A user of the demo, and what there is to see as that user."""

    username: str
    what: Promise


SIGN_INS = (
    DemoSignIn("admin", _("administrator of the management account")),
    DemoSignIn("reader", _("reader of the management account")),
    DemoSignIn("member", _("owner of a member account, deep in the tree")),
    DemoSignIn("keeper", _("somebody with rights on one unit only")),
    DemoSignIn("security", _("delegated administrator: sees everything, changes nothing")),
    DemoSignIn("founder", _("owner of an account that stands alone")),
    DemoSignIn("operator", _("operator of this installation")),
)
