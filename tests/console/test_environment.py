"""Settings from the environment: what does not fit stops the start, and says which one."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from console import environment

NAME = "ORGS_ADMIN_PATH"


@pytest.mark.parametrize("value", ["operator/", "a/", "back-room/2/"])
def test_a_path_is_taken_as_it_is(monkeypatch, value):
    monkeypatch.setenv(NAME, value)

    assert environment.path(NAME, default="operator/") == value


@pytest.mark.parametrize(
    "value", ["", "/", "operator", "/operator/", "a//b/", "A/", "a b/", "<x>/", "../"]
)
def test_what_is_no_path_stops_the_start(monkeypatch, value):
    monkeypatch.setenv(NAME, value)

    with pytest.raises(ImproperlyConfigured, match=NAME):
        environment.path(NAME, default="operator/")


def test_a_path_that_is_not_set_has_its_default(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)

    assert environment.path(NAME, default="operator/") == "operator/"


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", None),
        ("X-Forwarded-Proto", ("HTTP_X_FORWARDED_PROTO", "https")),
        ("x-scheme", ("HTTP_X_SCHEME", "https")),
    ],
)
def test_a_header_that_says_https(monkeypatch, value, taken):
    monkeypatch.setenv("ORGS_FORWARDED_PROTO_HEADER", value)

    assert environment.says_https("ORGS_FORWARDED_PROTO_HEADER") == taken


@pytest.mark.parametrize(
    "value", ["X_Forwarded_Proto", "X-Forwarded-Proto: https", "-", "X-", "1", "Ｘ", "a b"]
)
def test_what_is_no_header_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("ORGS_FORWARDED_PROTO_HEADER", value)

    with pytest.raises(ImproperlyConfigured, match="ORGS_FORWARDED_PROTO_HEADER"):
        environment.says_https("ORGS_FORWARDED_PROTO_HEADER")


@pytest.mark.parametrize(
    ("value", "taken"), [("old", ["old"]), ("newer, older,", ["newer", "older"])]
)
def test_former_secrets_stand_in_a_row(monkeypatch, tmp_path, value, taken):
    monkeypatch.setenv("ORGS_FORMER_SECRET_KEYS", value)
    from_the_environment = environment.former_secrets("ORGS_FORMER_SECRET_KEYS")
    monkeypatch.delenv("ORGS_FORMER_SECRET_KEYS")
    file = tmp_path / "former"
    file.write_text(f"{value}\n")
    monkeypatch.setenv("ORGS_FORMER_SECRET_KEYS_FILE", str(file))

    assert from_the_environment == environment.former_secrets("ORGS_FORMER_SECRET_KEYS") == taken


def test_there_need_be_no_former_secrets(monkeypatch):
    monkeypatch.delenv("ORGS_FORMER_SECRET_KEYS", raising=False)

    assert environment.former_secrets("ORGS_FORMER_SECRET_KEYS") == []
