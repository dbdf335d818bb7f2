"""The editor: a text is judged, completed and built; the catalogues beside it."""

import json
import re

import pytest

from tests.console.conftest import signed_in
from tests.console.htmx import targeting, triggered
from tests.console.reading import read
from tests.console.views.policy_pages import BROKEN, DENY, SCP, TAG


def test_the_tools_of_the_editor_are_for_those_who_see_policies(company):
    for path in ("/policies/check/", "/policies/build/"):
        assert signed_in(company.member_user).post(path, {"document": "{"}).status_code == 403


@pytest.mark.parametrize(
    ("asked", "first", "kind"),
    [
        ({"word": "Stat"}, "Statement", "word of policies"),
        ({"word": "stringm"}, "StringMatch", "operator"),
        ({"word": "g:sourceip"}, "g:SourceIp", "condition key"),
        ({"word": "ecs:cloudServers:d"}, "ecs:cloudServers:delete", "action"),
        ({"word": "@@as", "type": "tag_policy"}, "@@assign", "operator"),
        ({"word": "ecs:in", "type": "tag_policy"}, "ecs:instance", "resource type"),
    ],
)
def test_words_of_a_text_are_completed(administrator, asked, first, kind):
    found = administrator.get("/policies/complete/", asked).json()["completions"]

    assert found[0] == {"word": first, "kind": kind}
    assert len(found) <= 30
    assert administrator.get("/policies/complete/", {"word": "nothing-has-it"}).json() == {
        "completions": []
    }


def test_words_are_completed_for_those_who_see_policies(company):
    assert signed_in(company.member_user).get("/policies/complete/?word=S").status_code == 403


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
        page.text_at(place)
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
