"""What operators do: each act is one operation; a refusal is a message, and nothing is written."""

import pytest
from django.contrib.messages import get_messages

from orgs import key_ring
from orgs.models import AccessKey, Account, CareRun, Event, Job, OrganizationalUnit, Role, User
from orgs.operations.access_keys import make_access_key
from orgs.operations.creations import create_account
from orgs.operations.jobs import note_worker
from orgs.operations.organizations import delete_organization
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_administrator, make_organization

STRONG = "calm-banyan-shade-43"
ACCOUNTS, USERS = "/operator/orgs/account/", "/operator/orgs/user/"


def messages_of(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def shown_once(response) -> dict[str, str]:
    page = Page(response.text)
    return dict(zip(page.text("dt"), page.text("dd"), strict=True))


def errors_of(response) -> dict[str, list[str]]:
    return dict(response.context_data["form"].errors)


def test_create_standalone_account_shows_its_secrets_once_and_keeps_none(operator, settings):
    given = {
        "name": "acme-root",
        "username": "ada",
        "with_access_key": "on",
        "email": "",
        "phone": "",
    }

    response = operator.post(f"{ACCOUNTS}create_standalone_account/", given)

    assert response.status_code == 200
    shown = shown_once(response)
    assert list(shown) == ["User name", "Password", "Access key", "Secret key"]
    user, key = User.objects.get(username="ada"), AccessKey.objects.get()
    assert user.check_password(shown["Password"])
    assert (
        key_ring.unseal(bytes(key.sealed_secret), owner=key.pk, ring=settings.KEY_RING)
        == shown["Secret key"]
    )
    event = Event.objects.get()
    assert event.kind == "createStandaloneAccount"
    assert (event.actor_username, event.is_operator) == ("olga", True)
    assert event.actor_user_id == User.objects.get(username="olga").pk
    assert event.source_address == "127.0.0.1"
    assert "no-store" in response["Cache-Control"]
    again = operator.get(f"{ACCOUNTS}{Account.objects.get().pk}/change/").text
    assert shown["Password"] not in again
    assert shown["Secret key"] not in again
    assert shown["Secret key"] not in repr(dict(operator.session))


def test_create_standalone_account_with_a_password_shows_none(operator):
    given = {"name": "acme-root", "password": STRONG}

    response = operator.post(f"{ACCOUNTS}create_standalone_account/", given)

    assert shown_once(response) == {"User name": "acme-root"}
    assert User.objects.get(username="acme-root").check_password(STRONG)
    assert STRONG not in response.text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "short"}, "name"),
        ({"name": "acme-root", "email": "nobody"}, "email"),
        ({"name": "acme-root", "phone": "x"}, "phone"),
        ({"name": "acme-root", "username": "a b"}, "username"),
        ({"name": "acme-root", "password": "tiny-one"}, "password"),
        ({"name": ""}, "name"),
        ({"name": "acme\x00root"}, "name"),
    ],
)
def test_create_standalone_account_says_at_the_field_what_is_wrong(operator, given, field):
    before = digest_of_database()

    response = operator.post(f"{ACCOUNTS}create_standalone_account/", given)

    assert response.status_code == 422
    assert list(errors_of(response)) == [field]
    assert given.get("password", "nothing") not in response.text
    assert digest_of_database() == before


def test_create_standalone_account_refused_is_a_message(operator):
    AccountFactory(name="acme-root")
    before = digest_of_database()

    response = operator.post(f"{ACCOUNTS}create_standalone_account/", {"name": "ACME-root"})

    assert response.status_code == 409
    assert "Another account already has this name." in response.text
    assert digest_of_database() == before


