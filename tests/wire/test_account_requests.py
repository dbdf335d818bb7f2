"""R-ACC-10 to 23, R-ACC-40 to 42, R-CLO and R-ORG-12 to 18 on the wire: how accounts come and go."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import hooks, tasks
from orgs.models import (
    Account,
    AccountStatus,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    Event,
    FailureReason,
    JoinMethod,
    Tag,
)
from tests.factories import AccountFactory, make_administrator, make_organization
from tests.wire.conftest import make_world
from tests.wire.signing import (
    Key,
    ask,
    assert_refused,
    call,
    code_of,
    key_for,
    send,
    signed_headers,
)

ACCOUNTS, CREATIONS = "/v1/organizations/accounts", "/v1/organizations/create-account-status"
CLOSINGS, LEAVE = "/v1/organizations/close-account-status", "/v1/organizations/leave"
INVALID, DENIED = (400, "Organizations.1050"), (403, "Organizations.1007")
NO_ORGANIZATION, NOT_THERE = (401, "Organizations.1015"), (404, "Organizations.1300")
CONFLICT, QUOTA = (409, "Organizations.1306"), (400, "Organizations.1305")
CLOSING, STAYS = (400, "Organizations.1325"), (400, "Organizations.1304")
NOT_ACTIVE, NOT_ALONE = (400, "Organizations.1359"), (400, "Organizations.1360")


@pytest.fixture(autouse=True)
def not_counted(counted_by_nobody):
    """A refusal writes nothing at all."""


@pytest.fixture
def old(world) -> Account:
    """A member that may stand alone (R-ORG-13)."""
    return member_of(world)


def member_of(world, **given) -> Account:
    long_ago = timezone.now() - timedelta(days=30)
    return AccountFactory(member_of=world.unit, created_at=long_ago, **given)


def create(key: Key, name: str, **given):
    return ask(key, "POST", ACCOUNTS, {"name": name} | given)


def close(key: Key, account: Account):
    return ask(key, "POST", f"{ACCOUNTS}/{account.pk}/close")


def remove(key: Key, account: Account):
    return ask(key, "POST", f"{ACCOUNTS}/{account.pk}/remove")


def leave(key: Key):
    return ask(key, "POST", LEAVE)


def told_of_creation(key: Key, request_id: str):
    return call(key, "GET", f"{CREATIONS}/{request_id}").json()["create_account_status"]


def told_of_closings(key: Key, query: str = ""):
    return call(key, "GET", CLOSINGS + query).json()["close_account_statuses"]


def seconds(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def refuse_the_phone(_request):
    raise hooks.HookFailure(FailureReason.INVALID_PHONE, "no such prefix")


def refuse_to_close(_request):
    raise hooks.HookFailure(FailureReason.INTERNAL_FAILURE, "still in use")


def yes(_account):
    return True


# --- creating -------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [ACCOUNTS, "/v2/organizations/accounts"])
def test_r_acc_10_a_creation_is_asked_for_and_polled_by_its_id(world, manager, run_jobs, url):
    tags = [{"key": "team", "value": "a"}]
    body = {"name": "brand-new", "description": "d", "agency_name": "Way.In", "tags": tags}
    response = ask(manager, "POST", url, body)
    request = CreationRequest.objects.get()
    begun = {
        "account_id": None,
        "account_name": "brand-new",
        "completed_at": None,
        "created_at": seconds(request.created_at),
        "id": request.pk,
        "state": "in_progress",
        "failure_reason": None,
        "failure_detail_msg": None,
    }
    assert response.json() == {"create_account_status": begun}
    assert told_of_creation(manager, request.pk) == begun

    run_jobs()

    account = Account.objects.get(name="brand-new")
    request.refresh_from_db()
    assert told_of_creation(manager, request.pk) == begun | {
        "account_id": account.pk,
        "completed_at": seconds(request.completed_at),
        "state": "succeeded",
    }
    shown = call(manager, "GET", f"{ACCOUNTS}/{account.pk}").json()["account"]
    assert (shown["join_method"], shown["description"]) == ("created", "d")
    # R-ACC-19
    assert account.unit == world.root
    found = call(manager, "GET", f"/v1/organizations/resources/{account.pk}/tags").json()
    assert found["tags"] == tags
    assert account.agencies.get(kind="account_access").name == "Way.In"


def test_r_acc_18_a_failed_creation_tells_what_the_lower_service_said(manager, run_jobs, settings):
    settings.ACCOUNT_PROVIDER = "tests.wire.test_account_requests.refuse_the_phone"
    create(manager, "brand-new", phone="12345")
    run_jobs()

    told = told_of_creation(manager, CreationRequest.objects.get().pk)

    assert (told["state"], told["account_id"]) == ("failed", None)
    assert told["completed_at"] is not None
    assert told["failure_reason"] == "INVALID_PHONE"
    assert told["failure_detail_msg"] == {
        "error_msg": "no such prefix",
        "encoded_authorization_message": None,
    }
    # R-ACC-11
    assert not Account.objects.filter(name="brand-new").exists()


def test_r_acc_16_what_shows_only_later_fails_the_request_without_a_detail(manager, run_jobs):
    create(manager, "brand-new")
    AccountFactory(name="brand-new")
    run_jobs()

    told = told_of_creation(manager, CreationRequest.objects.get().pk)

    assert (told["failure_reason"], told["failure_detail_msg"]) == ("NAME_ALREADY_EXISTS", None)


def test_r_acc_23_creations_by_their_states(world, manager, run_jobs, settings):
    create(manager, "to-succeed")
    run_jobs()
    settings.ACCOUNT_PROVIDER = "tests.wire.test_account_requests.refuse_the_phone"
    create(manager, "to-fail-1")
    run_jobs()
    create(manager, "under-way")
    create(make_world().keys["manager"], "elsewhere")

    def names(query=""):
        found = call(manager, "GET", CREATIONS + query).json()["create_account_statuses"]
        return [each["account_name"] for each in found]

    assert names() == ["under-way", "to-fail-1", "to-succeed"]
    assert names("?states=failed") == ["to-fail-1"]
    assert names("?states=failed&states=succeeded") == ["to-fail-1", "to-succeed"]
    assert names("?states=succeeded&states=succeeded") == ["to-succeed"]
    assert names("?states=in_progress&states=failed&states=succeeded") == names()


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Taken-Name"), ("email", "a@example.com"), ("phone", "12345")]
)
@pytest.mark.parametrize("status", AccountStatus.values)
def test_r_clo_9_what_an_account_has_stays_taken(manager, field, value, status):
    AccountFactory(name="taken-name", email="a@example.com", phone="12345", status=status)
    body = {"name": "brand-new", field: value}
    said = assert_refused(lambda: ask(manager, "POST", ACCOUNTS, body), CONFLICT)
    assert field in said


@pytest.mark.parametrize("field", ["email", "phone"])
def test_r_acc_14_an_installation_may_want_a_contact(manager, settings, field):
    settings.CONTACTS_DEMANDED = [field]
    said = assert_refused(lambda: create(manager, "brand-new"), INVALID)
    assert said.startswith(f"{field}: ")
    body = {"name": "brand-new", "email": None, "phone": None}
    assert_refused(lambda: ask(manager, "POST", ACCOUNTS, body), INVALID)
    # The second form takes none, and ignores what it does not know.
    second = ask(manager, "POST", "/v2/organizations/accounts", body | {"email": "a@b.org"})
    assert second.status_code == 202
    assert CreationRequest.objects.get().email is None


def test_the_check_order_of_a_creation(world, manager, settings):
    """Each condition of the contract hides the ones that follow it, in the contract's order."""
    settings.TAG_QUOTA, settings.CREATIONS_AT_ONCE, settings.ACCOUNT_QUOTA = 0, 1, 2
    tags = [{"key": "a", "value": ""}]
    running = CreationRequest.objects.create(
        organization=world.organization,
        account_name="under-way",
        agency_name="Way.In",
        created_at=timezone.now(),
    )
    for url in (ACCOUNTS, "/v2/organizations/accounts"):

        def attempt(name="brand-new", url=url, **given):
            return ask(manager, "POST", url, {"name": name, "tags": tags} | given)

        settings.TAG_QUOTA, settings.CREATIONS_AT_ONCE, settings.ACCOUNT_QUOTA = 0, 1, 2
        assert_refused(lambda: attempt("under-way", description="\x00"), INVALID)
        assert_refused(lambda: attempt("Under-Way"), CONFLICT)
        assert_refused(lambda: attempt(world.member.name), CONFLICT)
        assert_refused(attempt, QUOTA)
        settings.ACCOUNT_QUOTA = 10
        assert_refused(attempt, (400, "Organizations.1358"))
        settings.CREATIONS_AT_ONCE = 5
        assert_refused(attempt, (400, "Organizations.1703"))
    running.delete()
    settings.TAG_QUOTA = 20
    assert create(manager, "brand-new", tags=tags).status_code == 202


