"""The pages of webhooks and e-mail subscriptions: who sees what, the secret once, the log."""

import pytest

from orgs import operations
from orgs.models import Delivery, Subscription
from tests.console.conftest import make_company, signed_in
from tests.console.pages.ids import of_subscription
from tests.console.reading import read
from tests.digest import digest_of_database
from tests.factories import UnitFactory, actor_for

URL = "/settings/"
NEW = "/settings/subscriptions/new/"
TYPED = {"channel": "webhook", "name": "Ledger", "target": "https://example.com/hook"}


def test_settings_leads_to_a_subscription_whose_secret_is_shown_once(administrator):
    page = read(administrator.get(URL))
    assert [a["href"] for a in page.attributes("a") if a["href"] == NEW] == [NEW]

    made = administrator.post(NEW, TYPED)

    subscription = Subscription.objects.get()
    (secret,) = read(made).text("code", class_="secret")
    assert secret.startswith("whsec_")
    assert made["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    for url in (URL, f"/settings/subscriptions/{subscription.pk}/"):
        shown = administrator.get(url).content.decode()
        assert "Ledger" in shown
        assert secret not in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": "http://example.com/"}, "The address has to begin with https://."),
        (
            {"target": "https://10.0.0.1/"},
            "This address leads into a private network, which is not allowed.",
        ),
        ({"unit_id": "nothing"}, "This does not look like an id of the expected kind."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_create_subscription_says_what_is_wrong_at_its_field(administrator, wrong, said):
    before = digest_of_database()

    response = administrator.post(NEW, TYPED | wrong)

    assert response.status_code == 422
    assert read(response).text("p", class_="wrong") == [said]
    assert (
        read(response).attributes("input", name="target")[0]["value"] == (TYPED | wrong)["target"]
    )
    assert digest_of_database() == before


def test_create_subscription_says_where_the_quota_is_used_up(administrator, settings):
    settings.SUBSCRIPTIONS = 0

    response = administrator.post(NEW, TYPED)

    assert response.status_code == 409
    assert read(response).text("p", class_="notice bad") == [
        "An organization may have 0 subscriptions."
    ]


def test_a_reader_and_a_member_see_no_subscription(company):
    (subscription_id,) = of_subscription(company)
    url = f"/settings/subscriptions/{subscription_id}/"

    reader, member = signed_in(company.reader), signed_in(company.member_user)

    assert "administrators decide where events are sent" in reader.get(URL).text
    assert "Ledger" not in reader.get(URL).text
    assert "Webhooks" not in member.get(URL).text
    for client in (reader, member):
        assert [client.get(at).status_code for at in (url, NEW, f"{url}change/")] == [403] * 3
    assert signed_in(make_company().administrator).get(url).status_code == 404


def test_subscription_shows_its_log_in_parts(company, administrator, django_assert_num_queries):
    (subscription_id,) = of_subscription(company)
    url = f"/settings/subscriptions/{subscription_id}/"
    with django_assert_num_queries(8):
        few = read(administrator.get(url))
    assert few.text("pre") == ["What somebody answered"] * 3
    assert "answered 503" in few.text("p", class_="wrong")
    first = Delivery.objects.first()
    Delivery.objects.bulk_create(
        Delivery(
            organization=first.organization,
            subscription=first.subscription,
            event=company.organization.events.first(),
            created_at=first.created_at,
            due_at=first.due_at,
        )
        for _number in range(60)
    )

    with django_assert_num_queries(8):
        many = read(administrator.get(url))

    (older,) = (a["href"] for a in many.attributes("a") if "before=" in a["href"])
    assert len(many.attributes("li", class_="entry")) == 50
    assert len(read(administrator.get(older)).attributes("li", class_="entry")) == 14


def test_subscription_is_tested_repeated_switched_renewed_changed_and_deleted(
    company, administrator
):
    (subscription_id,) = of_subscription(company)
    url = f"/settings/subscriptions/{subscription_id}/"
    failed = Delivery.objects.get(state="failed")

    assert administrator.post(f"{url}test/")["Location"] == url
    assert Delivery.objects.latest("pk").event is None
    administrator.post(f"{url}deliveries/{failed.pk}/again/")
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("waiting", 0)
    administrator.post(f"{url}switch/", {"is_active": "0"})
    assert Subscription.objects.get().state == "disabled"
    assert "whsec_" in administrator.post(f"{url}secret/").text
    changed = {"name": "Other", "target": "https://example.com/b", "unit_id": "", "kinds": []}
    assert administrator.post(f"{url}change/", changed)["Location"] == url
    subscription = Subscription.objects.get()
    assert (subscription.name, subscription.unit, subscription.kinds) == ("Other", None, [])
    assert administrator.get(f"{url}delete/").status_code == 200
    assert administrator.post(f"{url}delete/")["Location"] == URL
    assert not Subscription.objects.exists()
    assert administrator.get(url).status_code == 404


def test_a_paused_subscription_says_so_and_how_to_go_on(company, administrator):
    (subscription_id,) = of_subscription(company)
    Subscription.objects.update(state="paused")

    page = read(administrator.get(f"/settings/subscriptions/{subscription_id}/"))

    assert page.text("p", class_="notice bad")[0].startswith("Nothing has arrived for days")
    assert page.text("button", name="is_active") == ["Switch on"]
    assert "Paused after failures" in read(administrator.get(URL)).text("span", class_="badge bad")


def test_renew_secret_of_one_by_email_is_refused(company, administrator):
    made, _secret = operations.subscriptions.create_subscription(
        actor=actor_for(company.administrator),
        channel="email",
        name="Colleagues",
        target="a@example.com",
    )

    assert administrator.get(f"/settings/subscriptions/{made.pk}/secret/").status_code == 409


def test_the_place_of_a_subscription_is_chosen_in_the_tree(company, administrator):
    unit, root = company.member.unit, company.organization.root
    below = UnitFactory(parent=unit, name="Production")

    opened = administrator.post(NEW, TYPED | {"at": unit.pk, "unit_id": unit.pk})

    page = read(opened)
    assert opened.status_code == 200
    radios = page.attributes("input", name="unit_id")
    assert [radio["value"] for radio in radios] == [root.pk, unit.pk, below.pk]
    assert [radio["value"] for radio in radios if "checked" in radio] == [unit.pk]
    assert page.attributes("input", name="name")[0]["value"] == "Ledger"
    assert page.text("p", class_="wrong") == []
    headers = {"HX-Request": "true", "HX-Target": "picker"}
    part = administrator.post(NEW, TYPED | {"at": unit.pk}, headers=headers)
    assert part.text.lstrip().startswith('<div id="picker"')
    assert not Subscription.objects.exists()
    administrator.post(NEW, TYPED | {"unit_id": below.pk})
    subscription = Subscription.objects.get()
    assert subscription.unit == below
    url = f"/settings/subscriptions/{subscription.pk}/change/"
    shown = read(administrator.get(url)).attributes("input", name="unit_id")
    assert [radio["value"] for radio in shown if "checked" in radio] == [below.pk]
    administrator.post(url, TYPED | {"unit_id": root.pk})
    subscription.refresh_from_db()
    assert subscription.unit is None
