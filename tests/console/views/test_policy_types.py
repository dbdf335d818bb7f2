"""Types of policies, and their switch."""

from orgs.models import Attachment, SwitchState
from orgs.operations.policy_types import finish_policy_type_switches
from tests.console.htmx import DIALOG, targeting, triggered
from tests.console.reading import read
from tests.console.views.policy_pages import switch_on


def test_a_type_that_is_off_is_explained_and_nothing_can_be_created(administrator):
    page = read(administrator.get("/policies/"))

    assert page.text("span", class_="badge ") == ["Off"]
    (button,) = page.attributes("button", aria_describedby="why-not")
    assert "disabled" in button
    assert page.text("div", id="why-not") == [
        "Switch this type on first: its policies are created and attached while it is on."
    ]
    assert [a["href"] for a in page.attributes("a", id="switch-type")] == [
        "/policies/types/service_control_policy/enable/"
    ]
    created = read(administrator.get("/policies/new/"))
    assert created.attributes("textarea") == []
    assert "Switch this type on first" in created.text("p", id="why_not")[0]


def test_r_pt_3_switching_on_says_what_comes_and_ends_by_itself(company, administrator, root):
    path = "/policies/types/service_control_policy/enable/"
    asked = administrator.get(path, headers=DIALOG)
    assert "The built-in policy FullAccess is attached to the root" in asked.text
    assert read(asked).attributes("input", name="confirmation") == []

    begun = administrator.post(path, headers=DIALOG)

    assert (begun["HX-Retarget"], begun["HX-Reswap"]) == ("#policy-type", "outerHTML")
    assert triggered(begun)["toast"] == {"text": "Service control policies: being switched on."}
    assert "dialog-over" in triggered(begun)
    (box,) = read(begun).attributes("section", id="policy-type")
    assert (box["hx-get"], box["hx-trigger"]) == (
        "/policies/types/service_control_policy/",
        "every 2s",
    )
    polled = administrator.get(box["hx-get"], headers=targeting("policy-type"))
    assert "Being switched on" in polled.text
    assert "policies-outdated" not in triggered(polled)

    finish_policy_type_switches(root.pk)
    answer = administrator.get(box["hx-get"], headers=targeting("policy-type"))
    assert "policies-outdated" in triggered(answer)
    ended = read(answer)
    (box,) = ended.attributes("section", id="policy-type")
    assert "hx-trigger" not in box
    assert [a["href"] for a in ended.attributes("a", class_="button primary")] == [
        "/policies/new/?type=service_control_policy"
    ]
    assert administrator.get("/policies/types/service_control_policy/").status_code == 302
    assert administrator.get("/policies/types/nonsense/").status_code == 422


def test_r_pt_5_switching_off_lists_what_goes_and_asks_for_the_word(
    company, administrator, manager, root, run_jobs
):
    switch_on(manager, root)
    path = "/policies/types/service_control_policy/disable/"

    asked = administrator.get(path)
    assert "All 4 attachments are taken off" in asked.text
    for typed in ("", "confirm", "Confirm!"):
        refused = administrator.post(path, {"confirmation": typed})
        assert refused.status_code == 422
        assert "Type the word Confirm" in refused.text
    assert company.organization.policy_types.get().state == SwitchState.ENABLED

    answer = administrator.post(path, {"confirmation": "Confirm"})

    assert (answer.status_code, answer["Location"]) == (302, "/policies/")
    run_jobs()
    assert company.organization.policy_types.get().state == SwitchState.DISABLED
    assert Attachment.objects.count() == 0
