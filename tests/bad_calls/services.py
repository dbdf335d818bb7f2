"""Calls about services: the catalogues, trust, and delegated administrators."""

from orgs import operations
from orgs.actor import Actor
from tests import bad_input
from tests.bad_calls.world import ACCOUNT_IDS, NO_FLAGS, Cases

LIMIT = "most_delegated_administrators"
NO_LIMITS = [0, -1, 10_001, 10**30, True, False, 1.0, "", "1", b"1", [], {}, float("nan")]
# What could be one is looked up, and is not there (R-DA-1, R-DA-7).
NO_PRINCIPALS = [
    *bad_input.NOT_TEXT,
    "",
    "x" * 101,
    "x" * 100_000,
    *bad_input.around([*bad_input.UNPRINTABLE, *bad_input.unassigned()]),
]


def enable_service(world, **given):
    operations.trusted_services.enable_trusted_service(actor=world.actor, **given)


def disable_service(world, **given):
    operations.trusted_services.disable_trusted_service(actor=world.actor, **given)


def register(world, **given):
    wanted = {"account_id": world.account_id, "service_principal": "service.CTS"} | given
    operations.delegated_administrators.register_delegated_administrator(
        actor=world.actor, **wanted
    )


def deregister(world, **given):
    wanted = {"account_id": world.account_id, "service_principal": "service.CTS"} | given
    operations.delegated_administrators.deregister_delegated_administrator(
        actor=world.actor, **wanted
    )


def create_service(world, **given):
    wanted = {"principal": "service.New", "name": "New"} | given
    operations.services.create_integrable_service(actor=Actor.operator("operator"), **wanted)


def create_service_without_administrators(world, **given):
    create_service(world, supports_delegated_administrators=False, **given)


def update_service(world, **given):
    wanted = {
        "principal": "service.CTS",
        "version": 1,
        "name": "New",
        "description": "",
        "supports_delegated_administrators": True,
        "most_delegated_administrators": None,
        "note_before_disabling": "",
    } | given
    operations.services.update_integrable_service(actor=Actor.operator("operator"), **wanted)


def create_types(world, *, resource_type="other", **given):
    wanted = {"service_name": "new", "name": "New", "resource_types": ["good", resource_type]}
    wanted |= given
    operations.services.create_tag_policy_service(actor=Actor.operator("operator"), **wanted)


def update_types(world, *, resource_type="other", **given):
    wanted = {
        "service_name": "ecs",
        "version": 1,
        "name": "New",
        "resource_types": ["good", resource_type],
        "supports_all": True,
    } | given
    operations.services.update_tag_policy_service(actor=Actor.operator("operator"), **wanted)


CASES: Cases = [
    (create_service, "principal", "principal", bad_input.bad_principals()),
    *[
        (operation, "service_principal", "service_principal", NO_PRINCIPALS)
        for operation in (enable_service, disable_service, register, deregister)
    ],
    (register, "account_id", "account_id", ACCOUNT_IDS),
    (deregister, "account_id", "account_id", ACCOUNT_IDS),
    (create_types, "service_name", "service_name", bad_input.bad_service_names()),
    (create_service_without_administrators, *[LIMIT] * 2, [1, 10_000]),
    *[
        case
        for operation in (create_service, update_service)
        for case in (
            (operation, "name", "name", bad_input.bad_display_names()),
            (operation, "description", "description", bad_input.bad_service_notes()),
            (
                operation,
                "note_before_disabling",
                "note_before_disabling",
                bad_input.bad_service_notes(),
            ),
            (operation, *["supports_delegated_administrators"] * 2, NO_FLAGS),
            (operation, *[LIMIT] * 2, NO_LIMITS),
        )
    ],
    *[
        case
        for operation in (create_types, update_types)
        for case in (
            (operation, "name", "name", bad_input.bad_display_names()),
            (operation, "resource_type", "resource_types[1]", bad_input.bad_resource_types()),
            (operation, "resource_types", "resource_types", [[], ()]),
            (operation, "resource_types", "resource_types", [[f"t{n}" for n in range(201)]]),
            (operation, "supports_all", "supports_all", NO_FLAGS),
        )
    ],
]
