"""Who is calling: what the vendor's SDK asks before its first request, where it knows no account."""

from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.callers import CallerIdentity, DomainDto, DomainsAnswer


@endpoint(action="iam:domains:list", caller=Caller.ANY_ACCOUNT)
def list_auth_domains(call: Call) -> DomainsAnswer:
    """The account that the key belongs to."""
    return DomainsAnswer([DomainDto(call.signer.account_id, call.signer.account_name)])


@endpoint(action="sts:callers:getIdentity", caller=Caller.ANY_ACCOUNT)
def get_caller_identity(call: Call) -> CallerIdentity:
    """The account and user that the key belongs to."""
    signer = call.signer
    return CallerIdentity(
        account_id=signer.account_id,
        principal_id=str(signer.user_id),
        principal_urn=f"iam::{signer.account_id}:user:{signer.username}",
    )
