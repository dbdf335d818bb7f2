"""What service control policies let the users of a member account do in this service itself.

They bind a call of this service as they bind any other: what is denied is refused, and what policies on
trial would have denied is told to who records that (R-PERM-4 to R-PERM-6, R-DRY-9).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from orgs import access, errors
from orgs.actor import Actor
from orgs.models import Organization
from orgs.permissions import Permission
from orgs.policy.context import ContextValue
from orgs.policy.dry_run import DryRun, dry_run
from orgs.policy.evaluation import Request, outline
from orgs.policy.memo import BoundedMemo
from orgs.policy.snapshot import PolicyType
from orgs.queries.decisions.rulings import Ruling
from orgs.queries.decisions.standings import (
    REMEMBERED_STANDINGS,
    Standing,
    decide_at,
    find_outline,
    find_standing,
    known_standing,
)
from orgs.queries.own_calls import READ_BY_EVERY_MEMBER, RESOURCE_TAG, OwnCall
from orgs.queries.snapshots import find_facts, ungoverned_services

type Context = Mapping[str, ContextValue]
type Recorder = Callable[[Actor, DryRun], object]

# Organizations at a version whose service control policies are off: nothing is to be judged there.
_SWITCHED_OFF: Final[BoundedMemo[Any, bool]] = BoundedMemo(REMEMBERED_STANDINGS)
_recorders: list[Recorder] = []


def require_own_call(
    *,
    actor: Actor,
    management_account_id: str | None,
    policy_version: int,
    call: OwnCall,
) -> None:
    """Refuse what the service control policies do not let a member's own users do in this service.

    No statement for the management account, which they never bind, and none where the account was judged
    at this version before; else up to six. One more where a policy asks for the tags of what the call is
    about. What passes, and would not with the policies on trial, is told to who records that.

    Raises:
        DeniedByPolicy.

    Rules: R-PERM-4 to R-PERM-6, R-SCP-1 to R-SCP-5, R-DRY-9.
    """
    judged = _judge(actor, management_account_id, policy_version, call)
    if judged is not None:
        _settle(actor, judged)


def require_own_reads(
    *,
    actor: Actor,
    organization: Organization,
    calls: Iterable[OwnCall],
    of_everything: bool = False,
) -> None:
    """The same for all that a page shows, which is asked before any of it is looked up.

    As on the wire, who the account is comes first: what none but the management account and delegated
    administrators read, and grantees where the page is not `of_everything`, is not for policies to refuse to
    others.

    No statement for the management account, for which `calls` are not gone through; for others those of
    `require_own_call`, and one where something is denied.

    Raises:
        DeniedByPolicy.
    """
    if actor.account_id == organization.management_account_id:
        return
    sees: bool | None = None
    for call in calls:
        judged = _judge(
            actor, organization.management_account_id, organization.policy_version, call
        )
        if judged is None or not judged.is_worth_telling:
            continue
        if of_everything or call.action not in READ_BY_EVERY_MEMBER:
            if sees is None:
                rights = access.rights_of(actor, organization.pk)
                by_grant = bool(rights.on_units) and not of_everything
                sees = by_grant or Permission.VIEW_STRUCTURE in rights.everywhere
            if not sees:
                continue
        _settle(actor, judged)


def find_own_denial(
    *, actor: Actor, management_account_id: str | None, policy_version: int, call: OwnCall
) -> errors.DeniedByPolicy | None:
    """What `require_own_call` would refuse with, before anything is called: nothing is recorded."""
    judged = _judge(actor, management_account_id, policy_version, call)
    return judged.denial if judged else None


def require_own_act(*, actor: Actor, call: OwnCall) -> None:
    """The same, for what concerns the actor's account alone, so that its organization was not looked at.

    One statement for a member, besides those of `require_own_call`.

    Raises:
        DeniedByPolicy.
    """
    if actor.organization_id is None:
        return
    try:
        facts = find_facts(actor.organization_id)
    except errors.CallerNotInOrganization:  # deleted since the request came in
        return
    require_own_call(
        actor=actor,
        management_account_id=facts.management_account_id,
        policy_version=facts.policy_version,
        call=call,
    )


def record_dry_runs_with(recorder: Recorder) -> None:
    """Tell `recorder` of each call that passed and that policies on trial would have denied (R-DRY-9)."""
    _recorders[:] = [recorder]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A call of this service itself: why it is refused, or that policies on trial would have refused it."""

    denial: errors.DeniedByPolicy | None
    dry_run: DryRun | None = None

    @property
    def is_worth_telling(self) -> bool:
        """Whether anything came of it."""
        return self.denial is not None or self.dry_run is not None


