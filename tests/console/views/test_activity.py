"""The page of what happened: page and part, who sees what, filters, hostile texts."""

import csv
import io
import json

import pytest

from orgs import operations, queries
from orgs.models import Event, EventTarget
from tests.console.conftest import make_company, signed_in
from tests.console.htmx import targeting
from tests.console.pages.visitors import delegated
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator

URL = "/activity/"
HOSTILE = """it's "quoted" & <script>alert(1)</script> {{ 7|add:7 }} ' onload='x"""


@pytest.fixture
def renamed(company):
    """A company in which Workloads was made by nobody, renamed to Runtime, and Legal came and went."""
    actor = actor_for(company.administrator)
    unit = company.organization.units.get(name="Workloads")
    operations.units.update_organizational_unit(actor=actor, unit_id=unit.pk, name="Runtime")
    legal = operations.units.create_organizational_unit(
        actor=actor, parent_id=company.organization.root.pk, name="Legal"
    )
    operations.units.delete_organizational_unit(actor=actor, unit_id=legal.pk)
    return company


def kinds(response) -> list[str]:
    page = Page(response.content.decode())
    return page.text("h2")


def test_activity_shows_the_newest_first_with_before_and_after(renamed):
    client = signed_in(renamed.administrator)

    response = client.get(URL)

    page = Page(response.content.decode())
    assert page.text("h1") == ["Activity"]
    assert page.text("h2") == [
        "Unit deleted",
        "Unit created",
        "Unit renamed",
        "Organization created",
    ]
    assert "Workloads" in page.text("del")
    assert "Runtime" in page.text("ins")
    assert page.text("title") == ["Activity · Banyan"]
    assert [a["href"] for a in page.attributes("a", aria_current="page")] == [URL, URL]
    assert page.text("span", id="show-older") == ["This is where it began."]


def test_activity_names_who_from_where_and_the_request(renamed):
    event = Event.objects.get(kind="updateOrganizationalUnit")
    Event.objects.filter(pk=event.pk).update(source_address="192.0.2.7", is_operator=True)

    page = Page(signed_in(renamed.administrator).get(URL).content.decode())

    (who,) = (text for text in page.text("li") if text.startswith("20") and "Unit renamed" in text)
    name, account = renamed.administrator.username, renamed.organization.management_account
    assert f"{name} Operator{account}From 192.0.2.7Request {event.request_id}Number 2" in who


def test_activity_links_what_is_still_there_and_nothing_else(renamed):
    unit = renamed.organization.units.get(name="Runtime")

    page = Page(signed_in(renamed.administrator).get(URL).content.decode())

    linked = [a["href"] for a in page.attributes("a") if a["href"].startswith("/structure/")]
    assert linked == [
        "/structure/",  # the navigation's
        f"/structure/units/{unit.pk}/",
        "/structure/",
        f"/structure/accounts/{renamed.organization.management_account_id}/",
    ]


def test_activity_gives_htmx_the_list_and_the_clean_address(renamed):
    response = signed_in(renamed.administrator).get(
        f"{URL}?person=&kind=updateOrganizationalUnit&since=&until=",
        headers=targeting("events"),
    )

    assert response.content.decode().lstrip().startswith('<div id="events"')
    assert kinds(response) == ["Unit renamed"]
    assert response["HX-Replace-Url"] == f"{URL}?kind=updateOrganizationalUnit"


def test_activity_narrows_by_person_kind_entity_and_day(renamed):
    client = signed_in(renamed.administrator)
    unit = renamed.organization.units.get(name="Runtime")
    day = Event.objects.latest("at").at.date().isoformat()

    assert kinds(client.get(URL, {"person": renamed.administrator.username})) == kinds(
        client.get(URL)
    )
    assert kinds(client.get(URL, {"person": "nobody"})) == []
    assert kinds(client.get(URL, {"kind": "createOrganizationalUnit"})) == ["Unit created"]
    assert kinds(client.get(URL, {"entity": unit.pk})) == ["Unit renamed"]
    assert len(kinds(client.get(URL, {"since": day, "until": day}))) == 4
    assert kinds(client.get(URL, {"since": "9999-12-31"})) == []
    assert len(kinds(client.get(URL, {"until": "9999-12-31"}))) == 4


def test_activity_leads_from_an_entity_to_all_its_events(renamed):
    client = signed_in(renamed.administrator)
    unit = renamed.organization.units.get(name="Runtime")

    page = Page(client.get(URL).content.decode())
    (link,) = page.attributes("a", aria_label="All events of Runtime")
    page = Page(client.get(link["href"]).content.decode())

    assert link["href"] == f"{URL}?entity={unit.pk}"
    assert page.text("h2") == ["Unit renamed"]
    assert page.attributes("a", class_="target-only") == []


