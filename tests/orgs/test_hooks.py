"""What an installation's functions are given, what their answers mean, and what their failures do."""

import pytest

from orgs import hooks
from orgs.models import Account, ClosingRequest, CreationRequest, FailureReason
from tests.factories import AccountFactory, make_organization

HERE = "tests.orgs.test_hooks"
asked: list[object] = []


@pytest.fixture(autouse=True)
def nothing_asked_yet():
    asked.clear()


def remember(subject):
    asked.append(subject)


def say_yes(_account):
    return True


def say_no(_account):
    return False


def fail_with_another_reason(_request):
    raise hooks.HookFailure("NO_SUCH_REASON")


def fail(_request):
    raise hooks.HookFailure(FailureReason.INVALID_EMAIL, "bounced")


def test_without_hooks_there_is_nothing_to_ask(settings):
    assert settings.ACCOUNT_PROVIDER == settings.ACCOUNT_CLOSER == ""
    assert settings.INVITATION_ELIGIBILITY == settings.UNPAID_RESOURCES == ""

    hooks.provide_account(CreationRequest())
    hooks.close_account(ClosingRequest())

    assert hooks.may_be_invited(Account()) is True
    assert hooks.has_unpaid_resources(Account()) is False


@pytest.mark.django_db
def test_each_hook_is_given_what_it_is_about(settings):
    organization, _ = make_organization()
    account = AccountFactory(member_of=organization.root)
    creation = CreationRequest(organization=organization, account_name="brand-new")
    closing = ClosingRequest(organization=organization, account=account)
    for name in ("ACCOUNT_PROVIDER", "ACCOUNT_CLOSER", "INVITATION_ELIGIBILITY"):
        setattr(settings, name, f"{HERE}.remember")
    settings.UNPAID_RESOURCES = f"{HERE}.remember"

    hooks.provide_account(creation)
    hooks.close_account(closing)
    hooks.may_be_invited(account)
    hooks.has_unpaid_resources(account)

    assert asked == [creation, closing, account, account]


@pytest.mark.parametrize(
    ("path", "may_be_invited", "is_unpaid"),
    [("remember", True, False), ("say_yes", True, True), ("say_no", False, False)],
)
def test_what_an_answer_means(settings, path, may_be_invited, is_unpaid):
    settings.INVITATION_ELIGIBILITY = settings.UNPAID_RESOURCES = f"{HERE}.{path}"

    assert hooks.may_be_invited(Account()) is may_be_invited
    assert hooks.has_unpaid_resources(Account()) is is_unpaid


def test_a_failure_carries_its_reason_and_detail(settings):
    settings.ACCOUNT_PROVIDER = f"{HERE}.fail"

    with pytest.raises(hooks.HookFailure) as failure:
        hooks.provide_account(CreationRequest())

    assert (failure.value.reason, failure.value.detail) == (FailureReason.INVALID_EMAIL, "bounced")


def test_a_reason_that_is_none_is_a_fault_of_the_hook(settings):
    settings.ACCOUNT_CLOSER = f"{HERE}.fail_with_another_reason"

    with pytest.raises(ValueError, match="NO_SUCH_REASON"):
        hooks.close_account(ClosingRequest())
