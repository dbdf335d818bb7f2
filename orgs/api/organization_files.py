"""A whole organization as a file: out of the installation, and into it. (ours)

The file itself is the body. Its own reader is as strict as that of the other bodies and names every fault
by its place.
"""

from http import HTTPStatus

from django.conf import settings

from orgs import errors, operations, organization_file, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.organization_files import (
    OrganizationFile,
    PlanAnswer,
    plan_answer,
)
from orgs.api.shapes.organizations import OrganizationAnswer, organization_answer
from orgs.operations.change import Answer


@endpoint(
    action="organizations:organizations:export",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    is_ours=True,
    answer=OrganizationFile,
)
def export_organization(call: Call) -> Answer:
    """The organization as an organization file."""
    text = queries.organization_files.export_own(actor=call.actor, permissions=call.permissions)
    return Answer(HTTPStatus.OK, text.encode())


@endpoint(
    action="organizations:organizations:import",
    caller=Caller.ANY_ACCOUNT,
    writes=True,
    is_ours=True,
    limit=settings.API_IMPORT_LIMIT,
    file=OrganizationFile,
)
def plan_import(call: Call, *, file: bytes) -> PlanAnswer:
    """What importing the file would bring in, and what is wrong with it. Nothing is written."""
    plan = None
    try:
        plan = organization_file.read(file, wide_tags=settings.TAG_CHARACTERS_WIDE)
        operations.organization_files.plan_own_import(actor=call.actor, plan=plan)
    except errors.InvalidFile as refusal:
        return plan_answer(plan, refusal.faults)
    return plan_answer(plan, ())


@endpoint(
    action="organizations:organizations:import",
    caller=Caller.ANY_ACCOUNT,
    writes=True,
    status=HTTPStatus.CREATED,
    is_ours=True,
    limit=settings.API_IMPORT_LIMIT,
    file=OrganizationFile,
)
def import_organization(call: Call, *, file: bytes) -> OrganizationAnswer:
    """Found an organization under the caller's account, which stands alone, with all the file says."""
    plan = organization_file.read(file, wide_tags=settings.TAG_CHARACTERS_WIDE)
    organization = operations.organization_files.import_own_organization(
        actor=call.actor, plan=plan
    )
    return organization_answer(organization)