def test_create_user_of_an_account(operator):
    organization, _ = make_organization()
    account = organization.management_account
    path = f"{ACCOUNTS}{account.pk}/create_user/"
    assert account.name in operator.get(path).text

    response = operator.post(path, {"username": "anna", "role": "reader"})

    user = User.objects.get(username="anna")
    assert (user.account, user.role) == (account, Role.READER)
    assert user.check_password(shown_once(response)["Password"])
    assert organization.events.latest("number").actor_username == "olga"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"username": "anna", "role": "owner"}, 422),
        ({"username": "olga", "role": "reader"}, 409),
        ({"username": "", "role": "reader"}, 422),
        ({}, 422),
    ],
)
def test_create_user_refused_writes_nothing(operator, given, status):
    account = AccountFactory()
    before = digest_of_database()

    response = operator.post(f"{ACCOUNTS}{account.pk}/create_user/", given)

    assert response.status_code == status
    assert digest_of_database() == before


def test_create_access_key_shows_its_secret_once(operator, settings):
    user = make_administrator(AccountFactory(), username="anna")

    response = operator.post(f"{USERS}{user.pk}/create_access_key/")

    key = AccessKey.objects.get()
    assert shown_once(response) == {
        "Access key": key.pk,
        "Secret key": key_ring.unseal(
            bytes(key.sealed_secret), owner=key.pk, ring=settings.KEY_RING
        ),
    }
    assert key.user == user


def test_create_access_key_of_an_operator_is_refused(operator, olga):
    before = digest_of_database()

    response = operator.post(f"{USERS}{olga.pk}/create_access_key/")

    assert response.status_code == 404
    assert "There is no user olga." in response.text
    assert digest_of_database() == before


def test_create_operator(operator):
    response = operator.post(f"{USERS}create_operator/", {"username": "otto"})

    otto = User.objects.get(username="otto")
    assert otto.is_operator
    assert otto.check_password(shown_once(response)["Password"])


def test_set_account_quota(operator):
    organization, _ = make_organization()
    path = f"/operator/orgs/organization/{organization.pk}/set_account_quota/"

    response = operator.post(path, {"quota": "77"})

    assert response["Location"] == f"/operator/orgs/organization/{organization.pk}/change/"
    assert messages_of(response) == [f"{organization.name} may hold 77 accounts now."]
    organization.refresh_from_db()
    assert organization.account_quota == 77
    assert "1 of 77, set by an operator" in operator.get(response["Location"]).text


@pytest.mark.parametrize("quota", ["0", "-1", "10001", "", "x", "1e3", "9" * 100])
def test_set_account_quota_out_of_range_writes_nothing(operator, quota):
    organization, _ = make_organization()
    before = digest_of_database()

    response = operator.post(
        f"/operator/orgs/organization/{organization.pk}/set_account_quota/", {"quota": quota}
    )

    assert response.status_code == 422
    assert list(errors_of(response)) == ["quota"]
    assert digest_of_database() == before


def test_a_deleted_organization_is_shown_and_its_quota_is_not_set(operator):
    organization, actor = make_organization()
    delete_organization(actor=actor)
    before = digest_of_database()

    response = operator.post(
        f"/operator/orgs/organization/{organization.pk}/set_account_quota/", {"quota": "7"}
    )

    assert operator.get(f"/operator/orgs/organization/{organization.pk}/change/").status_code == 200
    assert response.status_code == 404
    assert f"There is no organization {organization.pk}." in response.text
    assert digest_of_database() == before


INTEGRITY, KEY_RING = "/operator/orgs/carerun/integrity/", "/operator/orgs/carerun/key_ring/"


