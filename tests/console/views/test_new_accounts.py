"""The forms for one more account: what is shown before, refusals at their field, nothing typed is lost."""

import pytest

from orgs.models import Account, CreationRequest, Event, Invitation
from orgs.operations.creations import create_account
from orgs.operations.invitations import invite_account
from tests.console.conftest import signed_in
from tests.console.htmx import targeting
from tests.console.reading import read
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory

CREATE = "/accounts/create/"
INVITE = "/accounts/invite/"
NAMED = {"target_type": "name"}


def test_an_account_is_created_with_all_that_was_typed(company, administrator):
    unit = company.member.unit

    answer = administrator.post(
        CREATE,
        {
            "name": "brand-new",
            "email": "new@example.com",
            "phone": "+123456",
            "description": "What it is for",
            "destination_parent_id": unit.pk,
            "agency_name": "Way.In",
            "key": ["team", ""],
            "value": ["a", ""],
            "was_key": ["", ""],
            "was_value": ["", ""],
        },
    )

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/creations/")
    request = CreationRequest.objects.get()
    assert (request.account_name, request.email, request.phone, request.description) == (
        "brand-new",
        "new@example.com",
        "+123456",
        "What it is for",
    )
    assert (request.destination, request.agency_name, request.tags) == (
        unit,
        "Way.In",
        {"team": "a"},
    )
    page = read(administrator.get(answer["Location"]))
    assert page.text("div", id="toasts") == ["brand-new is being created."]
    assert page.text("tr")[1].startswith("brand-new Workloads In progress")


def test_what_is_left_empty_is_left_to_the_rules(administrator, settings):
    administrator.post(CREATE, {"name": "brand-new"})

    request = CreationRequest.objects.get()
    assert (request.email, request.phone, request.agency_name, request.tags) == (
        None,
        None,
        settings.AGENCY_NAME,
        {},
    )


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "x", "This is too short; give at least 6 characters."),
        ("name", "", "Give at least one character."),
        ("email", "nowhere", "This is not an e-mail address."),
        ("phone", "call me", "A phone number consists of 4 to 20 digits."),
        (
            "agency_name",
            "a b",
            "An agency's name consists of letters, digits, _, -, + , = . and @.",
        ),
        ("name", "Taken-Name", "Another account already has this name."),
        ("email", "a@example.com", "Another account already has this email."),
        ("phone", "12345", "Another account already has this phone."),
    ],
)
def test_r_acc_16_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(
    company, administrator, field, typed, said
):
    AccountFactory(name="taken-name", email="a@example.com", phone="12345")
    before = digest_of_database()

    answer = administrator.post(
        CREATE,
        {"name": "brand-new", "description": "Kept", "key": "team", "value": "a"} | {field: typed},
    )

    page = read(answer)
    assert answer.status_code in {409, 422}
    assert page.text("p", id=f"id_{field}_error") == [said]
    (wrong,) = page.attributes("input", name=field)
    assert (wrong["aria-invalid"], wrong.get("value", "")) == ("true", typed)
    assert page.attributes("input", name="description")[0]["value"] == "Kept"
    assert page.attributes("input", name="key")[0]["value"] == "team"
    # What is rarely needed is open where something in it is wrong.
    assert ("open" in page.attributes("details", class_="more-fields")[0]) == (
        field == "agency_name"
    )
    assert digest_of_database() == before


def test_r_tag_8_a_tag_that_cannot_be_is_told_beside_it(administrator):
    answer = administrator.post(CREATE, {"name": "brand-new", "key": "_sys_x", "value": "a"})

    assert answer.status_code == 422
    assert "Keys that begin with _sys_ are reserved." in answer.content.decode()
    assert not CreationRequest.objects.exists()


@pytest.mark.parametrize("contact", ["email", "phone"])
def test_r_acc_14_a_contact_that_is_demanded_is_no_option(administrator, settings, contact):
    assert "required" not in read(administrator.get(CREATE)).attributes("input", name=contact)[0]
    settings.CONTACTS_DEMANDED = [contact]

    page = read(administrator.post(CREATE, {"name": "brand-new"}))

    assert page.text("p", id=f"id_{contact}_error") == [
        "This installation wants it for every account."
    ]


def test_r_acc_12_and_13_what_there_is_room_for_is_told_before(administrator, manager, settings):
    settings.ACCOUNT_QUOTA = 8
    for number in range(5):
        create_account(actor=manager, name=f"running-{number}")

    page = read(administrator.get(CREATE))

    assert {"Account quota7 of 8", "Being created now5 of 5"} <= set(page.text("p"))
    assert "1 more account fits into the quota. 0 more can be created at this moment." in (
        page.text("p")
    )
    assert "no more at once" in page.text("p", class_="notice warn")[0]
    answer = administrator.post(CREATE, {"name": "one-too-many"})
    assert answer.status_code == 409
    assert "5 accounts are being created already" in read(answer).text("p", class_="notice bad")[0]
    assert read(answer).attributes("input", name="name")[0]["value"] == "one-too-many"

    settings.ACCOUNT_QUOTA = 7
    page = read(administrator.get(CREATE))
    assert page.text("p", id="why_not")[0].startswith("The account quota is used up")
    (button,) = (
        one for one in page.attributes("button", class_="primary") if one["type"] == "submit"
    )
    assert "disabled" in button
    assert button["aria-describedby"] == "why_not"