def test_activity_of_an_entity_names_it_and_leads_back_to_everything(renamed):
    unit = renamed.organization.units.get(name="Runtime")

    response = signed_in(renamed.administrator).get(URL, {"entity": unit.pk, "person": "x"})
    page = Page(response.content.decode())

    assert page.text("span", class_="chip") == [f"Only {unit.pk}"]
    assert page.attributes("a", aria_label="Show the events of everything")[0]["href"] == (
        f"{URL}?person=x"
    )
    page = Page(signed_in(renamed.administrator).get(URL, {"entity": unit.pk}).content.decode())
    assert page.text("span", class_="chip") == ["Only Runtime"]


@pytest.mark.parametrize(
    "wrong", [{"since": "tomorrow"}, {"kind": "nothing"}, {"before": "x"}, {"person": "\0"}]
)
def test_activity_refuses_a_filter_it_does_not_understand(renamed, wrong):
    client = signed_in(renamed.administrator)

    response = client.get(URL, wrong)
    part = client.get(URL, wrong, headers=targeting("events"))

    assert (response.status_code, part.status_code) == (422, 422)
    assert len(Page(part.content.decode()).text("p", class_="notice bad")) == 1
    assert kinds(response) == []


def test_activity_comes_in_parts_that_follow_one_another(renamed, django_assert_num_queries):
    client = signed_in(renamed.administrator)
    with django_assert_num_queries(6):  # session, user; organization, grants, events, targets
        few = client.get(URL, headers=targeting("events"))
    actor = actor_for(renamed.administrator)
    unit = renamed.organization.units.get(name="Runtime")
    for number in range(60):
        operations.units.update_organizational_unit(
            actor=actor, unit_id=unit.pk, name=f"Runtime {number}"
        )

    with django_assert_num_queries(6):
        first = client.get(f"{URL}?person={actor.username}", headers=targeting("events"))
    (link,) = Page(first.content.decode()).attributes("a", id="show-older")
    with django_assert_num_queries(6):
        second = client.get(link["href"], headers=targeting("older"))

    assert len(kinds(few)) == 4
    assert link["href"] == link["hx-get"]
    assert len(kinds(first)) == 50
    assert len(kinds(second)) == 14
    assert second.content.decode().lstrip().startswith("<li")
    assert "HX-Replace-Url" not in second
    assert Page(second.content.decode()).text("span", id="show-older") == ["No older events match."]
    assert kinds(client.get(link["href"])) == kinds(second)


def test_activity_shows_a_member_only_what_its_account_caused(renamed):
    client = signed_in(renamed.member_user)

    page = Page(client.get(URL).content.decode())

    assert page.text("h2") == []
    assert page.text("p", class_="lead")[0].startswith("You see the changes that your own account")
    assert "Your account has not changed anything" in page.text("div", class_="empty")[0]
    Event.objects.filter(kind="updateOrganizationalUnit").update(actor_account_id=renamed.member.pk)
    page = Page(client.get(URL).content.decode())
    assert page.text("h2") == ["Unit renamed"]
    assert [a for a in page.attributes("a") if a["href"].startswith("/structure/")] == []


def test_activity_shows_a_reader_everything(renamed):
    assert kinds(signed_in(renamed.reader).get(URL)) == kinds(
        signed_in(renamed.administrator).get(URL)
    )


def test_activity_treats_a_foreign_id_like_an_absent_one(renamed):
    foreign = make_company().organization.root.pk
    client = signed_in(renamed.administrator)

    answers = [client.get(URL, {"entity": i}) for i in (foreign, "r-" + "0" * 12)]

    assert [(a.status_code, kinds(a)) for a in answers] == [(200, []), (200, [])]


def test_activity_refuses_who_is_in_no_organization_and_sends_a_visitor_to_sign_in(db, client):
    alone = signed_in(make_administrator(AccountFactory()))

    assert alone.get(URL).status_code == 403
    assert client.get(URL)["Location"] == f"/sign-in/?next={URL}"
    assert alone.post(URL).status_code in {403, 405}


def test_activity_shows_many_targets_closed_and_says_how_many_there_are(renamed):
    event = Event.objects.get(kind="updateOrganizationalUnit")
    EventTarget.objects.bulk_create(
        EventTarget(
            event=event,
            organization=renamed.organization,
            place=place,
            entity_type="account",
            entity_id=f"{place:032}",
            entity_name=f"account-{place}",
        )
        for place in range(1, 1_500)
    )

    page = Page(signed_in(renamed.administrator).get(URL).content.decode())

    assert page.text("summary")[1:] == ["More filters", "and 1,497 more"]
    assert "The first 20 of 1,500 are shown." in page.text("p", class_="hint")