def test_integrity_is_checked_by_a_worker_told_and_a_tree_is_repaired(operator, run_jobs):
    organization, _ = make_organization()
    unit = UnitFactory(parent=organization.root)
    assert "Nothing was checked yet." in operator.get(INTEGRITY).text
    asked = operator.post("/operator/orgs/carerun/check_integrity/")
    assert asked["Location"] == INTEGRITY
    assert "waits for a worker" in operator.get(INTEGRITY).text
    again = operator.post("/operator/orgs/carerun/check_integrity/")
    assert (again.status_code, CareRun.objects.count()) == (409, 1)
    run_jobs()
    assert "Every promise holds." in operator.get(INTEGRITY).text
    OrganizationalUnit.objects.filter(pk=unit.pk).update(level=9)
    operator.post("/operator/orgs/carerun/check_integrity/")
    run_jobs()
    path = f"/operator/orgs/organization/{organization.pk}/repair_tree/"

    page = operator.get(INTEGRITY).text

    assert "1 promise is broken." in page
    assert path in page
    operator.get(path)
    assert OrganizationalUnit.objects.get(pk=unit.pk).level == 9
    repaired = operator.post(path)
    assert messages_of(repaired) == ["1 unit was repaired."]
    assert "1 unit was repaired." in operator.get(repaired["Location"]).text
    assert OrganizationalUnit.objects.get(pk=unit.pk).level == 1
    assert organization.events.latest("number").kind == "repairTree"
    assert messages_of(operator.post(path)) == ["The tree was sound; nothing was changed."]


def test_everything_is_repaired_once_it_is_confirmed(operator, run_jobs):
    organization, _ = make_organization()
    unit = UnitFactory(parent=organization.root)
    OrganizationalUnit.objects.filter(pk=unit.pk).update(level=9)
    operator.get("/operator/orgs/carerun/repair/")
    assert CareRun.objects.count() == 0

    operator.post("/operator/orgs/carerun/repair/")
    run_jobs()

    run = CareRun.objects.get()
    page = operator.get(f"/operator/orgs/carerun/{run.pk}/change/").text
    assert "1 unit was repaired." in page
    assert "All is well." in page
    assert organization.events.latest("number").actor_username == "olga"
    assert "Every promise holds." in operator.get(INTEGRITY).text


def test_the_events_of_one_organization_are_verified_and_the_result_is_kept(operator, run_jobs):
    organization, _ = make_organization()
    make_organization()
    path = f"/operator/orgs/organization/{organization.pk}/verify_events/"

    asked = operator.post(path)
    run_jobs()

    page = operator.get(asked["Location"])
    assert [run.holds for run in page.context_data["cl"].result_list] == [True]
    organization.events.update(kind="other")
    operator.post(path)
    run_jobs()
    run = CareRun.objects.latest("pk")
    assert run.holds is False
    told = operator.get(f"/operator/orgs/carerun/{run.pk}/change/").text
    assert f"{organization.pk}: event 1 was altered" in told


def test_the_key_ring_is_shown_by_fingerprints_and_secrets_are_rotated(
    operator, settings, run_jobs
):
    user = make_administrator(AccountFactory(), username="anna")
    make_access_key(user)
    (old,) = settings.KEY_RING
    new = bytes(range(32))
    assert "Every secret is sealed under the newest key." in operator.get(KEY_RING).text
    settings.KEY_RING = [new, old]

    page = operator.get(KEY_RING).text

    assert "1 secret is still sealed under an older key." in page
    for key in (old, new):
        assert key_ring.fingerprint(key) in page
        assert key.hex() not in page
    operator.post("/operator/orgs/carerun/rotate_secrets/")
    run_jobs()
    page = operator.get(KEY_RING).text
    assert "Every secret is sealed under the newest key." in page
    assert "No worker has seen it yet" not in page
    settings.KEY_RING = [old]
    assert "No key of the ring opens 1 secret." in operator.get(KEY_RING).text


def test_job_health_tells_what_is_stuck_and_all_that_was_given_up_is_tried_again(operator):
    health = "/operator/orgs/job/health/"
    _, actor = make_organization()
    assert "Jobs are done as they come." in operator.get(health).text
    for number in range(3):
        create_account(actor=actor, name=f"brand-new-{number}")
    assert "nobody takes them. Is a worker running?" in operator.get(health).text
    Job.objects.update(state="dead", attempts=5, problem="no connection")
    note_worker(worker_id="w" * 32, host="web-1", process_id=7)
    page = operator.get(health).text
    assert "3 jobs were given up and need somebody." in page
    assert "web-1" in page
    operator.get("/operator/orgs/job/retry_jobs/")
    assert Job.objects.filter(state="dead").count() == 3

    response = operator.post("/operator/orgs/job/retry_jobs/")

    assert messages_of(response) == ["3 jobs are done again within seconds."]
    assert set(Job.objects.values_list("state", "attempts")) == {("waiting", 0)}
    assert Event.objects.filter(kind="retryJob").count() == 3