def test_r_acc_12_five_at_once(manager):
    for number in range(5):
        assert create(manager, f"account-new-{number}").status_code == 202
    assert_refused(lambda: create(manager, "one-too-many"), (400, "Organizations.1358"))


@pytest.mark.parametrize("request_id", ["car-" + "0" * 32, "foreign"])
def test_r_gen_13_a_creation_that_is_not_there(manager, request_id):
    if request_id == "foreign":
        create(make_world().keys["manager"], "elsewhere")
        request_id = CreationRequest.objects.get().pk
    response = call(manager, "GET", f"{CREATIONS}/{request_id}")
    assert code_of(response) == (404, "Organizations.1356")


def test_p4_a_creation_that_is_sent_twice_is_one(manager, run_jobs):
    token, body = {"X-Idempotency-Key": "order-1"}, {"name": "brand-new"}
    first = call(manager, "POST", ACCOUNTS, body, headers=token)
    run_jobs()
    second = call(manager, "POST", ACCOUNTS, body, headers=token)

    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    run_jobs()
    assert Account.objects.filter(name="brand-new").count() == CreationRequest.objects.count() == 1


# --- closing --------------------------------------------------------------------------------------


def test_r_clo_13_closings_by_their_states(world, manager, old, run_jobs, settings):
    closed, failed = (member_of(world) for _ in range(2))
    assert close(manager, closed).content == b""
    (begun,) = told_of_closings(manager)
    assert begun == {
        "account_id": closed.pk,
        "created_at": seconds(ClosingRequest.objects.get().created_at),
        "updated_at": None,
        "organization_id": world.organization.pk,
        "state": "pending_closure",
        "failure_reason": None,
    }
    shown = call(manager, "GET", f"{ACCOUNTS}/{closed.pk}").json()["account"]
    assert shown["status"] == "pending_closure"
    run_jobs()
    (ended,) = told_of_closings(manager)
    assert ended["state"] == "suspended"
    assert ended["updated_at"] == seconds(ClosingRequest.objects.get().updated_at)
    shown = call(manager, "GET", f"{ACCOUNTS}/{closed.pk}").json()["account"]
    # R-CLO-12
    assert shown["status"] == "suspended"

    settings.ACCOUNT_CLOSER = "tests.wire.test_account_requests.refuse_to_close"
    close(manager, failed)
    run_jobs()
    settings.ACCOUNT_CLOSER = ""
    close(manager, old)
    accounts = [old.pk, failed.pk, closed.pk]

    def listed(query):
        return [each["account_id"] for each in told_of_closings(manager, query)]

    assert listed("") == accounts
    assert listed("?states=suspended") == [closed.pk]
    assert listed("?states=pending_closure&states=suspended") == accounts
    # The wire has two states: one that failed is told of in its own, with the reason.
    assert listed("?states=pending_closure") == accounts[:2]
    row = told_of_closings(manager)[1]
    assert (row["state"], row["failure_reason"]) == ("pending_closure", "INTERNAL_FAILURE")
    assert row["updated_at"] is not None
    assert Account.objects.get(pk=failed.pk).status == AccountStatus.ACTIVE
    assert told_of_closings(make_world().keys["manager"]) == []


