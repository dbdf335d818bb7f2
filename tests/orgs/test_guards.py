"""What the database itself refuses, whoever writes: R5, R8, I1, I4, I5, I7, I14."""

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from orgs.models import (
    Account,
    DelegatedAdministrator,
    Event,
    EventTarget,
    Organization,
    OrganizationalUnit,
    Tag,
    TrustedService,
    guards,
)
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def guarded():
    """The guards of the events, which the other tests do without."""
    guards.install(connection)
    yield
    guards.lift_event_guards(connection)


def refused(change):
    with pytest.raises(Error), transaction.atomic():
        change()


def test_events_are_never_altered(guarded):
    make_organization()
    events, targets = list(Event.objects.values()), list(EventTarget.objects.values())

    refused(lambda: Event.objects.update(kind="nothing"))
    refused(lambda: EventTarget.objects.update(entity_name="nothing"))
    refused(lambda: Event.objects.all()._raw_delete("default"))
    refused(lambda: EventTarget.objects.all()._raw_delete("default"))

    assert list(Event.objects.values()) == events
    assert list(EventTarget.objects.values()) == targets


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", guards.EVENT_TABLES)
def test_events_are_never_truncated(guarded, table):
    make_organization()

    with connection.cursor() as cursor:
        refused(lambda: cursor.execute(f"TRUNCATE {table} CASCADE"))

    assert Event.objects.count() == EventTarget.objects.values("event").distinct().count() == 1


def test_guards_may_be_put_in_place_again(guarded):
    guards.install(connection)
    make_organization()

    refused(lambda: Event.objects.update(kind="nothing"))


@pytest.fixture
def two():
    return make_organization()[0], make_organization()[0]


def test_a_delegated_administrator_and_its_service_are_of_one_organization(two):
    first, second = two
    service, foreign_service = (
        TrustedService.objects.create(
            organization=each, service_id="service.CTS", enabled_at=timezone.now()
        )
        for each in two
    )
    account, foreign = (AccountFactory(member_of=each.root) for each in two)

    def register(organization, account, service):
        return DelegatedAdministrator.objects.create(
            organization=organization,
            account=account,
            trusted_service=service,
            registered_at=timezone.now(),
        )

    refused(lambda: register(first, foreign, service))
    refused(lambda: register(first, account, foreign_service))
    refused(lambda: register(second, account, foreign_service))
    row = DelegatedAdministrator.objects.filter(pk=register(first, account, service).pk)
    refused(lambda: row.update(organization=second))
    refused(lambda: register(first, account, service))

    assert row.values_list("organization", "account", "trusted_service").get() == (
        first.pk,
        account.pk,
        service.pk,
    )


def test_a_unit_does_not_hang_on_one_of_another_organization(two):
    first, second = two
    unit = UnitFactory(parent=first.root)
    row = OrganizationalUnit.objects.filter(pk=unit.pk)

    refused(lambda: row.update(parent=second.root))
    refused(lambda: row.update(organization=second))
    refused(lambda: UnitFactory(parent=second.root, organization=first))

    assert row.values_list("organization", "parent").get() == (first.pk, first.root.pk)


def test_an_account_does_not_hang_on_a_unit_of_another_organization(two):
    first, second = two
    account = AccountFactory(member_of=first.root)
    row = Account.objects.filter(pk=account.pk)

    refused(lambda: row.update(unit=second.root))
    refused(lambda: row.update(organization=second))
    refused(lambda: AccountFactory(member_of=second.root, organization=first))

    assert row.values_list("organization", "unit").get() == (first.pk, first.root.pk)


def test_a_tag_is_not_on_a_resource_of_another_organization(two):
    first, second = two
    account = AccountFactory(member_of=first.root)

    refused(lambda: Tag.objects.create(organization=second, unit=first.root, key="a", value=""))
    refused(lambda: Tag.objects.create(organization=second, account=account, key="a", value=""))
    tag = Tag.objects.create(organization=first, account=account, key="a", value="")
    refused(lambda: Tag.objects.filter(pk=tag.pk).update(organization=second))

    assert list(Tag.objects.values_list("organization", "account")) == [(first.pk, account.pk)]


def test_constraints_say_again_what_operations_say(two):
    first, second = two
    unit = UnitFactory(parent=first.root, name="Sales")
    account = AccountFactory(member_of=first.root)
    rows = OrganizationalUnit.objects
    Tag.objects.create(organization=first, unit=unit, key="a", value="")
    event = Event.objects.filter(organization=first).get()
    event.pk = None

    for change in (
        lambda: UnitFactory(parent=first.root, name="SALES"),  # I14
        lambda: UnitFactory(parent=None, organization=first),  # I1
        lambda: rows.filter(pk=second.root.pk).update(tree_id=first.root.tree_id),  # I4
        lambda: rows.filter(pk=unit.pk).update(parent=unit),  # I2
        lambda: Account.objects.filter(pk=account.pk).update(unit=None),  # I5
        lambda: Account.objects.filter(pk=account.pk).update(status="lost"),
        lambda: Organization.objects.create(
            management_account=first.management_account, created_at=first.created_at
        ),
        lambda: Tag.objects.create(organization=first, unit=unit, key="a", value="b"),
        lambda: Tag.objects.create(
            organization=first, unit=unit, account=account, key="b", value=""
        ),
        lambda: event.save(force_insert=True),  # I13
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