def test_an_account_is_marked_as_not_eligible_and_as_eligible_again(operator):
    account = AccountFactory()
    path = f"{ACCOUNTS}{account.pk}/"
    page = operator.get(f"{path}change/").text
    assert ("refuse_account" in page, "admit_account" in page) == (True, False)
    operator.get(f"{path}refuse_account/")
    assert Account.objects.get().is_eligible

    response = operator.post(f"{path}refuse_account/")

    assert messages_of(response) == [f"{account.name} is not eligible any more."]
    assert not Account.objects.get().is_eligible
    page = operator.get(f"{path}change/").text
    assert ("refuse_account" in page, "admit_account" in page) == (False, True)
    operator.post(f"{path}admit_account/")
    assert Account.objects.get().is_eligible
    assert [event.kind for event in account.events.order_by("number")] == ["updateEligibility"] * 2


@pytest.mark.parametrize("kind", ["user", "operator"])
def test_disable_and_enable(operator, kind):
    user = (
        make_administrator(AccountFactory(), username="anna")
        if kind == "user"
        else User.objects.create_user("otto", is_staff=True)
    )
    operator.get(f"{USERS}{user.pk}/disable_user/")
    assert User.objects.get(pk=user.pk).is_active

    response = operator.post(f"{USERS}{user.pk}/disable_user/")

    assert messages_of(response) == [f"Disabled: {user.username}"]
    assert not User.objects.get(pk=user.pk).is_active
    operator.post(f"{USERS}{user.pk}/enable_user/")
    assert User.objects.get(pk=user.pk).is_active


def test_the_page_of_a_user_offers_what_changes_something(operator, olga):
    user = make_administrator(AccountFactory(), username="anna")

    def offered(pk):
        page = operator.get(f"{USERS}{pk}/change/").text
        tools = ("create_access_key", "disable_user", "enable_user")
        return [name for name in tools if f"{USERS}{pk}/{name}/" in page]

    assert offered(user.pk) == ["create_access_key", "disable_user"]
    assert offered(olga.pk) == ["disable_user"]
    operator.post(f"{USERS}{user.pk}/disable_user/")
    assert offered(user.pk) == ["create_access_key", "enable_user"]


def test_disable_oneself_is_refused(operator, olga):
    before = digest_of_database()

    response = operator.post(f"{USERS}{olga.pk}/disable_user/")

    assert response.status_code == 409
    assert "somebody else has to disable this user" in response.text
    assert digest_of_database() == before


def test_disable_the_selected_users_tells_who_was_refused(operator, olga):
    users = [make_administrator(AccountFactory(), username=name) for name in ("anna", "bert")]
    chosen = [str(user.pk) for user in (*users, olga)]

    response = operator.post(USERS, {"action": "disable_users", "_selected_action": chosen})

    assert messages_of(response) == [
        "olga: You are signed in as olga; somebody else has to disable this user.",
        "Disabled: anna, bert",
    ]
    assert list(User.objects.filter(is_active=True)) == [olga]
    operator.post(USERS, {"action": "enable_users", "_selected_action": chosen})
    assert User.objects.filter(is_active=True).count() == 3