def test_r_clo_13_a_closed_account_is_listed_for_ninety_days(world, manager, old, run_jobs):
    close(manager, old)
    run_jobs()
    tasks.do_daily_chores()
    assert [each["account_id"] for each in told_of_closings(manager)] == [old.pk]

    ClosingRequest.objects.update(updated_at=timezone.now() - timedelta(days=90))
    tasks.do_daily_chores()

    assert told_of_closings(manager) == []
    assert code_of(call(manager, "GET", f"{ACCOUNTS}/{old.pk}")) == NOT_THERE
    # R-CLO-9: nobody else gets its name.
    assert_refused(lambda: create(manager, old.name), CONFLICT)


def test_r_clo_11_the_keys_of_a_closing_account_are_refused_at_once(world, manager, old, run_jobs):
    key = key_for(make_administrator(old))
    assert call(key, "GET", "/v1/organizations").status_code == 200
    assert close(manager, old).status_code == 200

    for _ in range(2):
        for method, url in (
            ("GET", "/v1/organizations"),
            ("GET", "/v1/organizations/services"),
            ("GET", "/v1/received-handshakes"),
            ("POST", LEAVE),
            ("POST", "/v1/organizations"),
        ):
            assert_refused(lambda method=method, url=url: ask(key, method, url), DENIED)
        run_jobs()


