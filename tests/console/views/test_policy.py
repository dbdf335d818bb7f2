"""A policy: its sides, its text that is saved or refused, its name, its tags, its end."""

from orgs.models import Event, Policy, PolicyVersion
from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy, update_policy
from tests.console.htmx import DIALOG, targeting, triggered
from tests.console.reading import read
from tests.console.views.policy_pages import (
    BROKEN,
    COST,
    DENY,
    DENY_MORE,
    SCP,
    TAG,
    page_of,
    switch_on,
)


def test_a_policy_has_its_sides(administrator, scp):
    for headers in ({}, targeting("policy")):
        page = read(administrator.get(page_of(scp), headers=headers))
        assert page.text("h1") == ["Guardrail"]
        names = [
            "Document",
            "Versions 1",
            "Attached to 0",
            "Tests",
            "Tags 0",
            "Details",
            "Activity",
        ]
        (sides,) = page.text("nav", aria_label="Sides of this policy")
        assert sides == "".join(names)
    shown = {
        "versions": "Version 1",
        "targets": "It is attached nowhere",
        "tags": "No tags yet.",
        "details": f"policy:{scp.organization_id}/{scp.pk}",
        "activity": "Policy created",
        "nonsense": "id_document",
    }
    for tab, told in shown.items():
        assert told in administrator.get(page_of(scp), {"tab": tab}).text


def test_r_pol_8_a_built_in_policy_is_shown_and_not_changed(administrator, scp):
    page = read(administrator.get("/policies/p-FullAccess/"))

    assert "It is built in" in page.text("p", id="why-not")[0]
    assert page.attributes("button", id="save-policy") == []
    (sides,) = page.text("nav", aria_label="Sides of this policy")
    assert "Versions" not in sides
    assert "Tags" not in sides
    sent = {"document": DENY, "version": "1"}
    assert administrator.post("/policies/p-FullAccess/save/", sent).status_code == 409
    assert administrator.post("/policies/p-FullAccess/delete/").status_code == 409


def test_a_policy_that_is_none_is_not_found(administrator, scp):
    for path in ("/policies/p-00000000/", "/policies/p-00000000/attach/"):
        assert administrator.get(path).status_code == 404
    assert administrator.get("/policies/nonsense/").status_code == 422


def test_r_pol_16_a_policy_that_is_attached_nowhere_is_saved_at_once(administrator, scp):
    sent = {"document": DENY_MORE, "version": "1"}

    answer = administrator.post(page_of(scp, "save/"), sent, headers=DIALOG)

    scp.refresh_from_db()
    assert (scp.version, scp.content) == (2, DENY_MORE)
    assert answer["HX-Reswap"] == "none"
    assert triggered(answer)["toast"] == {"text": "Version 2 of Guardrail is saved."}
    page = read(answer)
    assert page.attributes("input", id="document-version")[0]["value"] == "2"
    for swapped in ("document-version", "outcome", "problems", "policy-head"):
        assert f'id="{swapped}"' in answer.text
    plain = administrator.post(page_of(scp, "save/"), {"document": DENY, "version": "2"})
    assert plain["Location"] == page_of(scp)


def test_what_differs_by_line_ends_alone_is_not_saved(administrator, manager, scp):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY + "\n\n")
    sent = {"document": DENY + "\r\n\r\n", "version": "2"}

    answer = administrator.post(page_of(scp, "save/"), sent, headers=DIALOG)

    assert triggered(answer)["toast"] == {"text": "Nothing is different; nothing was saved."}
    assert PolicyVersion.objects.filter(policy=scp).count() == 2


def test_r_pol_16_one_that_is_attached_asks_for_the_word(administrator, manager, scp, root):
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    sent = {"document": DENY_MORE, "version": "1"}

    for headers in ({}, DIALOG):
        asked = administrator.post(page_of(scp, "save/"), sent, headers=headers)
        page = read(asked)
        assert asked.status_code == 200
        assert "It is attached to 1 entity" in asked.text
        assert page.attributes("input", name="version")[0]["value"] == "1"
        assert page.attributes("input", name="document")[0]["value"] == DENY_MORE
        assert page.text("p", class_="wrong") == []
    wrong = administrator.post(
        page_of(scp, "save/"), sent | {"confirmation": "confirm"}, headers=DIALOG
    )
    assert wrong.status_code == 422
    scp.refresh_from_db()
    assert scp.version == 1

    saved = administrator.post(
        page_of(scp, "save/"), sent | {"confirmation": "Confirm"}, headers=DIALOG
    )

    scp.refresh_from_db()
    assert (scp.version, "dialog-over" in triggered(saved)) == (2, True)


