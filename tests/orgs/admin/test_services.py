"""The catalogues of services on the operators' site: R-TS-1, R-TS-11, R-TP-7."""

import pytest
from django.contrib.messages import get_messages
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete

from orgs.models import IntegrableService, TagPolicyService
from tests import bad_input
from tests.console.reading import Page
from tests.digest import digest_of_database

SERVICES, TYPES = "/operator/orgs/integrableservice/", "/operator/orgs/tagpolicyservice/"
BACKUP = {
    "principal": "service.Backup",
    "name": "Backup",
    "description": "Keeps copies\r\n  of everything.",
    "supports_delegated_administrators": "on",
    "most_delegated_administrators": "2",
    "note_before_disabling": "",
}
KEPT = {
    "principal": "service.Backup",
    "name": "Backup",
    "description": "Keeps copies of everything.",
    "supports_delegated_administrators": True,
    "most_delegated_administrators": 2,
    "note_before_disabling": "",
    "version": 1,
}
BOXES = {
    "service_name": "boxes",
    "name": "Boxes",
    "resource_types": "box\r\n\r\n lid ",
    "version": "1",
}


def messages_of(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response) -> dict[str, list[str]]:
    return dict(response.context_data["form"].errors)


def values_of(response) -> dict[str, str]:
    """What stands in the form of a page."""
    page = Page(response.text)
    return {
        one["name"]: str(one.get("value", ""))
        for one in page.attributes("input")
        if one.get("name") not in {None, "csrfmiddlewaretoken", "s"}
    }


def test_a_service_is_added_and_shown(operator):
    assert values_of(operator.get(f"{SERVICES}create_service/")).keys() >= {"principal", "name"}

    response = operator.post(f"{SERVICES}create_service/", BACKUP)

    assert messages_of(response) == ["service.Backup was added."]
    assert response["Location"] == f"{SERVICES}service.Backup/change/"
    assert IntegrableService.objects.filter(pk="service.Backup").values().get() == KEPT
    shown = operator.get(response["Location"]).text
    assert "At most 2" in shown
    assert "Keeps copies of everything." in shown
    assert f"{SERVICES}service.Backup/update_service/" in shown
    assert f"{SERVICES}service.Backup/delete_service/" in shown


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"principal": "Backup"}, "principal"),
        ({"principal": ""}, "principal"),
        ({"principal": "service.a\x00"}, "principal"),
        ({"name": ""}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"description": "a\u202eb"}, "description"),
        ({"description": "x" * 1_001}, "description"),
        ({"most_delegated_administrators": "0"}, "most_delegated_administrators"),
        ({"most_delegated_administrators": "x"}, "most_delegated_administrators"),
        ({"most_delegated_administrators": "9" * 30}, "most_delegated_administrators"),
        ({"supports_delegated_administrators": ""}, "most_delegated_administrators"),
        ({"note_before_disabling": "a\x07b"}, "note_before_disabling"),
    ],
)
def test_a_bad_service_is_refused_at_its_field(operator, given, field):
    before = digest_of_database()

    response = operator.post(f"{SERVICES}create_service/", BACKUP | given)

    assert response.status_code == 422
    assert list(errors_of(response)) == [field]
    assert digest_of_database() == before


def test_a_service_that_is_there_is_a_message(operator):
    before = digest_of_database()

    response = operator.post(f"{SERVICES}create_service/", BACKUP | {"principal": "service.CTS"})

    assert response.status_code == 409
    assert "The catalogue already holds service.CTS." in response.text
    assert digest_of_database() == before


def test_a_service_is_changed_beginning_with_what_it_is(operator):
    path = f"{SERVICES}service.COC/update_service/"
    before = IntegrableService.objects.get(pk="service.COC")
    page = operator.get(path)
    shown = values_of(page)
    assert shown["name"] == before.name
    assert (shown["most_delegated_administrators"], shown["version"]) == ("1", "1")
    assert "principal" not in shown
    assert before.description in page.text

    given = {"name": "Operations", "most_delegated_administrators": "", "version": "1"}
    response = operator.post(
        path, given | {"supports_delegated_administrators": "on", "principal": "service.Other"}
    )

    assert messages_of(response) == ["service.COC was changed."]
    assert IntegrableService.objects.filter(pk="service.COC").values().get() == {
        "principal": "service.COC",
        "name": "Operations",
        "description": "",
        "supports_delegated_administrators": True,
        "most_delegated_administrators": None,
        "note_before_disabling": "",
        "version": 2,
    }
    assert "Any number" in operator.get(response["Location"]).text


@pytest.mark.parametrize("version", ["1", "0", "3"])
def test_what_another_operator_changed_meanwhile_is_not_overwritten(operator, version):
    """P5."""
    IntegrableService.objects.filter(pk="service.COC").update(name="Newer", version=2)
    before = digest_of_database()

    response = operator.post(
        f"{SERVICES}service.COC/update_service/", {"name": "Older", "version": version}
    )

    assert response.status_code == 409
    assert "service.COC was changed meanwhile." in response.text
    assert digest_of_database() == before


