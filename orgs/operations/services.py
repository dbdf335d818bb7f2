"""The installation's catalogues of services, which operators keep.

A catalogue belongs to no organization and no account, so no stream has an event of it: the log of the
server tells of every change, with what it was and what it is. (ours)
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.db.models import Model, ProtectedError, QuerySet, RestrictedError

from orgs import errors, names
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import IntegrableService, TagPolicyService
from orgs.operations.change import installation_change

logger = logging.getLogger(__name__)

MOST_ADMINISTRATORS = 10_000

type Service = IntegrableService | TagPolicyService
type Facts = dict[str, Any]


def create_integrable_service(
    *,
    actor: Actor,
    principal: str,
    name: str,
    description: str = "",
    supports_delegated_administrators: bool = True,
    most_delegated_administrators: int | None = None,
    note_before_disabling: str = "",
) -> IntegrableService:
    """Put a service into the catalogue of those that organizations may trust (R-TS-11).

    Without `most_delegated_administrators` any number may be registered. `note_before_disabling` is
    shown before an organization stops trusting the service (R-TS-7).

    Raises:
        InvalidParameter: R-TS-10; a text is too long or does not print; a limit that is none.
        ServicePresent, OperatorOnly, UserDisabled, ConcurrentModification.
    """
    with installation_change(actor):
        facts = _integrable(
            name,
            description,
            supports_delegated_administrators,
            most_delegated_administrators,
            note_before_disabling,
        )
        service = IntegrableService(principal=names.principal(principal), **facts)
        _add(service)
    _tell(actor, "added", service.pk, after=facts)
    return service


def update_integrable_service(
    *,
    actor: Actor,
    principal: str,
    version: int,
    name: str,
    description: str,
    supports_delegated_administrators: bool,
    most_delegated_administrators: int | None,
    note_before_disabling: str,
) -> IntegrableService:
    """Say anew what the catalogue tells of a service, whether it came with the product or not.

    `version` is the one that was looked at. The principal stays: programs and organizations know it.

    Raises:
        ServiceNotFound, OperatorOnly, UserDisabled, ConcurrentModification.
        InvalidParameter: as for `create_integrable_service`.
        ServiceChangedMeanwhile: by somebody else (P5).
    """
    with installation_change(actor):
        service = _find(IntegrableService.objects.all(), principal)
        before, after = _update(
            service,
            version,
            _integrable(
                name,
                description,
                supports_delegated_administrators,
                most_delegated_administrators,
                note_before_disabling,
            ),
        )
    if after:
        _tell(actor, "changed", service.pk, before=before, after=after)
    return service


def delete_integrable_service(*, actor: Actor, principal: str) -> None:
    """Take a service out of the catalogue, whether it came with the product or not.

    Raises:
        ServiceNotFound, OperatorOnly, UserDisabled, ConcurrentModification.
        ServiceInUse: an organization trusts it.
    """
    with installation_change(actor):
        service = _find(IntegrableService.objects.all(), principal, to_remove=True)
        _remove(service)
    _tell(actor, "removed", principal)


def create_tag_policy_service(
    *,
    actor: Actor,
    service_name: str,
    name: str,
    resource_types: Sequence[str],
    supports_all: bool = False,
) -> TagPolicyService:
    """Put a service with its resource types into the catalogue for tag policies (R-TP-7).

    With `supports_all` a policy may name all types of the service at once, as `service:*`.

    Raises:
        InvalidParameter: a name or a type that is none, no type, or one twice.
        ServicePresent, OperatorOnly, UserDisabled, ConcurrentModification.
    """
    with installation_change(actor):
        facts = _enforceable(name, resource_types, supports_all)
        service = TagPolicyService(service_name=names.service_name(service_name), **facts)
        _add(service)
    _tell(actor, "added", service.pk, after=facts)
    return service


def update_tag_policy_service(
    *,
    actor: Actor,
    service_name: str,
    version: int,
    name: str,
    resource_types: Sequence[str],
    supports_all: bool,
) -> TagPolicyService:
    """Say anew which types of a service tag policies can be enforced on; `version` was looked at.

    Raises:
        ServiceNotFound, OperatorOnly, UserDisabled, ConcurrentModification.
        InvalidParameter: as for `create_tag_policy_service`.
        ServiceChangedMeanwhile: by somebody else (P5).
    """
    with installation_change(actor):
        service = _find(TagPolicyService.objects.all(), service_name)
        facts = _enforceable(name, resource_types, supports_all)
        before, after = _update(service, version, facts)
    if after:
        _tell(actor, "changed", service.pk, before=before, after=after)
    return service


def delete_tag_policy_service(*, actor: Actor, service_name: str) -> None:
    """Take a service with its types out of the catalogue for tag policies.

    Raises:
        ServiceNotFound, OperatorOnly, UserDisabled, ConcurrentModification.
        ServiceInUse: something refers to it.
    """
    with installation_change(actor):
        service = _find(TagPolicyService.objects.all(), service_name, to_remove=True)
        _remove(service)
    _tell(actor, "removed", service_name)


def _integrable(
    name: object, description: object, supports: object, most: object, note: object
) -> Facts:
    """What is kept of an integrable service, checked."""
    knows_some = _flag(supports, field="supports_delegated_administrators")
    return {
        "name": names.display_name(name),
        "description": names.note(description, field="description"),
        "supports_delegated_administrators": knows_some,
        "most_delegated_administrators": _limit(most, is_possible=knows_some),
        "note_before_disabling": names.note(note, field="note_before_disabling"),
    }


def _enforceable(name: object, resource_types: Sequence[object], supports_all: object) -> Facts:
    """What is kept of a tag policy service, checked."""
    return {
        "name": names.display_name(name),
        "resource_types": names.resource_types(resource_types),
        "supports_all": _flag(supports_all, field="supports_all"),
    }


def _flag(value: object, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_FLAG)
    return value


def _limit(value: object, *, is_possible: bool) -> int | None:
    """How many delegated administrators at most; None is any number, or none where none is possible."""
    field = "most_delegated_administrators"
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidParameter(field=field, reason=Reason.NOT_A_NUMBER)
    if not 1 <= value <= MOST_ADMINISTRATORS:
        raise InvalidParameter(
            field=field, reason=Reason.OUT_OF_RANGE, low=1, high=MOST_ADMINISTRATORS
        )
    if not is_possible:
        raise InvalidParameter(field=field, reason=Reason.NO_ADMINISTRATORS)
    return value


def _find[Row: Model](services: QuerySet[Row], key: str, *, to_remove: bool = False) -> Row:
    """The service, locked until the change ends.

    One that is to be removed is locked against rows as well that are about to refer to it.
    """
    # A text that no key can be is not handed to the database, which may not be able to hold it.
    found = None
    if names.prints(key):
        found = services.select_for_update(no_key=not to_remove).filter(pk=key).first()
    if found is None:
        raise errors.ServiceNotFound(service=key)
    return found


def _add(service: Service) -> None:
    if type(service)._default_manager.filter(pk=service.pk).exists():
        raise errors.ServicePresent(service=service.pk)
    service.save(force_insert=True)


def _update(service: Service, version: object, wanted: Facts) -> tuple[Facts, Facts]:
    """Write what differs, and return it as it was and as it is."""
    if service.version != version:
        raise errors.ServiceChangedMeanwhile(service=service.pk)
    before = {
        name: present for name in wanted if (present := getattr(service, name)) != wanted[name]
    }
    after = {name: wanted[name] for name in before}
    if after:
        for name, fact in after.items():
            setattr(service, name, fact)
        service.version += 1
        service.save(update_fields=[*after, "version"])
    return before, after


def _remove(service: Service) -> None:
    """Delete the row, unless a table that protects it refers to it."""
    try:
        service.delete()
    except (ProtectedError, RestrictedError) as error:
        raise errors.ServiceInUse(service=service.pk) from error


def _tell(actor: Actor, done: str, service: str, **facts: Facts) -> None:
    """Write a change to the log, once it is there to stay."""
    logger.info("Service %s was %s by %s: %r", service, done, actor.username, facts)
