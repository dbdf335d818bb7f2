"""An operator in front of its site."""

import pytest
from django.test import Client

from orgs.actor import Actor
from orgs.models import User
from orgs.operations.users import create_operator

PASSWORD = "calm-banyan-shade-42"


@pytest.fixture
def olga(db) -> User:
    return create_operator(actor=Actor.operator("tests"), username="olga", password=PASSWORD)


@pytest.fixture
def operator(olga) -> Client:
    client = Client()
    client.force_login(olga)
    return client
