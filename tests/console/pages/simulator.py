"""Previews and the simulator."""

from tests.console.pages.policy_ids import simulated
from tests.console.pages.row import Row, nothing

PAGES: dict[str, Row] = {
    "preview": Row(
        shows=False,
        ids=nothing,
        targets=("preview",),
        sent=(
            {},
            {"preview": "{text}"},
            {
                "preview": "move_accounts",
                "preview_entity": "{account}",
                "destination_parent_id": "{unit}",
            },
            {"preview": "move_accounts", "moved": "{text}", "destination_parent_id": "{text}"},
            {"preview": "attach", "preview_policy": "p-FullAccess", "entity_id": "{unit}"},
            {"preview": "save", "preview_policy": "{text}", "document": "{text}"},
            {"preview": "set", "preview_entity": "{unit}", "preview_type": "{text}"},
            {"preview": "disable", "preview_type": "service_control_policy", "back": "{text}"},
        ),
    ),
    "simulator": Row(
        tells=False,  # without a question there is no answer
        ids=simulated,
        targets=("answer",),
        asked=(
            {"who": "{text}", "action": "{text}", "resource": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "key": "g:{text}", "value": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "change": "attach", "policy": "{text}"},
            {"who": "{unit}", "action": "ecs:a:b", "change": "move", "entity": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "change": "draft", "draft": "{text}"},
        ),
        also=(
            Row(ids=simulated, at="?who=simulated-one&action=ecs:servers:delete"),
            Row(ids=simulated, at="?who=root&action=ecs:servers:delete", who="reader"),
            Row(ids=simulated, at="?who=nobody&action=ecs&change=move"),
            Row(
                ids=simulated,
                at="?who=simulated-one&action=signin::x&change=detach&policy=FullAccess&entity=root",
            ),
        ),
    ),
    "simulator_actions": Row(
        shows=False, tells=False, targets=("action-options",), asked=({"action": "{text}"},)
    ),
    "keep_question": Row(
        shows=False,
        ids=nothing,
        sent=(
            {"who": "{text}", "action": "{text}", "name": "{text}", "policy_id": "{text}"},
            {
                "who": "{account}",
                "action": "ecs:a:b",
                "name": "{text}",
                "policy_id": "{text}",
                "is_allowed": "denied",
            },
        ),
    ),
}