@pytest.mark.parametrize(
    "path",
    [
        "account/{}/create_user/",
        "user/{}/create_access_key/",
        "user/{}/disable_user/",
        "user/{}/enable_user/",
        "organization/{}/set_account_quota/",
        "organization/{}/repair_tree/",
        "organization/{}/repair_tag_policies/",
        "organization/{}/verify_events/",
        "account/{}/refuse_account/",
        "account/{}/admit_account/",
        "integrableservice/{}/update_service/",
        "integrableservice/{}/delete_service/",
        "tagpolicyservice/{}/update_service/",
        "tagpolicyservice/{}/delete_service/",
        "account/{}/convert_account/",
        "job/{}/retry_job/",
    ],
)
@pytest.mark.parametrize("object_id", ["0" * 32, "nowhere", "%00"])
def test_an_act_on_what_is_not_there_is_no_page(operator, path, object_id):
    before = digest_of_database()

    for method in (operator.get, operator.post):
        assert method("/operator/orgs/" + path.format(object_id)).status_code == 404

    assert digest_of_database() == before


def test_an_operator_who_is_none_any_more_does_nothing(operator, olga):
    organization, _ = make_organization()
    User.objects.filter(pk=olga.pk).update(is_staff=False)
    before = digest_of_database()

    response = operator.post(
        f"/operator/orgs/organization/{organization.pk}/set_account_quota/", {"quota": "7"}
    )

    assert response.status_code == 302
    assert digest_of_database() == before


def test_access_keys_are_disabled_enabled_and_deleted(operator):
    account = AccountFactory()
    user = make_administrator(account, username="anna")
    key, _secret = make_access_key(user)
    page = f"/operator/orgs/accesskey/{key.pk}/"

    def offered() -> set[str]:
        links = [
            str(link.get("href"))
            for link in Page(operator.get(f"{page}change/").text).attributes("a")
        ]
        return {
            act
            for act in ("disable_key", "enable_key", "delete_key")
            for link in links
            if act in link
        }

    assert offered() == {"disable_key", "delete_key"}
    operator.get(f"{page}disable_key/")
    assert AccessKey.objects.get().is_active
    response = operator.post(f"{page}disable_key/")
    assert messages_of(response) == [f"Access key {key.pk} is disabled."]
    assert not AccessKey.objects.get().is_active
    assert offered() == {"enable_key", "delete_key"}
    operator.post(f"{page}enable_key/")
    assert AccessKey.objects.get().is_active
    operator.post(f"{page}delete_key/")
    assert not AccessKey.objects.exists()
    kinds = [event.kind for event in account.events.order_by("number")]
    assert kinds == ["updateAccessKey", "updateAccessKey", "deleteAccessKey"]
    assert {event.actor_username for event in account.events.all()} == {"olga"}


def test_a_job_that_was_given_up_is_tried_again(operator):
    _, actor = make_organization()
    create_account(actor=actor, name="brand-new")
    job = Job.objects.get()
    path = f"/operator/orgs/job/{job.pk}/"
    assert "retry_job" not in operator.get(f"{path}change/").text
    refused = operator.post(f"{path}retry_job/")
    assert (refused.status_code, Job.objects.get().state) == (409, "waiting")
    Job.objects.update(state="dead", attempts=5, problem="no connection")
    assert "retry_job" in operator.get(f"{path}change/").text
    operator.get(f"{path}retry_job/")
    assert Job.objects.get().state == "dead"

    response = operator.post(f"{path}retry_job/")

    assert messages_of(response) == ["The job is done again within seconds."]
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)
    event = Event.objects.latest("pk")
    assert (event.kind, event.actor_username) == ("retryJob", "olga")
    assert operator.get(f"/operator/orgs/event/{event.pk}/change/").status_code == 200


def test_an_account_is_noted_as_a_full_account(operator):
    account = AccountFactory(is_resource_account=True)
    path = f"{ACCOUNTS}{account.pk}/"
    assert "convert_account" in operator.get(f"{path}change/").text
    operator.get(f"{path}convert_account/")
    assert not Account.objects.get().is_converted

    response = operator.post(f"{path}convert_account/")

    assert messages_of(response) == [f"{account.name} is a full account now."]
    assert Account.objects.get().is_converted
    assert account.events.get().actor_username == "olga"
    assert "convert_account" not in operator.get(f"{path}change/").text
