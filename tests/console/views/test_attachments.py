"""Attaching, detaching and replacing policies at a place (R-POL-10 to R-POL-12, R-POL-16, R-PT-7)."""

import pytest
from django.urls import reverse

from orgs.models import Attachment, Event
from orgs.operations.policy_types import disable_policy_type
from tests.console.conftest import make_company, signed_in
from tests.console.guardrails import FULL_ACCESS, SCP, TAG, attach, guard
from tests.console.htmx import DIALOG, targeting
from tests.console.reading import Page
from tests.factories import actor_for
from tests.standing import standing

WAYS = pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])


@pytest.fixture(scope="module")
def company_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        made = make_company()
        guard(made)
        yield made


@pytest.fixture
def made(company):
    return company.policies


def url(name: str, entity_id: str, *more: str, of: str = "") -> str:
    path = reverse(name, args=[entity_id, *more])
    return f"{path}?type={of}" if of else path


def on(entity_id: str) -> list[str]:
    """The policies that hang on an entity, by name, in their order."""
    rows = Attachment.objects.filter(unit=entity_id) | Attachment.objects.filter(account=entity_id)
    return list(
        rows.order_by("policy__policy_type", "place").values_list("policy__name", flat=True)
    )


def everything() -> tuple[object, ...]:
    return list(Attachment.objects.order_by("pk").values()), Event.objects.count()


@WAYS
def test_the_attach_dialog_offers_what_does_not_hang_there_yet(
    company, made, administrator, headers
):
    page = Page(administrator.get(url("attach_here", company.member.unit_id), headers=headers).text)

    assert page.text("span", class_="pick-name") == ["Networks stay", "Spare"]
    assert page.text("span", class_="tab-count") == ["2 of 5", "1 of 10"]
    assert [a.get("name") for a in page.attributes("input", type="text")] == ["confirmation"]


def test_a_name_or_an_id_narrows_what_is_offered(company, made, administrator):
    path = url("attach_here", company.member.unit_id)

    for name, found in {
        "SPA": ["Spare"],
        made["networks"].pk: ["Networks stay"],
        "Two regions": [],
    }.items():
        for headers in ({}, targeting("choices")):
            page = Page(administrator.get(path, {"name": name}, headers=headers).text)
            assert page.text("span", class_="pick-name") == found


@WAYS
def test_a_policy_is_attached_behind_the_others(company, made, administrator, headers):
    unit = company.member.unit

    response = administrator.post(
        url("attach_here", unit.pk, of=SCP),
        {"policy": made["spare"].pk, "confirmation": "Confirm"},
        headers=headers,
    )

    assert on(unit.pk)[:3] == ["FullAccess", "Two regions only", "Spare"]
    panel = f"/structure/units/{unit.pk}/?tab=policies"
    if headers:
        assert response["HX-Retarget"] == "#detail"
        assert response["HX-Push-Url"] == panel
        assert "structure-changed" in response["HX-Trigger-After-Settle"]
        assert "Spare is attached to Workloads." in response["HX-Trigger"]
        assert "Spare" in Page(response.text).text("table")[0]
    else:
        assert response["Location"] == panel


@WAYS
@pytest.mark.parametrize("typed", ["", "confirm", "Confirmed"])
def test_a_service_control_policy_is_attached_only_after_the_word_is_typed(
    company, made, administrator, headers, typed
):
    before = everything()

    response = administrator.post(
        url("attach_here", company.member.unit_id),
        {"policy": made["spare"].pk, "confirmation": typed},
        headers=headers,
    )

    page = Page(response.text)
    assert response.status_code == 422
    assert page.text("p", class_="wrong") == ["Type the word Confirm, as it stands here."]
    assert [a["value"] for a in page.attributes("input", type="radio") if "checked" in a] == [
        made["spare"].pk
    ]
    assert everything() == before


def test_a_tag_policy_is_attached_without_a_word(company, made, administrator):
    response = administrator.post(
        url("attach_here", company.organization.root.pk, of=TAG), {"policy": made["unused"].pk}
    )

    assert response["Location"] == "/structure/?tab=policies"
    assert on(company.organization.root.pk)[-2:] == ["Cost centres", "Unused tags"]


@WAYS
def test_nothing_chosen_is_said_at_the_list(company, made, administrator, headers):
    response = administrator.post(url("attach_here", company.member.pk, of=TAG), headers=headers)

    assert response.status_code == 422
    assert Page(response.text).text("p", class_="wrong") == ["Choose a policy."]


