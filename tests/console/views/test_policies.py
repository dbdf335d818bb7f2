"""The pages of policies: lists, types and their switch, the text and its refusals, versions, attachments."""

import json
import re

import pytest

from orgs.models import Attachment, Event, Policy, PolicyType, PolicyVersion, SwitchState
from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy, update_policy
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches
from orgs.queries import policy_list
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.factories import AccountFactory, actor_for

SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
DENY = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]}'
DENY_MORE = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["evs:*:*"]}]}'
BROKEN = '{\n  "Version": "5.0",\n  "Statement": [{"Effect": "Refuse", "Action": ["ecs:*"]}]\n}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'
DIALOG = HTMX | {"HX-Target": "dialog"}


def read(response) -> Page:
    return Page(response.text)


def targeting(name: str) -> dict[str, str]:
    return HTMX | {"HX-Target": name}


def triggered(response) -> dict[str, object]:
    """The events that an answer triggers, whenever."""
    names = ("HX-Trigger", "HX-Trigger-After-Settle")
    return {
        event: detail
        for name in names
        for event, detail in json.loads(response.headers.get(name, "{}")).items()
    }


@pytest.fixture
def manager(company):
    return actor_for(company.administrator)


@pytest.fixture
def root(company):
    return company.organization.root


def switch_on(manager, root, policy_type=SCP):
    enable_policy_type(actor=manager, root_id=root.pk, policy_type=policy_type)
    finish_policy_type_switches(root.pk)


@pytest.fixture
def scp(manager, root) -> Policy:
    """A service control policy; its type is on."""
    switch_on(manager, root)
    return create_policy(
        actor=manager, name="Guardrail", policy_type=SCP, content=DENY, description="What for"
    )


def page_of(policy: Policy, rest: str = "") -> str:
    return f"/policies/{policy.pk}/{rest}"


# --- lists and types


def test_the_navigation_leads_to_the_policies(company, administrator):
    page = read(administrator.get("/policies/"))

    (link,) = page.attributes("a", href="/policies/", aria_current="page")[:1]
    assert link["href"] == "/policies/"
    assert page.text("h1") == ["Policies"]
    assert page.text("title") == ["Service control policies · Banyan"]
    assert read(signed_in(company.member_user).get("/")).attributes("a", href="/policies/") == []


@pytest.mark.parametrize(
    "path",
    ["/policies/", "/policies/new/", "/policies/actions/", "/policies/p-FullAccess/"],
)
def test_a_member_gets_the_designed_refusal(company, path):
    for headers in ({}, DIALOG):
        answer = signed_in(company.member_user).get(path, headers=headers)
        assert answer.status_code == 403
        assert "policies" not in read(answer).text("title")


def test_the_tools_of_the_editor_are_for_those_who_see_policies(company):
    for path in ("/policies/check/", "/policies/build/"):
        assert signed_in(company.member_user).post(path, {"document": "{"}).status_code == 403


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


def test_readers_see_everything_and_are_told_why_they_change_nothing(company, scp, manager, root):
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    client = signed_in(company.reader)
    told = "You are signed in as a reader; administrators can change policies."

    for path in (
        "/policies/",
        page_of(scp),
        page_of(scp, "?tab=targets"),
        page_of(scp, "?tab=details"),
        page_of(scp, "attach/"),
        page_of(scp, "delete/"),
        page_of(scp, "describe/"),
        page_of(scp, f"detach/{root.pk}/"),
        "/policies/new/",
        "/policies/types/service_control_policy/disable/",
    ):
        assert told in client.get(path).text, path
    page = read(client.get(page_of(scp)))
    assert [field["readonly"] for field in page.attributes("textarea", id="id_document")] == [None]
    assert page.attributes("button", id="save-policy") == []
    answer = client.post(page_of(scp, "save/"), {"document": DENY_MORE, "version": "1"})
    assert answer.status_code == 403
    scp.refresh_from_db()
    assert scp.content == DENY