@pytest.mark.parametrize("url", [CREATE, INVITE])
def test_a_reader_is_told_why_not(company, url):
    client = signed_in(company.reader)

    page = read(client.get(url))

    assert "You are signed in as a reader" in page.text("p", id="why_not")[0]
    assert page.attributes("input", type="text") == []
    before = Event.objects.count()
    sent = {"name": "brand-new", "target_type": "name", "target": AccountFactory().name}
    assert client.post(url, sent).status_code == 403
    assert Event.objects.count() == before
    assert signed_in(company.member_user).get(url).status_code == 403


@pytest.mark.parametrize("url", [CREATE, INVITE])
def test_the_place_is_chosen_from_the_tree(company, administrator, url):
    inner = UnitFactory(parent=company.member.unit, name="Inner")
    sent = {"name": "x", "target": "y", "at": company.member.unit_id}

    part = administrator.post(url, sent, headers=targeting("picker"))
    whole = administrator.post(url, sent)

    assert part.content.decode().lstrip().startswith('<div id="picker"')
    for answer in (part, whole):
        page = read(answer)
        assert answer.status_code == 200
        assert inner.pk in [one["value"] for one in page.attributes("input", type="radio")]
        (chosen,) = (
            one
            for one in page.attributes("input", name="destination_parent_id")
            if "checked" in one
        )
        assert chosen["value"] == company.organization.root.pk
    # What was typed so far stays, and nothing is said of it yet.
    assert read(whole).text("p", class_="wrong") == []
    assert "x" in {one.get("value") for one in read(whole).attributes("input")} | {"x"}


@pytest.mark.parametrize("url", [CREATE, INVITE])
def test_a_place_that_is_gone_is_refused_at_its_field(company, administrator, url):
    AccountFactory(name="stands-alone")
    sent = {"name": "brand-new", "target": "stands-alone", **NAMED}

    answer = administrator.post(url, sent | {"destination_parent_id": "ou-" + "0" * 32})

    assert answer.status_code == 422
    assert read(answer).text("p", id="error_destination")[0].startswith("There is no root or")


@pytest.mark.parametrize("url", [CREATE, INVITE])
def test_more_rows_for_tags(administrator, url):
    page = read(administrator.post(url, {"name": "x", "key": ["a"], "value": ["b"], "more": "1"}))

    assert len(page.attributes("input", name="key")) == 4
    assert page.text("p", class_="wrong") == []


def test_an_account_is_invited_by_name_and_by_id(company, administrator):
    by_name, by_id = AccountFactory(name="by-its-name"), AccountFactory(name="by-its-id")

    for target_type, target in (("name", "By-Its-Name"), ("account", by_id.pk)):
        answer = administrator.post(
            INVITE,
            {
                "target_type": target_type,
                "target": target,
                "notes": "Welcome\r\nto us",
                "destination_parent_id": company.member.unit_id,
                "key": "team",
                "value": "a",
            },
        )
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/invitations/")

    invited = Invitation.objects.order_by("created_at")
    assert [one.account for one in invited] == [by_name, by_id]
    assert {one.notes for one in invited} == {"Welcome\nto us"}
    assert {one.destination for one in invited} == {company.member.unit}
    assert [one.tags for one in invited] == [{"team": "a"}] * 2


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("name nobody-there", "No account of this installation has exactly this name or id."),
        (f"account {'0' * 32}", "No account of this installation has exactly this name or id."),
        ("account by-name", "This does not look like an id of the expected kind."),
        ("name 1", "Begin with a letter; then letters, digits, _ and - may follow."),
        ("name ", "Give at least one character."),
        ("name {member}", "Account {member} already belongs to an organization."),
        (
            "name invited-once",
            "invited-once has an open invitation of this organization already.",
        ),
        (
            "name resource-one",
            "This account cannot be invited: it is closed, or has no sign-in of its own.",
        ),
    ],
)
def test_r_inv_2_to_6_a_refusal_stands_at_the_account(
    company, administrator, manager, target, said
):
    AccountFactory(name="resource-one", is_resource_account=True)
    AccountFactory(name="invited-once")
    invite_account(actor=manager, target_type="name", target="invited-once")
    before = digest_of_database()
    named = {"member": company.member.name}
    target_type, _space, typed = target.format(**named).partition(" ")

    answer = administrator.post(
        INVITE, {"target_type": target_type, "target": typed, "notes": "Kept"}
    )

    page = read(answer)
    assert answer.status_code in {409, 422}
    assert page.text("p", id="id_target_error") == [said.format(**named)]
    assert page.text("textarea", name="notes") == ["Kept"]
    assert digest_of_database() == before


def test_r_inv_7_invitations_left_and_when_the_next_is_free(administrator, manager, settings):
    settings.INVITATIONS = 2
    settings.ACCOUNT_QUOTA = 50
    AccountFactory(name="invited-first")
    invite_account(actor=manager, target_type="name", target="invited-first")
    page = read(administrator.get(INVITE))
    assert "Invited in the last 24 hours1 of 2" in page.text("p")
    assert any(text.endswith("1 invitation is left.") for text in page.text("p"))

    AccountFactory(name="invited-second")
    invite_account(actor=manager, target_type="name", target="invited-second")
    page = read(administrator.get(INVITE))

    free_at = Invitation.objects.order_by("created_at")[0].created_at + settings.INVITATION_WINDOW
    assert page.text("p", id="why_not") == [
        f"Enough invitations were sent lately. The next one can go at {free_at:%Y-%m-%d %H:%M} UTC."
    ]
    AccountFactory(name="one-too-many")
    answer = administrator.post(INVITE, {"target": "one-too-many", **NAMED})
    assert answer.status_code == 409
    assert Invitation.objects.count() == 2
    assert Account.objects.get(name="one-too-many").stands_alone