@WAYS
def test_a_refusal_of_the_operation_stands_in_the_dialog(company, made, administrator, headers):
    before = everything()

    response = administrator.post(
        url("attach_here", company.member.unit_id),
        {"policy": made["regions"].pk, "confirmation": "Confirm"},
        headers=headers,
    )

    assert response.status_code == 409
    assert "Two regions only is already attached to Workloads." in response.text
    if headers:
        assert response["HX-Retarget"] == "#dialog-refusal"
    assert everything() == before


def test_a_full_place_says_so_and_takes_no_sixth(company, made, administrator, settings):
    settings.SCPS_PER_ENTITY = 2
    path = url("attach_here", company.member.unit_id)

    page = Page(administrator.get(path).text)
    refused = administrator.post(path, {"policy": made["spare"].pk, "confirmation": "Confirm"})

    assert "All 2 places are taken. Detach one first, or replace one." in " ".join(
        page.text("p", class_="notice")
    )
    assert page.attributes("input", type="radio") == []
    assert refused.status_code == 409


@pytest.mark.parametrize("name", ["attach_here", "set_attachments"])
def test_a_type_that_is_off_takes_nothing_and_says_where_it_is_switched_on(db, name):
    company = make_company()

    page = Page(signed_in(company.administrator).get(url(name, company.member.pk, of=TAG)).text)

    assert "This type is switched off" in " ".join(page.text("p", class_="notice"))
    assert page.attributes("button", class_="primary") == []


@WAYS
def test_detaching_says_what_it_means_and_asks_for_the_word(company, made, administrator, headers):
    unit_id = company.member.unit_id
    path = url("detach_here", unit_id, made["regions"].pk)

    asked = administrator.get(path, headers=headers)
    wrong = administrator.post(path, {"confirmation": "no"}, headers=headers)
    assert on(unit_id)[:2] == ["FullAccess", "Two regions only"]
    done = administrator.post(path, {"confirmation": "Confirm"}, headers=headers)

    assert "What it denies is no longer denied by it" in asked.text
    assert wrong.status_code == 422
    assert done.status_code == (200 if headers else 302)
    assert on(unit_id)[0] == "FullAccess"
    assert "Two regions only" not in on(unit_id)


def test_detaching_full_access_warns_of_what_stops(company, made, administrator):
    """R-POL-16, R-SCP-7."""
    for entity_id in (company.organization.root.pk, company.member.unit_id):
        page = Page(administrator.get(url("detach_here", entity_id, FULL_ACCESS)).text)
        (warning,) = page.text("b")[-1:]
        assert warning.startswith("FullAccess goes from")
        assert "in everything below" in warning


@WAYS
def test_the_last_service_control_policy_stays_with_its_reason(
    company, made, administrator, headers
):
    """R-POL-12."""
    path = url("detach_here", company.member.pk, FULL_ACCESS)
    before = everything()

    page = Page(administrator.get(path, headers=headers).text)
    refused = administrator.post(path, {"confirmation": "Confirm"}, headers=headers)

    assert f"{company.member.name} keeps at least one" in page.text("p", class_="notice warn")[0]
    assert page.attributes("button", class_="danger") == []
    (instead,) = [a for a in page.attributes("a") if "policies/set/" in (a.get("href") or "")]
    assert instead["href"] == url("set_attachments", company.member.pk, of=SCP)
    assert refused.status_code == 409
    assert "needs at least one service control policy" in refused.text
    assert everything() == before


def test_a_tag_policy_is_detached_without_a_word(company, made, administrator):
    response = administrator.post(url("detach_here", company.member.pk, made["more"].pk))

    assert response["Location"] == f"/structure/accounts/{company.member.pk}/?tab=policies"
    assert on(company.member.pk) == ["FullAccess"]


def test_what_does_not_hang_here_is_not_detached_here(company, made, administrator):
    before = everything()

    for policy_id, status in {made["spare"].pk: 409, "p-00000000": 404, "x": 404}.items():
        path = url("detach_here", company.member.unit_id, policy_id)
        assert administrator.get(path).status_code == status
        assert administrator.post(path, {"confirmation": "Confirm"}).status_code == status
    assert everything() == before


@WAYS
def test_full_access_is_replaced_in_one_step(company, made, administrator, headers):
    member_id = company.member.pk
    path = url("set_attachments", member_id, of=SCP)

    added = administrator.post(
        path, {"policy": [FULL_ACCESS], "add": made["spare"].pk}, headers=headers
    )
    removed = administrator.post(
        path, {"policy": [FULL_ACCESS, made["spare"].pk], "remove": FULL_ACCESS}, headers=headers
    )
    assert on(member_id)[0] == "FullAccess"
    saved = administrator.post(
        path,
        {"policy": [made["spare"].pk], "confirmation": "Confirm", "save": "1"},
        headers=headers,
    )

    names = Page(added.text).text("span", class_="ordered-name")
    assert names[:2] == ["FullAccess", "Spare"]
    assert "FullAccess goes from" in removed.text
    assert "Detached: FullAccess." in removed.text
    assert saved.status_code == (200 if headers else 302)
    assert on(member_id) == ["Spare", "More cost centres"]
    assert Event.objects.latest("pk").kind == "setPolicyAttachments"