def test_the_list_is_searched_and_comes_in_parts(administrator, manager, root, monkeypatch):
    monkeypatch.setattr(policy_list, "PART", 2)
    switch_on(manager, root)
    for name in ("a", "b", "c"):
        create_policy(actor=manager, name=name, policy_type=SCP, content=DENY)

    page = read(administrator.get("/policies/"))
    (more,) = page.attributes("a", id="show-more")
    part = administrator.get(more["hx-get"], headers=targeting("more"))
    assert "HX-Replace-Url" not in part
    assert re.findall(r">(c|FullAccess)</a>", part.text) == ["c", "FullAccess"]
    assert "Built in" in part.text

    found = administrator.get("/policies/?name=FULL", headers=targeting("policies"))
    assert found["HX-Replace-Url"] == "/policies/?name=FULL"
    assert found.text.lstrip().startswith('<div id="policies"')
    assert "Policies that match" in found.text
    assert "No policy matches" in administrator.get("/policies/?name=nothing").text
    assert administrator.get("/policies/?type=nonsense").status_code == 422
    assert administrator.get("/policies/?after=nonsense").status_code == 422
    empty = administrator.get("/policies/?type=tag_policy").text
    assert "They can be created once this type is switched on." in empty


@pytest.mark.parametrize("policies", [2, 40])
def test_the_pages_take_the_same_statements_at_any_size(
    administrator, manager, scp, policies, django_assert_num_queries
):
    root = scp.organization.root
    for number in range(policies):
        create_policy(actor=manager, name=f"p{number}", policy_type=SCP, content=DENY)
        update_policy(actor=manager, policy_id=scp.pk, content=DENY + " " * (number + 1))
        AccountFactory(member_of=root)
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    administrator.get("/policies/")

    # Session, user with its role, and what the navigation counts; then the types and their policies.
    with django_assert_num_queries(7):
        administrator.get("/policies/")
    for tab, statements in {
        "document": 7,
        "versions": 8,
        "targets": 8,
        "tags": 7,
        "details": 7,
        "activity": 11,
    }.items():
        with django_assert_num_queries(statements):
            administrator.get(page_of(scp), {"tab": tab})


# --- creating


def test_a_policy_is_created_from_a_template(administrator, manager, root):
    switch_on(manager, root)
    page = read(administrator.get("/policies/new/?template=deny-leave"))
    (text,) = page.text("textarea", id="id_document")
    assert "organizations:organizations:leave" in text
    assert page.text("a", aria_current="true") == ["Members may not leave the organization"]

    answer = administrator.post(
        "/policies/new/",
        {
            "type": SCP,
            "name": "Stay",
            "description": "Nobody leaves",
            "document": DENY.replace(" ", "\r\n"),
            "key": "owner",
            "value": "team",
        },
    )

    policy = Policy.objects.custom().get()
    assert answer["Location"] == f"/policies/{policy.pk}/"
    assert (policy.name, policy.description, policy.policy_type) == ("Stay", "Nobody leaves", SCP)
    assert policy.content == DENY.replace(" ", "\n")
    assert list(policy.tags.values_list("key", "value")) == [("owner", "team")]


def test_a_tag_policy_is_created_and_its_resource_types_are_in_a_picker(
    administrator, manager, root
):
    switch_on(manager, root, TAG)

    page = read(administrator.get("/policies/new/?type=tag_policy&template=enforced"))
    ticked = [box["value"] for box in page.attributes("input", name="enforced") if "checked" in box]
    assert ticked == ["ecs:instance", "evs:volume"]

    sent = {"type": TAG, "name": "Costs", "document": COST}
    assert administrator.post("/policies/new/", sent).status_code == 302
    assert Policy.objects.custom().get().policy_type == TAG