def _settle(actor: Actor, judged: _Judged) -> None:
    """Refuse what is denied; tell whoever records it what would be."""
    if judged.denial is not None:
        raise judged.denial
    if judged.dry_run is not None:
        for record in _recorders:
            record(actor, judged.dry_run)


def _judge(
    actor: Actor, management_account_id: str | None, policy_version: int, call: OwnCall
) -> _Judged | None:
    """Judge a call of this service; nothing where no policy binds the caller."""
    organization_id, account_id = actor.organization_id, actor.account_id
    if organization_id is None or account_id is None or account_id == management_account_id:
        return None
    version: Any = (organization_id, policy_version, ungoverned_services())
    if _SWITCHED_OFF.find(version):
        return None
    standing = known_standing(version, account_id)
    if standing is None:
        facts = find_facts(organization_id)
        if PolicyType.SERVICE_CONTROL_POLICY not in facts.enabled_types:
            _SWITCHED_OFF.keep(facts.version, value=True)
            return None
        version, standing = find_standing(facts, account_id)
    known = {**_context(actor, management_account_id), **call.sent}
    tagged: Iterable[Context] = [{}]
    if _asks_for_tags(version, standing, account_id, call.action):
        tagged = call.tags_of_resources(organization_id)
    requests = [Request(account_id, call.action, context={**known, **tags}) for tags in tagged]
    return _judge_requests(version, standing, requests)


def _asks_for_tags(version: Any, standing: Standing, account_id: str, action: str) -> bool:
    """Whether a policy, or one on trial, asks for the tags of what the action is about."""
    prefix = RESOURCE_TAG.lower()
    enforced = find_outline(version, standing, account_id, action)
    return enforced.asks_for(prefix) or (
        standing.trial is not None and outline(standing.trial, action).asks_for(prefix)
    )


def _judge_requests(version: Any, standing: Standing, requests: Sequence[Request]) -> _Judged:
    """Judge one call, a request for each of its resources: the first that is denied decides."""
    for request in requests:
        decision = decide_at(version, standing, request)
        if not decision.allowed:
            ruling = Ruling(decision=decision, names=standing.names)
            return _Judged(errors.DeniedByPolicy(action=request.action, sentence=ruling.sentence))
    if standing.trial is None:
        return _Judged(None)
    tried = [dry_run(standing.position, standing.trial, request) for request in requests]
    return _Judged(None, next((one for one in tried if one.is_worth_recording), None))


def _context(actor: Actor, management_account_id: str | None) -> Context:
    """What is known of who calls this service itself."""
    known: dict[str, ContextValue] = {
        "g:CurrentTime": timezone.now().isoformat(),
        "g:DomainId": actor.account_id,
        "g:DomainName": actor.account_name,
        "g:PrincipalAccount": actor.account_id,
        "g:PrincipalIsRootUser": False,
        "g:PrincipalIsService": False,
        "g:PrincipalOrgId": actor.organization_id,
        "g:PrincipalOrgManagementAccountId": management_account_id,
        "g:ResourceAccount": management_account_id,
        "g:ResourceOrgId": actor.organization_id,
        "g:SourceIp": actor.address or None,
        "g:UserName": actor.username,
    }
    if actor.user_id is not None:
        known["g:UserId"] = str(actor.user_id)
    return known
