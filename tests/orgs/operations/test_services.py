"""The catalogues of services as operators keep them: R-TS-1, R-TS-10, R-TS-11, R-TP-7."""

import importlib
import logging

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete

from orgs import errors, queries
from orgs.actor import Actor
from orgs.models import Event, IntegrableService, TagPolicyService, User
from orgs.operations.services import (
    create_integrable_service,
    create_tag_policy_service,
    delete_integrable_service,
    delete_tag_policy_service,
    update_integrable_service,
    update_tag_policy_service,
)
from tests.digest import digest_of_database

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("olga")
FACTS = {
    "name": "Backup of ours",
    "description": "Keeps copies.",
    "supports_delegated_administrators": True,
    "most_delegated_administrators": 3,
    "note_before_disabling": "Delete the copies first.",
}


def facts_of(principal):
    return IntegrableService.objects.filter(pk=principal).values(*FACTS, "version").get()


def types_of(service_name):
    return (
        TagPolicyService.objects.filter(pk=service_name)
        .values_list("name", "resource_types", "supports_all", "version")
        .get()
    )


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "orgs.operations.services")
    return lambda: [record.getMessage() for record in caplog.records]


def test_create_integrable_service_keeps_what_is_told_and_writes_it_to_the_log(log):
    create_integrable_service(actor=OPERATOR, principal="service.Backup-2", **FACTS)

    assert facts_of("service.Backup-2") == FACTS | {"version": 1}
    assert "service.Backup-2" in queries.services.list_integrable_services()
    assert log() == [f"Service service.Backup-2 was added by olga: {{'after': {FACTS}}}"]
    assert not Event.objects.exists()


def test_create_integrable_service_needs_a_principal_and_a_name_alone():
    create_integrable_service(actor=OPERATOR, principal="service.Backup", name=" Backup ")

    assert facts_of("service.Backup") == {
        "name": "Backup",
        "description": "",
        "supports_delegated_administrators": True,
        "most_delegated_administrators": None,
        "note_before_disabling": "",
        "version": 1,
    }


def test_create_integrable_service_refuses_a_principal_that_is_there(log):
    before = digest_of_database()

    with pytest.raises(errors.ServicePresent):
        create_integrable_service(actor=OPERATOR, principal="service.CTS", name="Another")

    assert digest_of_database() == before
    assert log() == []


def test_principals_differ_by_case():
    """R-TS-10."""
    create_integrable_service(actor=OPERATOR, principal="service.cts", name="Another")

    assert IntegrableService.objects.filter(pk__in=["service.CTS", "service.cts"]).count() == 2
    with pytest.raises(errors.ServiceNotFound):
        delete_integrable_service(actor=OPERATOR, principal="service.cTs")


def test_update_integrable_service_writes_and_logs_what_differs(log):
    before = facts_of("service.COC")
    assert before["version"] == before["most_delegated_administrators"] == 1

    update_integrable_service(
        actor=OPERATOR,
        principal="service.COC",
        version=1,
        **{name: before[name] for name in FACTS} | {"most_delegated_administrators": None},
    )

    assert facts_of("service.COC") == before | {"most_delegated_administrators": None, "version": 2}
    change = {
        "before": {"most_delegated_administrators": 1},
        "after": {"most_delegated_administrators": None},
    }
    assert log() == [f"Service service.COC was changed by olga: {change}"]


def test_update_integrable_service_without_a_difference_is_no_change(log):
    facts = facts_of("service.CTS")
    version = facts.pop("version")
    before = digest_of_database()

    update_integrable_service(actor=OPERATOR, principal="service.CTS", version=version, **facts)

    assert digest_of_database() == before
    assert log() == []


def test_update_integrable_service_refuses_what_was_seen_before_another_change():
    """P5."""
    update_integrable_service(actor=OPERATOR, principal="service.CTS", version=1, **FACTS)
    before = digest_of_database()

    with pytest.raises(errors.ServiceChangedMeanwhile):
        update_integrable_service(
            actor=OPERATOR, principal="service.CTS", version=1, **FACTS | {"name": "Later"}
        )

    assert digest_of_database() == before


def test_a_service_without_delegated_administrators_has_no_limit_of_them():
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        create_integrable_service(
            actor=OPERATOR,
            principal="service.Backup",
            **FACTS | {"supports_delegated_administrators": False},
        )

    assert (refused.value.field, refused.value.reason) == (
        "most_delegated_administrators",
        errors.Reason.NO_ADMINISTRATORS,
    )
    assert digest_of_database() == before