def test_what_is_refused_at_creating_stands_in_the_form_with_its_place(
    administrator, manager, root, scp
):
    sent = {"type": SCP, "name": "New", "document": BROKEN}
    for changed, told in {
        ("document", BROKEN): "Line 3, column 28",
        ("document", DENY + " " * 5_120): "at most 5120 fit",
        ("document", ""): "The text is empty.",
        ("name", "guardRAIL"): "There is already a policy of this type with the name guardRAIL.",
        ("name", " a"): "",
    }.items():
        given = {**sent, "document": DENY, **dict([changed])}
        answer = administrator.post("/policies/new/", given)
        page = read(answer)
        assert answer.status_code in {409, 422}, changed
        assert told in answer.text
        assert page.attributes("input", name="name")[0]["value"] == given["name"]
        if given["document"]:
            assert page.text("textarea", id="id_document") == [" ".join(given["document"].split())]
    assert list(Policy.objects.custom()) == [scp]


def test_a_tool_of_the_editor_works_without_a_script(administrator, manager, root):
    switch_on(manager, root)
    sent = {"type": SCP, "name": "Kept", "document": DENY}

    stripped = read(administrator.post("/policies/new/", sent | {"tool": "strip"}))
    assert stripped.text("textarea", id="id_document") == [DENY.replace(" ", "")]
    assert stripped.attributes("input", name="name")[0]["value"] == "Kept"

    fields = {"part": "0", "sid": "Mine", "effect": "Deny", "actions": "obs:*:*", "tool": "write"}
    written = read(administrator.post("/policies/new/", sent | fields))
    (text,) = written.text("textarea", id="id_document")
    assert json.loads(text)["Statement"] == [
        {"Effect": "Deny", "Action": ["obs:*:*"], "Sid": "Mine"}
    ]
    assert Policy.objects.custom().count() == 0


# --- the editor


def test_the_text_is_judged_while_it_is_typed(administrator):
    answer = administrator.post(
        "/policies/check/", {"type": SCP, "document": BROKEN}, headers=targeting("problems")
    )

    page = read(answer)
    assert page.text("p", id="problem-count") == ["2 errors: it cannot be saved like this."]
    places = [
        (a["data-line"], a["data-column"], a["data-kind"]) for a in page.attributes("a")
        if "data-line" in a
    ]  # fmt: skip
    assert places[0] == ("3", "28", "error")
    assert len(places) == 2
    assert "Line 3, column 28" in answer.text
    assert "/Statement/0/Effect" in answer.text
    assert "diagnostics" in triggered(answer)
    assert f"{len(BROKEN)} of 5,120 characters" in answer.text
    # The fields come along, to stand where they stood.
    (builder,) = page.attributes("div", id="builder")
    assert builder["hx-swap-oob"] == "true"


def test_warnings_and_advice_stand_apart_from_errors(administrator):
    text = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": []}]}'

    answer = administrator.post("/policies/check/", {"type": SCP, "document": text})

    assert read(answer).text("h3")[0] == "Warnings"
    assert "No errors. It can be saved. 1 warning." in read(answer).text("p", id="problem-count")[0]


def test_thousands_of_mistakes_are_counted_and_not_all_shown(administrator):
    text = '{"tags": {' + ",".join(f'"k{number}": 1' for number in range(700)) + "}}"

    answer = administrator.post("/policies/check/", {"type": TAG, "document": text})

    assert "700 errors" in answer.text
    assert len(re.findall("data-kind", answer.text)) == 50
    assert "And 650 more." in answer.text


def test_a_text_of_a_megabyte_is_answered_like_any_other(administrator):
    answer = administrator.post("/policies/check/", {"type": SCP, "document": "x" * 1_000_000})

    assert answer.status_code == 200
    assert "1 error" in answer.text


