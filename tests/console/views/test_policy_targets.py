"""What a policy is attached to: attaching and detaching from its side."""

from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy
from tests.console.htmx import DIALOG, targeting, triggered
from tests.console.reading import read
from tests.console.views.policy_pages import COST, DENY, SCP, TAG, page_of, switch_on


def test_r_con_4_attaching_a_service_control_policy_asks_for_the_word(
    administrator, company, scp, root
):
    path = page_of(scp, "attach/")
    tree = read(administrator.get(path, headers=DIALOG))
    assert [one["value"] for one in tree.attributes("input", name="entity_id")] == [
        root.pk,
        company.member.unit_id,
        company.organization.management_account_id,
    ]
    opened = administrator.post(path, {"at": company.member.unit_id}, headers=targeting("picker"))
    assert company.member.name in opened.text
    found = administrator.post(
        path, {"find": "1", "name": company.member.name.upper()}, headers=targeting("picker")
    )
    assert [one["value"] for one in read(found).attributes("input", name="entity_id")] == [
        company.member.pk
    ]

    for sent in (
        {"entity_id": company.member.pk},
        {"entity_id": company.member.pk, "confirmation": "yes"},
        {"confirmation": "Confirm"},
    ):
        assert administrator.post(path, sent, headers=DIALOG).status_code == 422
    assert not scp.attachments.exists()

    sent = {"entity_id": company.member.pk, "confirmation": "Confirm"}
    answer = administrator.post(path, sent, headers=DIALOG)

    assert (answer["HX-Retarget"], answer["HX-Replace-Url"]) == (
        "#policy",
        page_of(scp, "?tab=targets"),
    )
    assert triggered(answer)["toast"] == {
        "text": f"Guardrail is attached to {company.member.name}."
    }
    assert scp.attachments.get().account == company.member
    twice = administrator.post(path, sent, headers=DIALOG)
    assert (twice.status_code, twice["HX-Retarget"]) == (409, "#dialog-refusal")


def test_a_policy_of_a_type_that_is_off_is_not_offered_to_attach(administrator, manager):
    policy = create_policy(actor=manager, name="Early", policy_type=SCP, content=DENY)

    page = read(administrator.get(page_of(policy, "?tab=targets")))

    assert "Its type is not switched on" in page.text("div", id="why-not")[0]
    assert "Its type is not switched on" in administrator.get(page_of(policy, "attach/")).text
    assert "This type is not switched on" in page.text("span", class_="badge warn")


def test_r_pol_16_detaching_full_access_is_warned_of(administrator, manager, company, scp):
    unit = company.member.unit
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=unit.pk)
    path = f"/policies/p-FullAccess/detach/{unit.pk}/"

    asked = administrator.get(path, headers=DIALOG)
    assert "every action of every account at that place and below is denied" in asked.text
    assert administrator.post(path, headers=DIALOG).status_code == 422
    answer = administrator.post(path, {"confirmation": "Confirm"})

    assert answer["Location"] == "/policies/p-FullAccess/?tab=targets"
    assert [one.policy for one in unit.attachments.all()] == [scp]
    assert administrator.get(path).status_code == 404


def test_r_pol_12_the_last_one_is_off_with_its_reason(administrator, company, scp):
    path = f"/policies/p-FullAccess/detach/{company.member.unit_id}/"

    page = read(administrator.get(path))

    assert "needs at least one service control policy" in page.text("p", id="why-off")[0]
    assert administrator.post(path, {"confirmation": "Confirm"}).status_code == 409
    assert company.member.unit.attachments.count() == 1


def test_a_tag_policy_is_attached_and_detached_without_a_word(
    administrator, manager, company, root
):
    switch_on(manager, root, TAG)
    policy = create_policy(actor=manager, name="Costs", policy_type=TAG, content=COST)

    attached = administrator.post(page_of(policy, "attach/"), {"entity_id": root.pk})
    assert attached["Location"] == page_of(policy, "?tab=targets")
    shown = administrator.get(page_of(policy, "?tab=targets"))
    assert f"/policies/{policy.pk}/detach/{root.pk}/" in shown.text
    found = administrator.get(
        page_of(policy, "?tab=targets&name=nothing"), headers=targeting("targets")
    )
    assert "It is attached to nothing of this name." in found.text
    detached = administrator.post(page_of(policy, f"detach/{root.pk}/"))
    assert detached.status_code == 302
    assert not policy.attachments.exists()
