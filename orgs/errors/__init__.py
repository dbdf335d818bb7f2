"""Every refusal, once; a module for each noun.

Families carry the status the console answers with. Leaves are named after the contract's conditions and
carry the sentence for the person who asked; the raise carries the facts. Which wire code and status a
leaf has, `orgs.api.error_codes` says. All are asked for by `errors.` and their name, as if they stood here.
"""

from orgs.errors.accounts import *
from orgs.errors.agencies import *
from orgs.errors.attachments import *
from orgs.errors.batches import *
from orgs.errors.callers import *
from orgs.errors.care import *
from orgs.errors.closings import *
from orgs.errors.delegated_administrators import *
from orgs.errors.departures import *
from orgs.errors.entities import *
from orgs.errors.events import *
from orgs.errors.families import *
from orgs.errors.fields import *
from orgs.errors.invitations import *
from orgs.errors.jobs import *
from orgs.errors.kept_refusals import *
from orgs.errors.moves import *
from orgs.errors.organizations import *
from orgs.errors.policies import *
from orgs.errors.policy_tests import *
from orgs.errors.policy_types import *
from orgs.errors.requests import *
from orgs.errors.scoped_grants import *
from orgs.errors.services import *
from orgs.errors.subscriptions import *
from orgs.errors.tags import *
from orgs.errors.trusted_services import *
from orgs.errors.units import *
from orgs.errors.users import *