def test_a_tag_policy_is_saved_without_a_word(administrator, manager, root):
    switch_on(manager, root, TAG)
    policy = create_policy(actor=manager, name="Costs", policy_type=TAG, content=COST)
    attach_policy(actor=manager, policy_id=policy.pk, entity_id=root.pk)

    sent = {"document": COST.replace("100", "200"), "version": "1"}
    assert administrator.post(page_of(policy, "save/"), sent).status_code == 302

    policy.refresh_from_db()
    assert policy.version == 2


def test_r_pol_6_a_text_with_mistakes_is_refused_at_the_text(administrator, manager, scp, root):
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    events = Event.objects.count()
    sent = {"document": BROKEN, "version": "1"}

    part = administrator.post(page_of(scp, "save/"), sent, headers=DIALOG)

    assert (part.status_code, part["HX-Retarget"]) == (422, "#outcome")
    assert "Line 3, column 28" in read(part).text("p", role="alert")[0]
    assert {"dialog-over", "diagnostics"} <= set(triggered(part))
    whole = administrator.post(page_of(scp, "save/"), sent)
    assert whole.status_code == 422
    scp.refresh_from_db()
    assert (scp.content, Event.objects.count()) == (DENY, events)


def test_r_pol_2_a_text_that_is_too_long_is_refused(administrator, scp):
    sent = {"document": DENY + " " * (5_121 - len(DENY)), "version": "1"}

    answer = administrator.post(page_of(scp, "save/"), sent, headers=DIALOG)

    assert answer.status_code == 422
    assert "The policy has 5121 characters; at most 5120 fit" in answer.text


def test_p5_what_was_saved_meanwhile_stands_beside_the_own_text(administrator, manager, scp):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY_MORE)
    mine = DENY.replace("ecs", "obs")
    sent = {"document": mine, "version": "1"}

    for headers in ({}, DIALOG):
        answer = administrator.post(page_of(scp, "save/"), sent, headers=headers)
        page = read(answer)
        assert answer.status_code == 409
        assert "was changed meanwhile" in page.text("p", role="alert")[0]
        assert page.text("tr", class_="gone") == [f"1−Removed{DENY_MORE}"]
        assert page.text("tr", class_="come") == [f"1+Added{mine}"]
    scp.refresh_from_db()
    assert (scp.version, scp.content) == (2, DENY_MORE)

    # The button sends the version that was seen now, behind the one that was seen first.
    over = sent | {"version": ["1", "2"]}
    assert administrator.post(page_of(scp, "save/"), over).status_code == 302
    scp.refresh_from_db()
    assert (scp.version, scp.content) == (3, mine)


def test_a_tool_keeps_the_page_of_the_policy(administrator, scp):
    sent = {"document": DENY, "version": "1", "tool": "strip"}

    page = read(administrator.post(page_of(scp, "save/"), sent))

    assert page.text("h1") == ["Guardrail"]
    assert page.text("textarea", id="id_document") == [DENY.replace(" ", "")]
    scp.refresh_from_db()
    assert scp.version == 1


def test_a_policy_is_renamed_and_described(administrator, manager, scp):
    create_policy(actor=manager, name="Taken", policy_type=SCP, content=DENY)
    path = page_of(scp, "describe/")
    assert read(administrator.get(path)).attributes("input", name="name")[0]["value"] == "Guardrail"

    for name, status in {"taken": 409, "a/b": 422, "": 422}.items():
        refused = administrator.post(path, {"name": name, "description": "x"}, headers=DIALOG)
        assert refused.status_code == status
        assert read(refused).text("p", class_="wrong") != []
    answer = administrator.post(path, {"name": "Renamed", "description": ""}, headers=DIALOG)

    scp.refresh_from_db()
    assert (scp.name, scp.description, scp.version) == ("Renamed", "", 1)
    assert answer["HX-Replace-Url"] == page_of(scp, "?tab=details")


def test_tags_of_a_policy_are_changed(administrator, scp):
    path = page_of(scp, "tags/")
    assert administrator.post(path, {"key": "a b", "value": ""}).status_code == 422

    answer = administrator.post(path, {"key": "owner", "value": "team"}, headers=DIALOG)

    assert list(scp.tags.values_list("key", "value")) == [("owner", "team")]
    assert answer["HX-Retarget"] == "#policy"
    assert "owner" in administrator.get(page_of(scp, "?tab=tags")).text


def test_r_pol_9_a_policy_is_deleted_once_it_is_detached_everywhere(
    administrator, manager, scp, root
):
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    assert "detach it first" in administrator.get(page_of(scp, "?tab=details")).text
    assert "detach it first" in administrator.get(page_of(scp, "delete/")).text
    assert administrator.post(page_of(scp, "delete/")).status_code == 409
    scp.attachments.all().delete()

    answer = administrator.post(page_of(scp, "delete/"), headers=DIALOG)

    assert answer["HX-Redirect"] == "/policies/"
    assert not Policy.objects.filter(pk=scp.pk).exists()