def test_activity_shows_hostile_texts_as_text(renamed):
    client = signed_in(renamed.administrator)
    Event.objects.filter(kind="updateOrganizationalUnit").update(
        kind=HOSTILE[:64], actor_username=HOSTILE, actor_account_name=HOSTILE[:64]
    )
    EventTarget.objects.filter(event__kind=HOSTILE[:64]).update(
        entity_name=HOSTILE,
        entity_type=HOSTILE[:32],
        path=[HOSTILE],
        before={HOSTILE: HOSTILE},
        after={"tags": {HOSTILE: HOSTILE}, "path": [HOSTILE]},
    )

    page = Page(client.get(URL).content.decode())

    assert page.text("h2")[2] == HOSTILE[:64].strip()
    assert [text for text in page.text("b") if "quoted" in text] == [HOSTILE]
    assert [text for text in page.text("a") if "quoted" in text] == [HOSTILE]
    assert page.text("span", class_="target-path") == [HOSTILE]
    assert HOSTILE in page.text("del")
    assert f"Tag {HOSTILE}" in page.text("dt")
    assert f"Root / {HOSTILE}" in page.text("ins")
    assert [a for a in page.attributes("script") if not a.get("src")] == []
    answer = client.get(URL, {"person": HOSTILE, "entity": HOSTILE})
    page = Page(answer.content.decode())
    assert page.attributes("input", name="person")[0]["value"] == HOSTILE
    assert page.attributes("input", name="entity")[0]["value"] == HOSTILE
    assert page.text("span", class_="chip") == [f"Only {HOSTILE}"]


def test_activity_tells_that_a_user_was_disabled_in_words(company):
    actor = actor_for(company.administrator)
    operations.users.update_user(actor=actor, username=company.reader.username, is_active=False)

    page = Page(signed_in(company.administrator).get(URL).text)

    assert kinds(signed_in(company.administrator).get(URL, {"kind": "updateUser"})) == [
        "User changed"
    ]
    assert "Enabled" in page.text("dt")
    assert (page.text("del"), page.text("ins")[0]) == (["Yes"], "No")


def test_r_aud_4_what_happens_by_itself_was_done_by_the_system(company, run_jobs):
    manager = actor_for(company.administrator)
    operations.creations.create_account(actor=manager, name="brand-new", tags=[("team", "a")])
    run_jobs()
    AccountFactory(name="north-office")
    operations.invitations.invite_account(actor=manager, target_type="name", target="north-office")
    client = signed_in(company.administrator)

    page = Page(client.get(URL).content.decode())

    assert page.text("h2")[:3] == ["Account invited", "Account created", "Account requested"]
    invited, made, _asked, *_earlier = (
        text for text in page.text("li") if text.startswith("20") and "Request" in text
    )
    assert "the system" in made
    assert "the system" not in invited
    assert "In progress" in made
    assert "Succeeded" in made
    hrefs = [a["href"] for a in page.attributes("a")]
    assert {"/accounts/invitations/", "/accounts/creations/"} <= set(hrefs)
    (recent,) = Page(client.get("/").content.decode()).text("ol", class_="lines recent")
    assert "Account created: brand-new" in recent
    assert "by the system" in recent


def test_activity_narrows_by_account_request_and_subtree(renamed):
    client = signed_in(renamed.administrator)
    organization = renamed.organization
    actor = actor_for(renamed.administrator)
    unit = organization.units.get(name="Runtime")
    operations.tags.tag_resource(actor=actor, resource_id=renamed.member.pk, tags=[("a", "b")])
    event = Event.objects.get(kind="tagResource")

    def found(**given) -> list[str]:
        return kinds(client.get(URL, given))

    name = organization.management_account.name
    assert len(found(account=name)) == len(found(account=actor.account_id)) == 5
    assert found(account="nobody") == []
    assert found(request=event.request_id) == ["Tags added"]
    assert found(request="nothing") == []
    assert found(below=unit.pk) == ["Tags added", "Unit renamed"]
    # What is gone is below nothing any more; but the root was touched when all began.
    assert found(below=organization.root.pk) == [
        "Tags added",
        "Unit renamed",
        "Organization created",
    ]
    assert found(below="ou-00000000") == found(below=make_company().organization.root.pk) == []
    assert found(below=unit.pk, kind="tagResource", person=actor.username) == ["Tags added"]


@pytest.mark.parametrize("size", [1, 40])
def test_activity_of_a_subtree_costs_the_same_at_any_size(renamed, size, django_assert_num_queries):
    unit = renamed.organization.units.get(name="Runtime")
    for _number in range(size):
        UnitFactory(parent=unit)
        AccountFactory(member_of=unit)
    client = signed_in(renamed.administrator)

    with django_assert_num_queries(6):
        client.get(URL, {"below": unit.pk}, headers=targeting("events"))