def test_r_clo_11_a_failed_closing_gives_the_keys_back(world, manager, old, run_jobs, settings):
    settings.ACCOUNT_CLOSER = "tests.wire.test_account_requests.refuse_to_close"
    key = key_for(make_administrator(old))
    close(manager, old)
    assert code_of(call(key, "GET", "/v1/organizations")) == DENIED

    run_jobs()

    assert call(key, "GET", "/v1/organizations").status_code == 200


def test_the_check_order_of_a_closing(world, manager, settings):
    """Each condition of the contract hides the ones that follow it, in the contract's order (R-CLO-7)."""
    settings.UNPAID_RESOURCES = "tests.wire.test_account_requests.yes"
    settings.CLOSINGS_LEAST = settings.CLOSINGS_MOST = 0
    account = member_of(world)

    def becomes(**facts):
        Account.objects.filter(pk=account.pk).update(**facts)

    becomes(status=AccountStatus.PENDING_CLOSURE, join_method=JoinMethod.INVITED)
    management = world.organization.management_account
    Account.objects.filter(pk=management.pk).update(join_method=JoinMethod.INVITED)
    theirs = make_organization()[0].management_account
    assert_refused(lambda: ask(manager, "POST", f"{ACCOUNTS}/none/close"), INVALID)
    assert_refused(lambda: close(manager, theirs), NOT_THERE)
    assert_refused(lambda: close(manager, management), (400, "Organizations.1354"))
    assert_refused(lambda: close(manager, account), CLOSING)
    becomes(status=AccountStatus.SUSPENDED)
    assert_refused(lambda: close(manager, account), CLOSING)
    becomes(status=AccountStatus.ACTIVE)
    assert_refused(lambda: close(manager, account), (400, "Organizations.1352"))
    becomes(join_method=JoinMethod.CREATED, is_converted=True)
    assert_refused(lambda: close(manager, account), (400, "Organizations.1352"))
    becomes(is_converted=False)
    assert_refused(lambda: close(manager, account), (400, "Organizations.1361"))
    settings.UNPAID_RESOURCES = ""
    assert_refused(lambda: close(manager, account), (400, "Organizations.1355"))
    settings.CLOSINGS_LEAST = settings.CLOSINGS_MOST = 1
    assert close(manager, account).status_code == 200
    assert_refused(lambda: close(manager, account), CLOSING)


def test_r_clo_8_three_at_once_and_ten_in_thirty_days(world, manager, run_jobs):
    accounts = [member_of(world) for _ in range(11)]
    for account in accounts[:3]:
        assert close(manager, account).status_code == 200
    assert_refused(lambda: close(manager, accounts[3]), (400, "Organizations.1355"))
    run_jobs()
    for account in accounts[3:10]:
        assert close(manager, account).status_code == 200
        run_jobs()
    said = assert_refused(lambda: close(manager, accounts[10]), (400, "Organizations.1355"))
    assert "Of 10 closings in 30 days 10 are used" in said

    ClosingRequest.objects.update(created_at=timezone.now() - timedelta(days=30))
    assert close(manager, accounts[10]).status_code == 200


# --- removing and leaving -------------------------------------------------------------------------


def test_r_acc_42_a_removed_account_stands_alone(world, manager, old):
    key = key_for(make_administrator(old))
    tag = {"tags": [{"key": "a", "value": "b"}]}
    ask(manager, "POST", f"/v1/organizations/resources/{old.pk}/tag", tag)
    assert call(key, "GET", "/v1/organizations").status_code == 200

    assert remove(manager, old).content == b""

    assert code_of(call(manager, "GET", f"{ACCOUNTS}/{old.pk}")) == NOT_THERE
    # At the very next request.
    assert_refused(lambda: ask(key, "GET", "/v1/organizations"), NO_ORGANIZATION)
    assert_refused(lambda: leave(key), NO_ORGANIZATION)
    assert_refused(lambda: ask(key, "GET", ACCOUNTS), NO_ORGANIZATION)
    assert not Tag.objects.filter(account=old).exists()
    assert ask(key, "POST", "/v1/organizations").status_code == 201
    assert_refused(lambda: remove(manager, old), NOT_THERE)