def test_policies_change_places(company, made, administrator):
    root_id = company.organization.root.pk
    attach(company, made["unused"], root_id)
    path = url("set_attachments", root_id, of=TAG)
    present = [made["cost"].pk, made["unused"].pk]

    raised = administrator.post(path, {"policy": present, "up": made["unused"].pk})
    wanted = [a["value"] for a in Page(raised.text).attributes("input", name="policy")]
    administrator.post(path, {"policy": list(dict.fromkeys(wanted)), "save": "1"})

    assert on(root_id)[-2:] == ["Unused tags", "Cost centres"]


def test_replacing_by_none_is_refused_for_service_control_policies_alone(
    company, made, administrator
):
    member_id = company.member.pk
    path = url("set_attachments", member_id, of=SCP)

    page = Page(administrator.post(path, {"remove": FULL_ACCESS, "policy": [FULL_ACCESS]}).text)
    refused = administrator.post(path, {"confirmation": "Confirm", "save": "1"})
    administrator.post(url("set_attachments", member_id, of=TAG), {"save": "1"})

    (button,) = page.attributes("button", class_="primary")
    assert "disabled" in button
    assert refused.status_code == 409
    assert on(member_id) == ["FullAccess"]


def test_a_search_while_replacing_keeps_what_was_chosen(company, made, administrator):
    path = url("set_attachments", company.member.pk)
    chosen = {"type": SCP, "is_kept": "1", "policy": [made["spare"].pk], "name": "networks"}

    page = Page(administrator.get(path, chosen).text)
    part = Page(administrator.get(path, chosen, headers=targeting("choices")).text)

    assert page.text("span", class_="ordered-name") == ["Spare", "Networks stay"]
    assert part.text("span", class_="ordered-name") == ["Networks stay"]
    assert part.text("h2") == []


def test_no_more_than_fit_are_added(company, made, administrator, settings):
    settings.SCPS_PER_ENTITY = 1
    path = url("set_attachments", company.member.pk, of=SCP)

    page = Page(administrator.post(path, {"policy": [FULL_ACCESS], "add": made["spare"].pk}).text)

    assert page.text("span", class_="ordered-name")[0] == "FullAccess"
    assert page.text("span", class_="tab-count") == ["1 of 1"]
    assert page.text("p", id="no-room") == ["All places are taken. Take one out first."]


def test_readers_are_told_who_may(company, made):
    reader = signed_in(company.reader)
    unit_id = company.member.unit_id
    before = everything()
    forms = {
        url("attach_here", unit_id): {"policy": made["spare"].pk, "confirmation": "Confirm"},
        url("detach_here", unit_id, made["regions"].pk): {"confirmation": "Confirm"},
        url("set_attachments", unit_id): {
            "policy": [made["spare"].pk], "confirmation": "Confirm", "save": "1",
        },
    }  # fmt: skip

    for path, sent in forms.items():
        page = Page(reader.get(path).text)
        said = " ".join(page.text("div", id="dialog-refusal"))
        assert "You are signed in as a reader" in said
        assert page.attributes("button", class_="primary") == []
        assert reader.post(path, sent).status_code == 403
    assert everything() == before


def test_members_and_strangers_learn_nothing(company, made, administrator):
    member = signed_in(company.member_user)
    unit_id = company.member.unit_id

    for name in ("attach_here", "set_attachments"):
        assert member.get(url(name, unit_id)).status_code == 403
        for unknown in ("0" * 32, "ou-00000000", "r-0000", "x"):
            assert administrator.get(url(name, unknown)).status_code == 404
    assert member.get(url("detach_here", unit_id, FULL_ACCESS)).status_code == 403


def test_a_type_switched_off_meanwhile_is_a_conflict(company, made, administrator):
    path = url("attach_here", company.member.pk)
    disable_policy_type(
        actor=actor_for(company.administrator),
        root_id=company.organization.root.pk,
        policy_type=SCP,
    )

    response = administrator.post(
        path, {"policy": made["spare"].pk, "confirmation": "Confirm"}, headers=DIALOG
    )

    assert response.status_code == 409
    assert "is not switched on" in response.text