def test_a_service_is_removed_once_that_is_confirmed(operator):
    path = f"{SERVICES}service.CTS/delete_service/"
    page = operator.get(path)
    assert "Remove service: Cloud Trace Service (service.CTS)" in page.text
    assert "No organization can trust it any more" in page.text
    assert IntegrableService.objects.filter(pk="service.CTS").exists()

    response = operator.post(path)

    assert response["Location"] == SERVICES
    assert messages_of(response) == ["service.CTS was removed."]
    assert not IntegrableService.objects.filter(pk="service.CTS").exists()
    assert operator.post(path).status_code == 404


def test_a_service_that_is_in_use_is_not_removed(operator):
    def protect(instance, **_signal):
        raise ProtectedError("in use", {instance})

    before = digest_of_database()
    pre_delete.connect(protect, sender=IntegrableService)
    try:
        response = operator.post(f"{SERVICES}service.CTS/delete_service/")
    finally:
        pre_delete.disconnect(protect, sender=IntegrableService)

    assert response.status_code == 409
    assert "service.CTS is in use, so it stays in the catalogue." in response.text
    assert digest_of_database() == before


def test_types_are_added_one_on_each_line(operator):
    response = operator.post(f"{TYPES}create_service/", BOXES)

    assert messages_of(response) == ["boxes was added."]
    assert TagPolicyService.objects.filter(pk="boxes").values().get() == {
        "service_name": "boxes",
        "name": "Boxes",
        "resource_types": ["box", "lid"],
        "supports_all": False,
        "version": 1,
    }
    assert "box, lid" in operator.get(response["Location"]).text


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        (
            {"resource_types": "box\nb x"},
            "resource_types",
            "“b x” is no resource type: a letter, then letters, digits, ., _ and -.",
        ),
        (
            {"resource_types": "box\nbox"},
            "resource_types",
            "This stands here more than once: box.",
        ),
        ({"resource_types": " \n "}, "resource_types", "This field is required."),
        (
            {"resource_types": "a\x00"},
            "resource_types",
            "Remove the invisible or control character U+0000.",
        ),
        (
            {"service_name": "Boxes"},
            "service_name",
            "Begin with a small letter; then small letters, digits and - may follow.",
        ),
        ({"name": " "}, "name", "This field is required."),
    ],
)
def test_a_bad_type_is_refused_at_its_field(operator, given, field, said):
    before = digest_of_database()

    response = operator.post(f"{TYPES}create_service/", BOXES | given)

    assert response.status_code == 422
    assert errors_of(response) == {field: [said]}
    assert digest_of_database() == before


def test_types_are_changed_beginning_with_what_they_are(operator):
    path = f"{TYPES}vpc/update_service/"
    assert "vpc\nsubnet\nsecurityGroup\nnetworkAcl" in operator.get(path).text

    response = operator.post(path, BOXES | {"supports_all": "on"})

    assert messages_of(response) == ["vpc was changed."]
    service = TagPolicyService.objects.get(pk="vpc")
    assert (service.resource_types, service.supports_all, service.version) == (
        ["box", "lid"],
        True,
        2,
    )
    assert operator.post(path, BOXES).status_code == 409


def test_types_are_removed(operator):
    response = operator.post(f"{TYPES}vpc/delete_service/")

    assert response["Location"] == TYPES
    assert not TagPolicyService.objects.filter(pk="vpc").exists()


def test_a_principal_that_older_rules_let_in_has_its_pages_and_can_be_removed(operator):
    IntegrableService.objects.create(principal="service.a_5Fb/c?d", name="Old")
    (address,) = (
        str(link["href"])
        for link in Page(operator.get(SERVICES, {"q": "service.a_"}).text).attributes("a")
        if "change/" in str(link.get("href"))
    )
    page = address.partition("?")[0].removesuffix("change/")

    assert operator.get(f"{page}change/").status_code == 200
    assert operator.get(f"{page}update_service/").status_code == 200
    assert operator.post(f"{page}delete_service/").status_code == 302
    assert not IntegrableService.objects.filter(principal__contains="5F").exists()


def test_what_operators_wrote_of_a_service_is_only_text(operator):
    for number, text in enumerate([*bad_input.HARMLESS, *bad_input.MARKUP]):
        IntegrableService.objects.create(
            principal=f"service.Odd{number}",
            name=text,
            description=text,
            note_before_disabling=text,
        )
    addresses = [SERVICES] + [
        f"{SERVICES}service.Odd{number}/{page}/"
        for number in range(len(bad_input.HARMLESS) + len(bad_input.MARKUP))
        for page in ("change", "update_service", "delete_service")
    ]

    for address in addresses:
        page = Page(operator.get(address).text)
        assert not [image for image in page.attributes("img") if image.get("src") == "x"]
        assert not [link for link in page.attributes("a") if "javascript" in str(link.get("href"))]
        assert "alert(1)" not in "".join(page.text("script"))


def test_the_catalogues_stand_at_the_side(operator):
    links = [str(link.get("href")) for link in Page(operator.get(SERVICES).text).attributes("a")]

    assert SERVICES in links
    assert TYPES in links