def test_the_check_order_of_a_removal(world, manager, settings):
    settings.REMOVALS = 0
    management = world.organization.management_account
    Account.objects.update(is_resource_account=True)
    account = member_of(world, is_resource_account=True, status=AccountStatus.SUSPENDED)
    theirs = make_organization()[0].management_account

    def becomes(**facts):
        Account.objects.filter(pk=account.pk).update(**facts)

    assert_refused(lambda: ask(manager, "POST", f"{ACCOUNTS}/none/remove"), INVALID)
    assert_refused(lambda: remove(manager, theirs), NOT_THERE)
    assert_refused(lambda: remove(manager, management), STAYS)
    # R-ORG-15
    assert_refused(lambda: remove(manager, account), NOT_ACTIVE)
    becomes(status=AccountStatus.ACTIVE)
    # R-ORG-13
    assert_refused(lambda: remove(manager, account), NOT_ALONE)
    becomes(is_converted=True, created_at=timezone.now() - timedelta(days=6))
    assert_refused(lambda: remove(manager, account), NOT_ALONE)
    becomes(created_at=timezone.now() - timedelta(days=8))
    # R-ACC-41
    assert_refused(lambda: remove(manager, account), (400, "Organizations.1357"))
    settings.REMOVALS = 5
    assert remove(manager, account).status_code == 200


def test_r_acc_41_five_in_a_day_and_leaving_is_not_counted(world, manager):
    for _ in range(2):
        assert leave(key_for(make_administrator(member_of(world)))).status_code == 200
    for _ in range(5):
        assert remove(manager, member_of(world)).status_code == 200
    another = member_of(world)
    assert_refused(lambda: remove(manager, another), (400, "Organizations.1357"))


def test_r_org_12_who_may_leave_and_who_stays(world, manager, old):
    key = key_for(make_administrator(old))
    assert_refused(lambda: leave(manager), STAYS)
    assert_refused(lambda: leave(world.keys["reader"]), DENIED)
    assert_refused(lambda: leave(world.keys["alone"]), NO_ORGANIZATION)
    # R-ORG-13: a week has not passed.
    assert_refused(lambda: leave(world.keys["member"]), NOT_ALONE)

    response = leave(key)

    assert (response.status_code, response.content) == (200, b"")
    assert_refused(lambda: leave(key), NO_ORGANIZATION)
    event = Event.objects.order_by("-pk").first()
    assert (event.kind, event.request_id) == ("leaveOrganization", response["X-Request-Id"])


@pytest.mark.parametrize("headers", [{}, {"X-Idempotency-Key": "order-1"}])
def test_p4_a_leave_that_is_sent_twice_is_answered_alike(world, old, headers):
    """Although who has left may not leave any more."""
    key = key_for(make_administrator(old))
    signed = signed_headers(key, "POST", LEAVE, headers=headers)

    first, second = (send("POST", LEAVE, signed) for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert first.content == second.content == b""
    assert Event.objects.filter(kind="leaveOrganization").count() == 1
    assert_refused(lambda: leave(key), NO_ORGANIZATION)


@pytest.mark.parametrize("word", ["close", "remove"])
def test_p4_an_account_goes_once(world, manager, old, word):
    url = f"{ACCOUNTS}/{old.pk}/{word}"
    signed = signed_headers(manager, "POST", url)

    first, second = (send("POST", url, signed) for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert first.content == second.content == b""
    refusal = CLOSING if word == "close" else NOT_THERE
    assert_refused(lambda: ask(manager, "POST", url), refusal)


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
@pytest.mark.parametrize("word", ["close", "remove", "leave"])
def test_going_needs_no_body(world, manager, old, word, body):
    key = key_for(make_administrator(old)) if word == "leave" else manager
    url = LEAVE if word == "leave" else f"{ACCOUNTS}/{old.pk}/{word}"

    assert ask(key, "POST", url, body).status_code == 200


def test_every_state_of_a_closing_is_told_in_a_word_of_the_contract(world, manager):
    for state in ClosingState:
        ClosingRequest.objects.create(
            organization=world.organization,
            account=member_of(world),
            state=state,
            created_at=timezone.now(),
        )
    told = {each["state"] for each in told_of_closings(manager)}
    assert told == {"pending_closure", "suspended"}
