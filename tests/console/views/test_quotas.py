"""R-QUO: every limit is seen before it bites."""

import pytest

from orgs import operations, queries
from orgs.actor import Actor
from orgs.models import PolicyType
from tests.console.conftest import signed_in
from tests.console.reading import read
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator
from tests.test_authorization import a_plan

URL = "/quotas/"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'


def test_r_quo_1_quotas_shows_used_and_limit(company):
    page = read(signed_in(company.reader).get(URL))

    said = " ".join(page.text("p"))
    assert page.text("h1") == ["Quotas"]
    assert "Accounts2 of 10" in said
    assert "Organizational units1 of 1,000" in said
    assert "Policies0 of 2,000" in said
    assert page.text("p", class_="notice warn") == []
    assert "Nobody has set it" in said


def test_r_quo_3_quotas_tells_how_the_quota_was_set(company):
    for quota in (12, 7):
        operations.quotas.set_account_quota(
            actor=Actor.operator("the operator"),
            organization_id=company.organization.pk,
            quota=quota,
        )

    page = read(signed_in(company.administrator).get(URL))

    latest, first = (text for text in page.text("li") if text.startswith("From"))
    assert latest.startswith("From 12 to 7 by the operator")
    assert first.startswith("From the default to 12 by the operator")


def test_r_quo_3_quotas_tells_that_the_quota_came_with_the_import(db):
    founder = AccountFactory()
    organization = operations.organization_files.import_organization(
        actor=Actor.operator("the operator"),
        plan=a_plan(founder.name),
        management_account=founder.name,
    )
    founder.refresh_from_db()

    page = read(signed_in(make_administrator(founder)).get(URL))

    (told,) = (text for text in page.text("li") if text.startswith("From"))
    assert told.startswith(f"From the default to {organization.account_quota} by the operator")


def test_r_quo_2_quotas_warns_of_what_is_nearly_used_up_and_says_what_to_do(company, settings):
    settings.ACCOUNT_QUOTA = 2

    page = read(signed_in(company.administrator).get(URL))

    (warning,) = page.text("p", class_="notice bad")
    assert warning.startswith("Accounts: used up. An operator of this installation can raise it.")


def test_quotas_is_not_for_members(company):
    assert signed_in(company.member_user).get(URL).status_code == 403
    assert URL not in signed_in(company.member_user).get("/account/").text


@pytest.mark.parametrize("size", [1, 60])
def test_quotas_costs_the_same_at_any_size(company, size, django_assert_num_queries):
    for _number in range(size):
        AccountFactory(member_of=UnitFactory(parent=company.organization.root))
    client = signed_in(company.administrator)

    with django_assert_num_queries(19):
        client.get(URL)


def most(company) -> int:
    actor = actor_for(company.administrator)
    view = queries.quotas.get_quotas(actor=actor)
    (row,) = (q for q in view.quotas if q.name == "service_control_policy_per_entity")
    return row.used


def test_r_quo_1_the_most_policies_on_one_entity_count_full_access_where_it_hangs(
    company, monkeypatch
):
    actor, root = actor_for(company.administrator), company.organization.root
    scp = PolicyType.SERVICE_CONTROL_POLICY
    assert most(company) == 0
    operations.policy_types.enable_policy_type(actor=actor, root_id=root.pk, policy_type=scp)
    operations.policy_types.finish_policy_type_switches(root.pk)
    assert most(company) == 1
    first, second = (
        operations.policies.create_policy(actor=actor, name=name, policy_type=scp, content=DENY)
        for name in ("One", "Two")
    )
    member, unit = company.member.pk, company.member.unit_id
    operations.attachments.attach_policy(actor=actor, policy_id=first.pk, entity_id=member)
    assert most(company) == 2
    operations.attachments.attach_policy(actor=actor, policy_id=second.pk, entity_id=member)
    assert most(company) == 3
    operations.attachments.detach_policy(actor=actor, policy_id="p-FullAccess", entity_id=member)
    assert most(company) == 2
    operations.attachments.attach_policy(actor=actor, policy_id=first.pk, entity_id=unit)
    operations.attachments.attach_policy(actor=actor, policy_id=second.pk, entity_id=unit)
    for looked_at in (1, 2, 50):
        monkeypatch.setattr(queries.quotas, "LOOKED_AT", looked_at)
        assert most(company) == 3
