"""Policies that are created, from nothing or from a template."""

import json

from orgs.models import Policy
from tests.console.reading import read
from tests.console.views.policy_pages import BROKEN, COST, DENY, SCP, TAG, switch_on


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
