"""Requests about a set of policies: those that bind, or those on trial."""

from dataclasses import dataclass
from typing import Any

from tests.wire.conftest import DENY_LEAVING
from tests.wire.signing import Key, ask

SCP = "service_control_policy"


@dataclass(frozen=True)
class PolicySet:
    """The set that is at a path."""

    path: str

    def create(self, key: Key, **given: Any) -> Any:
        """The response to a policy with what is given, and the rest good."""
        body = {"name": "New", "description": "", "type": SCP, "content": DENY_LEAVING}
        return ask(key, "POST", self.path, body | given)

    def made(self, key: Key, **given: Any) -> Any:
        """The policy that is created so."""
        response = self.create(key, **given)
        assert response.status_code == 201, response.content
        return response.json()["policy"]

    def attach(self, key: Key, policy: Any, entity: Any, how: str = "attach") -> Any:
        """The response to attaching one, or detaching it; each is given itself or by its id."""
        policy_id, entity_id = (getattr(each, "pk", each) for each in (policy, entity))
        return ask(key, "POST", f"{self.path}/{policy_id}/{how}", {"entity_id": entity_id})
