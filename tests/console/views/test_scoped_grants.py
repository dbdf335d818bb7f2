"""Who can do what where, and what somebody sees and is offered who has rights on one unit only."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orgs import operations
from orgs.models import ScopedGrant
from orgs.permissions import SCOPED, Permission
from tests.console.conftest import HTMX, make_company, signed_in
from tests.console.guardrails import SCP, switch_on
from tests.console.reading import Page, tree_of
from tests.console.views.grants import give
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator

pytestmark = pytest.mark.django_db

SEARCH = HTMX | {"HX-Target": "tree", "HX-Trigger": "tree-search"}


def test_the_structure_begins_at_the_granted_unit_and_names_what_is_above(granted, company):
    page = granted.get(reverse("structure")).content.decode()

    assert "Workloads" in page
    assert "Below" in page
    assert company.member.name in page
    assert "Beside" not in page
    assert "hidden-account" not in page
    assert reverse("unit", args=[company.organization.root.pk]) not in page


@pytest.mark.parametrize("name", ["unit", "unit_children", "create_unit", "unit_tags"])
def test_pages_of_other_places_say_where_the_rights_hold(granted, company, name):
    for unit in (company.beside, company.organization.root):
        answer = granted.get(reverse(name, args=[unit.pk]))

        assert answer.status_code == 403
        assert "It holds in Workloads only." in answer.content.decode()
        assert "Beside" not in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    ["accounts", "policies", "tags", "scoped_grants", "simulator", "create_policy"],
)
def test_lists_of_the_whole_organization_stay_closed(granted, name):
    assert granted.get(reverse(name)).status_code == 403


def test_inside_things_are_done_and_outside_refused_with_the_reason(granted, company):
    made = granted.post(reverse("create_unit", args=[company.below.pk]), {"name": "Mine"})
    before = digest_of_database()
    refused = granted.post(reverse("create_unit", args=[company.beside.pk]), {"name": "Mine"})

    assert made.status_code == 302
    assert company.organization.units.get(name="Mine").parent == company.below
    assert refused.status_code == 403
    assert "It holds in Workloads only." in refused.content.decode()
    assert digest_of_database() == before


def test_the_tree_is_searched_within_the_granted_units(granted, company):
    page = granted.get(reverse("structure"), {"name": "o"}).content.decode()

    assert tree_of(page) == ["Workloads", "  Below", f"  {company.member.name}"]
    nothing = granted.get(reverse("structure"), {"name": "hidden"}).content.decode()
    assert tree_of(nothing) == []
    assert "hidden-account" not in nothing
    by_id = granted.get(reverse("structure"), {"name": company.hidden.pk}).content.decode()
    assert tree_of(by_id) == []


def test_a_search_begins_at_each_of_the_highest_granted_units(granted, company):
    give(company, unit=company.below, username="keeper")
    give(company, unit=company.beside, username="keeper")

    page = granted.get(reverse("structure"), {"name": "o"}).content.decode()

    assert tree_of(page) == [
        "Beside",
        "  hidden-account",
        "Workloads",
        "  Below",
        f"  {company.member.name}",
    ]
    assert len(list(Page(page).attributes("li", tabindex="0"))) == 1


def test_a_search_takes_the_same_statements_for_any_number_of_units(granted, company):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            granted.get(reverse("structure"), {"name": "o"}, headers=SEARCH)
        return len(seen)

    statements()
    first = statements()
    for number in range(5):
        give(company, unit=UnitFactory(parent=company.beside, name=f"U{number}"), username="keeper")
    assert statements() == first


PREVIEWED = [
    ("move_accounts", {"preview_entity": "{member}", "destination_parent_id": "{inside}"}),
    ("move_unit", {"preview_entity": "{inner}", "destination_parent_id": "{inside}"}),
    ("attach", {"preview_policy": "p-FullAccess", "entity_id": "{inside}"}),
    ("detach", {"preview_policy": "p-FullAccess", "preview_entity": "{inside}"}),
    (
        "set",
        {
            "policy": "p-FullAccess",
            "preview_entity": "{inside}",
            "preview_type": "service_control_policy",
        },
    ),
]


@pytest.mark.parametrize(("kind", "sent"), PREVIEWED)
def test_what_may_be_done_inside_is_previewed_and_outside_it_is_refused(
    granted, company, kind, sent
):
    ids = {
        "member": company.member.pk,
        "inner": UnitFactory(parent=company.member.unit, name="Inner").pk,
    }

    switch_on(company, SCP)

    def preview(inside):
        filled = {name: text.format(**ids, inside=inside.pk) for name, text in sent.items()}
        return granted.post(reverse("preview"), {"preview": kind, **filled}, headers=HTMX)

    inside, outside = preview(company.below), preview(company.beside)

    assert inside.status_code == 200
    assert 'role="status"' in inside.text
    assert "Beside" not in inside.text
    assert outside.status_code == 403
    assert "It holds in Workloads only." in outside.headers["HX-Trigger"]
    assert "Beside" not in outside.text + outside.headers["HX-Trigger"]


def test_the_preview_of_a_move_names_only_what_is_inside(granted, company):
    policy = a_policy(company, "Guard")
    attach(company, policy, company.below)
    sent = {
        "preview": "move_accounts",
        "preview_entity": company.member.pk,
        "destination_parent_id": company.below.pk,
    }

    page = granted.post(reverse("preview"), sent, headers=HTMX).text

    assert "Guard" in page
    assert "at Below" in page
    assert reverse("policy", args=[policy.pk]) not in page


def test_a_policy_that_the_grant_does_not_name_is_not_previewed(granted, company):
    policy = a_policy(company, "Secret guard")
    sent = {"preview": "attach", "preview_policy": policy.pk, "entity_id": company.below.pk}

    answer = granted.post(reverse("preview"), sent, headers=HTMX)

    assert answer.status_code == 404
    assert "Secret guard" not in answer.text + answer.headers["HX-Trigger"]


def test_saving_and_switching_off_are_not_previewed_for_a_grantee(granted, company):
    policy = a_policy(company, "Guard")
    for sent in (
        {"preview": "save", "preview_policy": policy.pk, "document": "{}"},
        {"preview": "disable", "preview_type": "service_control_policy"},
        {"preview": "save", "preview_policy": policy.pk, "entity_id": company.below.pk},
    ):
        answer = granted.post(reverse("preview"), sent, headers=HTMX)

        assert answer.status_code in {403, 404}, sent
        assert "Guard" not in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"preview": "attach", "preview_policy": "p-FullAccess", "entity_id": "ou-\0"},
        {"preview": "attach", "preview_policy": "p-FullAccess", "entity_id": "nothing"},
        {"preview": "disable", "preview_type": "service_control_policy"},
        {"preview": "set", "policy": "p-FullAccess", "preview_type": "service_control_policy"},
        {"preview": "move_accounts", "preview_entity": "\0", "destination_parent_id": "\0"},
    ],
)
def test_what_names_no_place_inside_is_not_previewed(granted, company, sent):
    switch_on(company, SCP)

    answer = granted.post(reverse("preview"), sent, headers=HTMX)

    assert answer.status_code == 403


def test_a_preview_takes_the_same_statements_for_any_number_of_places(granted, company):
    def statements(number):
        units = [UnitFactory(parent=company.below) for _ in range(number)]
        moved = [f"{AccountFactory(member_of=unit).pk}:{unit.pk}" for unit in units]
        sent = {
            "preview": "move_accounts",
            "moved": moved,
            "destination_parent_id": company.below.pk,
            "policy": ["p-FullAccess"],
        }
        with CaptureQueriesContext(connection) as seen:
            assert granted.post(reverse("preview"), sent, headers=HTMX).status_code == 200
        return len(seen)

    statements(1)
    assert statements(10) == statements(1)


def test_without_the_right_to_move_no_move_is_previewed(company):
    user = make_administrator(
        AccountFactory(member_of=company.organization.root), username="tagger"
    )
    give(company, username="tagger", permissions=[Permission.TAG_RESOURCE])
    below = UnitFactory(parent=company.member.unit, name="Below")
    sent = {
        "preview": "move_accounts",
        "preview_entity": company.member.pk,
        "destination_parent_id": below.pk,
    }

    answer = signed_in(user).post(reverse("preview"), sent, headers=HTMX)

    assert answer.status_code == 403


def test_dialogs_of_a_grantee_have_a_place_for_the_preview(granted, company):
    switch_on(company, SCP)
    for name, args in (
        ("move_account", [company.member.pk]),
        ("move_unit", [company.below.pk]),
        ("attach_here", [company.below.pk]),
    ):
        assert 'id="preview"' in granted.get(reverse(name, args=args)).text, name


def test_invitations_into_granted_units_are_listed_with_what_can_be_done(granted, company):
    inside = invite(company, "north-office", company.below)
    invite(company, "south-office", company.beside)
    invite(company, "root-office", None)

    page = granted.get(reverse("sent_invitations")).text

    assert "north-office" in page
    assert "south-office" not in page
    assert "root-office" not in page
    assert reverse("cancel_invitation", args=[inside.pk]) in page
    assert reverse("sent_invitations") in granted.get(reverse("structure")).text
    granted.post(reverse("cancel_invitation", args=[inside.pk]), {})
    assert "Cancelled" in granted.get(reverse("sent_invitations")).text


def test_invitations_are_seen_but_not_taken_back_without_the_right(company):
    user = make_administrator(
        AccountFactory(member_of=company.organization.root), username="tagger"
    )
    give(company, username="tagger", permissions=[Permission.TAG_RESOURCE])
    sent = invite(company, "north-office", company.member.unit)

    page = signed_in(user).get(reverse("sent_invitations")).text

    assert "north-office" in page
    assert reverse("cancel_invitation", args=[sent.pk]) not in page


def test_a_grant_on_the_root_sees_invitations_to_the_root(company):
    user = make_administrator(AccountFactory(member_of=company.organization.root), username="top")
    give(company, unit=company.organization.root, username="top")
    sent = invite(company, "head-office", None)

    page = signed_in(user).get(reverse("sent_invitations")).text

    assert reverse("cancel_invitation", args=[sent.pk]) in page


def test_own_rights_and_their_end_stand_on_one_page(granted, company, clock):
    operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=company.beside.pk,
        username="keeper",
        permissions=[Permission.TAG_RESOURCE],
        expires_at=timezone.now() + timedelta(hours=1),
    )

    page = granted.get(reverse("own_rights")).text
    assert "Move accounts between units" in page
    assert "Attach and detach policies: FullAccess" in page
    assert "it is taken back" in page
    assert "Beside" in page
    assert "No longer in force" not in page
    assert company.administrator.username not in page


def test_of_rights_that_have_ended_no_name_is_left(company, clock):
    user = make_administrator(AccountFactory(member_of=company.organization.root), username="once")
    unit = UnitFactory(parent=company.member.unit, name="Below")
    policy = a_policy(company, "Guard")
    operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=unit.pk,
        username="once",
        permissions=[Permission.ATTACH_POLICY],
        policy_ids=[policy.pk],
        expires_at=timezone.now() + timedelta(hours=1),
    )
    clock.forward(hours=2)

    page = signed_in(user).get(reverse("own_rights")).text

    assert "No longer in force" in page
    assert "Nothing is granted to you on single units." in page
    assert unit.pk in page
    for gone in ("Below", "Workloads", "Guard", reverse("unit", args=[unit.pk])):
        assert gone not in page


def test_own_rights_of_who_has_no_grant(company, administrator):
    page = administrator.get(reverse("own_rights")).text

    assert "Nothing is granted to you on single units." in page
    assert "Everything: you are an administrator of the management account." in page


def a_policy(company, name):
    switch_on(company, SCP)
    return operations.policies.create_policy(
        actor=actor_for(company.administrator),
        policy_type="service_control_policy",
        name=name,
        content='{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]}',
    )


def attach(company, policy, entity):
    operations.attachments.attach_policy(
        actor=actor_for(company.administrator), policy_id=policy.pk, entity_id=entity.pk
    )


def invite(company, name, unit):
    AccountFactory(name=name)
    return operations.invitations.invite_account(
        actor=actor_for(company.administrator),
        target_type="name",
        target=name,
        destination_parent_id=unit.pk if unit else None,
    )


def test_what_was_not_granted_is_off_with_the_reason(company):
    user = make_administrator(
        AccountFactory(member_of=company.organization.root), username="tagger"
    )
    give(company, username="tagger", permissions=[Permission.TAG_RESOURCE])

    page = signed_in(user).get(reverse("unit", args=[company.member.unit_id])).content.decode()

    assert "This is not among the rights that you were granted here" in page
    assert reverse("unit_tags", args=[company.member.unit_id]) in page


def test_a_grant_whose_time_is_over_opens_nothing(granted, company):
    ScopedGrant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert granted.get(reverse("structure")).status_code == 403
    assert granted.get(reverse("unit", args=[company.member.unit_id])).status_code == 403


def test_granting_changing_and_taking_back_by_the_pages(administrator, company):
    given = {
        "kind": "user",
        "grantee": company.member_user.username,
        "unit_id": company.member.unit_id,
        "permissions": ["create_unit", "tag_resource"],
        "expires_at": "2999-01-01T00:00",
    }

    assert administrator.post(reverse("create_scoped_grant"), given).status_code == 302
    grant = ScopedGrant.objects.get()
    assert grant.permissions == [Permission.CREATE_UNIT, Permission.TAG_RESOURCE]
    assert grant.expires_at.year == 2999
    again = administrator.post(reverse("create_scoped_grant"), given)
    assert again.status_code == 409
    assert "has a grant on Workloads already" in again.content.decode()
    changed = {"permissions": ["move_account"]}
    administrator.post(reverse("update_scoped_grant", args=[grant.pk]), changed)
    assert ScopedGrant.objects.get().permissions == [Permission.MOVE_ACCOUNT]
    page = administrator.get(reverse("scoped_grants")).content.decode()
    assert company.member_user.username in page
    everything = f"{reverse('revoke_scoped_grants')}?user={company.member_user.username}"
    assert "Take everything back" in administrator.get(everything).content.decode()
    assert administrator.post(everything).status_code == 302
    assert not ScopedGrant.objects.exists()


def test_who_is_no_administrator_sees_the_list_and_why_nothing_can_be_changed(company):
    grant = give(company, username=company.member_user.username)
    reader = signed_in(company.reader)

    page = reader.get(reverse("scoped_grants")).content.decode()

    assert "You are signed in as a reader" in page
    before = digest_of_database()
    for name, ids in [("update_scoped_grant", [grant.pk]), ("revoke_scoped_grant", [grant.pk])]:
        posted = reader.post(reverse(name, args=ids), {"permissions": ["create_unit"]})
        assert posted.status_code == 403
    assert digest_of_database() == before


def test_200_rows_take_as_many_statements_as_one(administrator, company):
    def statements():
        with CaptureQueriesContext(connection) as counted:
            page = administrator.get(reverse("scoped_grants")).content.decode()
        return len(counted), page.count('<td class="right">')

    give(company, username=company.member_user.username)
    statements()
    one, cells = statements()
    assert cells == len(SCOPED)
    for number in range(199):
        account = AccountFactory(member_of=company.organization.root)
        make_administrator(account, username=f"user-{number}")
        give(company, username=f"user-{number}")
    many, cells = statements()

    assert (many, cells) == (one, 200 * len(SCOPED))


def test_r_gen_3_grants_of_another_organization_are_not_there(administrator):
    other = make_company()
    theirs = give(other, username=other.member_user.username)

    for name in ("update_scoped_grant", "revoke_scoped_grant"):
        answers = [administrator.get(reverse(name, args=[pk])) for pk in (theirs.pk, 2**62)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert other.member_user.username not in answers[0].content.decode()
