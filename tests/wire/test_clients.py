"""The samples of docs/clients.md, as they are printed there."""

import re
from pathlib import Path

import pytest

from tests.wire.conftest import make_world
from tests.wire.sdk import SDK_WARNINGS

pytestmark = [pytest.mark.django_db(transaction=True), *SDK_WARNINGS]

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
SAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def world(transactional_db):
    return make_world()


def test_the_samples_in_python_do_what_the_page_says(live_server, world, monkeypatch, capsys):
    key = world.keys["manager"]
    monkeypatch.setenv("BANYAN", live_server.url)
    monkeypatch.setenv("ACCESS_KEY", key.id)
    monkeypatch.setenv("SECRET_KEY", key.secret)

    printed = []
    for sample in SAMPLES:
        exec(compile(sample, str(PAGE), "exec"), {})  # noqa: S102  (it is our own page)
        printed.append(capsys.readouterr().out)

    with_endpoint, with_region = printed
    assert world.root.pk in with_endpoint
    assert world.organization.pk in with_region