def test_an_event_has_a_page_of_its_own(renamed):
    client = signed_in(renamed.administrator)
    event = Event.objects.get(kind="updateOrganizationalUnit")
    page = Page(client.get(URL).content.decode())
    assert f"/activity/{event.number}/" in [a["href"] for a in page.attributes("a")]

    page = Page(client.get(f"/activity/{event.number}/").content.decode())

    assert page.text("h1") == ["Unit renamed"]
    assert (page.text("del"), page.text("ins")) == (["Workloads"], ["Runtime"])
    said = page.text("code")
    before = Event.objects.get(organization=event.organization, number=event.number - 1)
    assert {event.hash, before.hash, event.request_id, event.kind} <= set(said)
    hrefs = [a["href"] for a in page.attributes("a")]
    assert f"{URL}?request={event.request_id}" in hrefs


def test_r_aud_5_an_event_of_somebody_else_is_not_there(renamed):
    event = Event.objects.get(kind="updateOrganizationalUnit")
    url = f"/activity/{event.number}/"
    member, outsider = signed_in(renamed.member_user), signed_in(make_company().administrator)

    assert member.get(url).status_code == 404
    assert outsider.get(url).status_code == outsider.get("/activity/99/").status_code == 404
    assert outsider.get("/activity/99999999999999999999/").status_code == 404
    Event.objects.filter(pk=event.pk).update(actor_account_id=renamed.member.pk)
    assert member.get(url).status_code == 200


def read(response) -> str:
    return b"".join(response.streaming_content).decode()


def test_activity_is_downloaded_as_the_filter_has_it(renamed, monkeypatch):
    client = signed_in(renamed.administrator)
    page = Page(client.get(URL, {"kind": "updateOrganizationalUnit"}).content.decode())
    files = [a["href"] for a in page.attributes("a") if "/activity/events." in a["href"]]
    assert files == [
        f"/activity/events.{ending}?kind=updateOrganizationalUnit" for ending in ("csv", "json")
    ]

    rows = list(csv.DictReader(io.StringIO(read(client.get(files[0])))))
    (event,) = json.loads(read(client.get(files[1])))

    stored = Event.objects.get(kind="updateOrganizationalUnit")
    assert [(row["number"], row["hash"]) for row in rows] == [(str(stored.number), stored.hash)]
    assert json.loads(rows[0]["before"])["name"] == "Workloads"
    assert event["targets"][0]["after"]["name"] == "Runtime"
    assert (event["request_id"], event["hash"]) == (stored.request_id, stored.hash)
    monkeypatch.setattr(queries.events, "READ_AT_ONCE", 2)
    assert [e["number"] for e in json.loads(read(client.get("/activity/events.json")))] == [
        4,
        3,
        2,
        1,
    ]
    monkeypatch.setattr(queries.events, "EXPORTED", 3)
    assert len(json.loads(read(client.get("/activity/events.json")))) == 3


def test_activity_as_a_file_holds_texts_that_no_sheet_runs_and_only_what_one_may_see(renamed):
    client = signed_in(renamed.administrator)
    Event.objects.filter(kind="updateOrganizationalUnit").update(actor_username="=1+1")

    rows = list(csv.DictReader(io.StringIO(read(client.get("/activity/events.csv")))))

    assert "'=1+1" in [row["actor_username"] for row in rows]
    assert json.loads(read(signed_in(renamed.member_user).get("/activity/events.json"))) == []
    assert client.get("/activity/events.csv", {"since": "x"}).status_code == 422
    assert (
        signed_in(make_administrator(AccountFactory())).get("/activity/events.csv").status_code
        == 403
    )


def test_verify_says_whether_the_chain_is_whole(renamed):
    client = signed_in(renamed.administrator)

    page = Page(client.get("/activity/verify/").content.decode())
    assert page.text("p", class_="notice ok") == [
        "The chain is whole: 4 events, unchanged since they were written."
    ]
    renamed.organization.refresh_from_db()
    assert renamed.organization.event_hash in page.text("code")

    Event.objects.filter(kind="updateOrganizationalUnit").update(source_address="192.0.2.9")
    page = Page(client.get("/activity/verify/").content.decode())
    assert page.text("p", class_="notice bad") == [
        "The chain is broken: event 2 was altered. Tell an operator of this installation."
    ]
    assert signed_in(renamed.reader).get("/activity/verify/").status_code == 200
    assert signed_in(renamed.member_user).get("/activity/verify/").status_code == 403


def test_r_aud_5_a_delegated_administrator_sees_what_its_account_did_and_verifies_nothing(renamed):
    client = signed_in(delegated(renamed))

    page = Page(client.get(URL).text)

    assert page.text("h2") == []
    assert page.text("p", class_="lead") == [
        "You see the changes that your own account made. Everything else is shown to the management"
        " account. Times are UTC."
    ]
    assert page.attributes("a", href="/activity/verify/") == []
    assert client.get("/activity/verify/").status_code == 403