def test_fields_are_written_into_the_text_and_come_back_with_its_problems(administrator):
    sent = {
        "type": SCP,
        "document": DENY,
        "part": "0",
        "effect": "Deny",
        "actions": "ecs:*",
        "condition_operator": "Bool",
        "condition_key": "g:MFAPresent",
        "condition_values": "false",
    }

    answer = administrator.post("/policies/build/", sent, headers=targeting("builder"))

    page = read(answer)
    (built,) = [
        page.texts[place]
        for place, (tag, attributes) in enumerate(page.elements)
        if tag == "textarea" and "data-built" in attributes
    ]
    assert json.loads(built)["Statement"] == [
        {
            "Effect": "Deny",
            "Action": ["ecs:*"],
            "Condition": {"Bool": {"g:MFAPresent": ["false"]}},
        }
    ]
    assert page.attributes("section", id="problems")[0]["hx-swap-oob"] == "true"
    assert page.text("p", id="problem-count") == ["1 error: it cannot be saved like this."]


def test_actions_are_completed(administrator):
    answer = administrator.get(
        "/policies/actions/?new_action=ecs:cloudservers:cre", headers=targeting("action-options")
    )

    assert [option["value"] for option in read(answer).attributes("option")][:1] == [
        "ecs:cloudServers:create"
    ]


def test_the_catalogues_are_searched(administrator):
    page = read(administrator.get("/policies/actions/?name=elastic cloud"))
    assert "Elastic Cloud Server" in page.text("a")
    shown = administrator.get("/policies/actions/?service=ecs").text
    assert "ecs:cloudServers:createServers" in shown
    assert "g:RequestedRegion" in shown
    types = administrator.get("/policies/resource-types/?name=volume")
    assert "evs:volume" in types.text
    assert "ecs:instance" not in types.text
    part = administrator.get("/policies/resource-types/?name=x", headers=targeting("catalogue"))
    assert part["HX-Replace-Url"] == "/policies/resource-types/?name=x"


# --- a policy and its text


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


# --- versions


def test_versions_are_compared_and_restored(administrator, manager, scp):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY_MORE)
    listed = read(administrator.get(page_of(scp, "?tab=versions")))
    assert [a["href"] for a in listed.attributes("a", id="restore-1")] == [
        page_of(scp, "versions/1/restore/")
    ]

    second = administrator.get(page_of(scp, "versions/2/"))
    assert "Compared with version 1" in second.text
    assert read(second).text("tr", class_="come") == [f"1+Added{DENY_MORE}"]
    assert "Restore this version" not in second.text
    first = administrator.get(page_of(scp, "versions/1/"))
    assert "Compared with" not in first.text
    compared = administrator.get(page_of(scp, "versions/?version=1&against=2"))
    assert read(compared).text("tr", class_="come") == [f"1+Added{DENY}"]
    for missing in ("versions/3/", "versions/?version=1&against=9", "versions/?version=x"):
        assert administrator.get(page_of(scp, missing)).status_code == 404

    assert "becomes version 3" in administrator.get(page_of(scp, "versions/1/restore/")).text
    answer = administrator.post(page_of(scp, "versions/1/restore/"), {"version": "2"})

    assert answer["Location"] == page_of(scp, "?tab=versions")
    scp.refresh_from_db()
    assert (scp.version, scp.content) == (3, DENY)
    stale = administrator.post(page_of(scp, "versions/2/restore/"), {"version": "2"})
    assert stale.status_code == 409


def test_restoring_what_binds_asks_for_the_word(administrator, manager, scp, root):
    update_policy(actor=manager, policy_id=scp.pk, content=DENY_MORE)
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    path = page_of(scp, "versions/1/restore/")

    assert administrator.post(path, {"version": "2"}).status_code == 422
    confirmed = {"version": "2", "confirmation": "Confirm"}
    answer = administrator.post(path, confirmed, headers=DIALOG)

    assert answer["HX-Retarget"] == "#policy"
    assert triggered(answer)["toast"] == {"text": "Guardrail has the text of version 1 again."}
    scp.refresh_from_db()
    assert scp.version == 3


# --- attachments


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


# --- name, tags, end


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