@pytest.mark.parametrize(
    "facts",
    [
        {"supports_delegated_administrators": False, "most_delegated_administrators": 1},
        {"supports_delegated_administrators": True, "most_delegated_administrators": 0},
    ],
)
def test_the_database_refuses_such_a_limit_too(facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        IntegrableService.objects.create(principal="service.Backup", name="Backup", **facts)


def test_delete_integrable_service_takes_one_out_that_came_with_the_product(log):
    delete_integrable_service(actor=OPERATOR, principal="service.CTS")

    assert "service.CTS" not in queries.services.list_integrable_services()
    assert IntegrableService.objects.count() == 19
    assert log() == ["Service service.CTS was removed by olga: {}"]
    create_integrable_service(actor=OPERATOR, principal="service.CTS", name="Trace")
    assert facts_of("service.CTS")["version"] == 1


@pytest.fixture
def protected():
    """As a table does whose rows refer to services and protect them."""

    def protect(instance, **_signal):
        raise ProtectedError("in use", {instance})

    for model in (IntegrableService, TagPolicyService):
        pre_delete.connect(protect, sender=model)
    yield
    for model in (IntegrableService, TagPolicyService):
        assert pre_delete.disconnect(protect, sender=model)


@pytest.mark.usefixtures("protected")
def test_a_service_that_something_refers_to_stays(log):
    before = digest_of_database()

    with pytest.raises(errors.ServiceInUse) as refused:
        delete_integrable_service(actor=OPERATOR, principal="service.CTS")
    with pytest.raises(errors.ServiceInUse):
        delete_tag_policy_service(actor=OPERATOR, service_name="ecs")

    assert str(refused.value) == "service.CTS is in use, so it stays in the catalogue."
    assert digest_of_database() == before
    assert log() == []


def test_create_tag_policy_service_keeps_its_types_in_their_order(log):
    create_tag_policy_service(
        actor=OPERATOR,
        service_name="backup-2",
        name="Backup",
        resource_types=["vault", "copy.full", "Agent_1"],
        supports_all=True,
    )

    assert types_of("backup-2") == ("Backup", ["vault", "copy.full", "Agent_1"], True, 1)
    assert len(log()) == 1


def test_create_tag_policy_service_refuses_a_service_that_is_there():
    before = digest_of_database()

    with pytest.raises(errors.ServicePresent):
        create_tag_policy_service(
            actor=OPERATOR, service_name="ecs", name="Another", resource_types=["box"]
        )

    assert digest_of_database() == before


def test_update_tag_policy_service_says_its_types_anew(log):
    given = {"service_name": "ecs", "name": "Servers", "resource_types": ["instance", "disk"]}

    update_tag_policy_service(actor=OPERATOR, version=1, supports_all=False, **given)

    assert types_of("ecs") == ("Servers", ["instance", "disk"], False, 2)
    assert log()[0].startswith("Service ecs was changed by olga: {'before': {'name': ")
    before = digest_of_database()
    with pytest.raises(errors.ServiceChangedMeanwhile):
        update_tag_policy_service(actor=OPERATOR, version=1, supports_all=True, **given)
    assert digest_of_database() == before


def test_delete_tag_policy_service(log):
    delete_tag_policy_service(actor=OPERATOR, service_name="ecs")

    assert not TagPolicyService.objects.filter(pk="ecs").exists()
    assert log() == ["Service ecs was removed by olga: {}"]


def test_an_operator_who_is_disabled_meanwhile_changes_no_catalogue():
    """R9."""
    user = User.objects.create_user("otto", is_staff=True, is_active=False)
    before = digest_of_database()

    with pytest.raises(errors.UserDisabled):
        delete_integrable_service(
            actor=Actor.operator("otto", user_id=user.pk), principal="service.CTS"
        )

    assert digest_of_database() == before


def fill():
    importlib.import_module("orgs.migrations.0004_catalogues_of_services").fill(apps, None)


def test_what_an_operator_changed_added_or_removed_is_not_filled_in_again():
    update_integrable_service(actor=OPERATOR, principal="service.COC", version=1, **FACTS)
    create_integrable_service(actor=OPERATOR, principal="service.Ours", name="Ours")
    delete_integrable_service(actor=OPERATOR, principal="service.CTS")
    delete_tag_policy_service(actor=OPERATOR, service_name="ecs")
    before = digest_of_database()

    fill()

    assert digest_of_database() == before


def test_what_the_product_ships_is_what_an_operator_could_write():
    for service in IntegrableService.objects.all():
        facts = facts_of(service.pk)
        facts.pop("version")
        update_integrable_service(actor=OPERATOR, principal=service.pk, version=1, **facts)
        delete_integrable_service(actor=OPERATOR, principal=service.pk)
        create_integrable_service(actor=OPERATOR, principal=service.pk, **facts)
    for service in TagPolicyService.objects.all():
        name, types, supports_all, _version = types_of(service.pk)
        delete_tag_policy_service(actor=OPERATOR, service_name=service.pk)
        create_tag_policy_service(
            actor=OPERATOR,
            service_name=service.pk,
            name=name,
            resource_types=types,
            supports_all=supports_all,
        )

    assert IntegrableService.objects.filter(version=1).count() == 20
    assert TagPolicyService.objects.filter(version=1).count() == 63
