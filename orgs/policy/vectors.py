"""Runs files of test cases: `python -m orgs.policy.vectors FILE…`.

Prints each failure, and last how many cases passed and failed. The status is 1
when a case fails or a file cannot be read. The format is that of the policy
specification: validation of both types, evaluation, merge and compliance.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from orgs.policy.changes import (
    Attach,
    Change,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    UpdatePolicy,
)
from orgs.policy.compliance import (
    Resource,
    Scope,
    Tag,
    TagRequirement,
    judge,
)
from orgs.policy.document import load_service_control_policy, read_service_control_policy
from orgs.policy.dry_run import dry_run, on_trial
from orgs.policy.evaluation import (
    AttachedPolicy,
    Decision,
    Request,
    Source,
    evaluate,
)
from orgs.policy.faults import Fault, Reading
from orgs.policy.inheritance import (
    AttachedTagPolicy,
    EffectiveTagPolicy,
    TagLevel,
    merge,
)
from orgs.policy.preview import preview
from orgs.policy.snapshot import PolicyType, Snapshot, position_of
from orgs.policy.statements import FULL_ACCESS
from orgs.policy.tag_document import EnforceableService, load_tag_policy, read_tag_policy

type Json = Any  # Whatever a vector file holds.
type Vector = Mapping[str, Json]
type Differences = Iterator[str]

FULL_ACCESS_NAME: Final = "FullAccess"


def main(paths: Sequence[str]) -> int:
    """Run the files and print what fails; return the exit status."""
    passed = failed = 0
    for path in paths:
        for name, differences in run_file(Path(path)):
            passed, failed = passed + (not differences), failed + bool(differences)
            for difference in differences:
                _print(f"{path}: {name}: {difference}")
    _print(f"{passed} passed, {failed} failed")
    return 1 if failed or not paths else 0


def run_file(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each case of a file with the differences from what it expects."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        run, vectors = RUNNERS[content["kind"]], content["vectors"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield "file", [f"cannot be run: {error!r}"]
        return
    for vector in vectors:
        yield vector.get("id", "?"), _run(run, vector)


def _run(run: Callable[[Vector], Differences], vector: Vector) -> list[str]:
    # A case that cannot even be run must not hide the ones after it.
    try:
        return list(run(vector))
    except Exception as error:
        return [f"raises {error!r}"]


def _validate_scp(vector: Vector) -> Differences:
    return _compare_reading(read_service_control_policy(_text(vector)), vector["expected"])


def _validate_tag_policy(vector: Vector) -> Differences:
    catalog = vector.get("catalog")
    services = None if catalog is None else {
        name: EnforceableService(frozenset(service["resource_types"]), service["support_all"])
        for name, service in catalog.items()
    }  # fmt: skip
    return _compare_reading(read_tag_policy(_text(vector), catalog=services), vector["expected"])


def _compare_reading[Document](reading: Reading[Document], expected: Json) -> Differences:
    yield from _compare("valid", reading.is_valid, expected["valid"])
    yield from _compare("errors", _places(reading.faults), _expected_places(expected["errors"]))
    if "warnings" in expected:
        warnings = _expected_places(expected["warnings"])
        yield from _compare("warnings", _places(reading.warnings), warnings)


def _evaluate(vector: Vector) -> Differences:
    snapshot, request = _snapshot(vector["org"]), _request(vector["request"])
    position = position_of(snapshot, request.account)
    yield from _compare_decision("expected", evaluate(position, request), vector["expected"])
    if "changes" in vector:
        seen = preview(snapshot, [_change(one) for one in vector["changes"]], [request])
        after = seen.outcomes[0].after
        yield from _compare_decision("expected_after", after, vector["expected_after"])
    if "dry_run_attachments" in vector:
        trial = {
            entity: [
                AttachedPolicy(policy, snapshot.service_control_policies[policy])
                for policy in policies
            ]
            for entity, policies in vector["dry_run_attachments"].items()
        }
        would_be = dry_run(position, on_trial(position, trial), request).would_be
        yield from _compare_decision("expected_dry_run", would_be, vector["expected_dry_run"])


def _merge(vector: Vector) -> Differences:
    is_enabled = vector.get("tag_policy_enabled", True)
    effective = _effective(vector["path"]) if is_enabled else EffectiveTagPolicy()
    yield from _compare("expected", effective.content(), vector["expected"])
    if "expected_ignored" in vector:
        found = [_ignored(effective, index) for index in range(len(effective.ignored))]
        expected = vector["expected_ignored"]
        yield from _compare("expected_ignored", _unordered(found), _unordered(expected))
    if "path_before" in vector:
        before = _effective(vector["path_before"]).content()
        yield from _compare("expected_before", before, vector["expected_before"])


def _judge(vector: Vector) -> Differences:
    requirements = {
        key.lower(): TagRequirement.of(
            tag.get("tag_key", key.lower()), tag.get("tag_value", ()), tag.get("enforced_for", ())
        )
        for key, tag in vector["effective_policy"]["tags"].items()
    }
    scope = Scope(vector.get("scope", Scope.ENFORCED))
    found: dict[str, Json] = {}
    for one in vector["resources"]:
        tags = tuple(Tag(tag["key"], tag["value"]) for tag in one["tags"])
        compliance = judge(requirements, Resource(one["id"], one["type"], tags), scope)
        violations = [
            {"key": each.tag.key, "reason": each.reason.value, "enforced": each.enforced}
            for each in compliance.violations
        ]
        found[one["id"]] = {"status": compliance.status.value, "violations": violations}
    return _compare("expected", found, vector["expected"])


RUNNERS: Final[Mapping[str, Callable[[Vector], Differences]]] = {
    "scp_validate": _validate_scp,
    "scp_evaluate": _evaluate,
    "tag_policy_validate": _validate_tag_policy,
    "tag_policy_effective": _merge,
    "tag_compliance": _judge,
}


def _text(vector: Vector) -> str:
    if "text" in vector:
        return str(vector["text"])
    if "text_builder" in vector:
        parts = vector["text_builder"]
        return str(parts["prefix"] + parts["repeat"] * parts["count"] + parts["suffix"])
    return _compact(vector["document"])


def _compact(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _snapshot(org: Vector) -> Snapshot:
    policies = {
        name: load_service_control_policy(_compact(document))
        for name, document in org["policies"].items()
    }
    is_enabled = org.get("scp_enabled", True)
    return Snapshot(
        management_account=org["management_account"],
        root=org["root"],
        unit_parents={unit["id"]: unit["parent"] for unit in org["ous"]},
        account_parents={account["id"]: account["parent"] for account in org["accounts"]},
        service_control_policies={FULL_ACCESS_NAME: FULL_ACCESS, **policies},
        builtin_policies=frozenset({FULL_ACCESS_NAME}),
        attachments={entity: tuple(names) for entity, names in org["attachments"].items()},
        enabled_types=frozenset(PolicyType) if is_enabled else frozenset({PolicyType.TAG_POLICY}),
        ungoverned_services=frozenset(
            service.lower() for service in org.get("services_without_scp", ())
        ),
    )


def _request(request: Vector) -> Request:
    principal = request.get("principal") or {}
    return Request(
        account=request["account"],
        action=request["action"],
        resource=request.get("resource"),
        context=request.get("context") or {},
        via_service_linked_agency=bool(principal.get("service_linked_agency")),
    )


def _change(change: Vector) -> Change:
    match change["op"]:
        case "move_account":
            return MoveAccount(change["account"], change["to"])
        case "move_unit":
            return MoveUnit(change["unit"], change["to"])
        case "attach":
            return Attach(change["entity"], change["policy"])
        case "detach":
            return Detach(change["entity"], change["policy"])
        case "update_policy":
            document = change["document"] if "document" in change else change["content"]
            return UpdatePolicy(change["policy"], load_service_control_policy(_compact(document)))
        case "disable_type":
            return DisableType(PolicyType(change.get("type", PolicyType.SERVICE_CONTROL_POLICY)))
        case unknown:
            raise ValueError(f"unknown change {unknown!r}")


def _effective(path: Sequence[Json]) -> EffectiveTagPolicy:
    return merge(
        [
            TagLevel(
                level["entity"],
                tuple(
                    AttachedTagPolicy(policy["id"], load_tag_policy(_compact(policy["content"])))
                    for policy in level["policies"]
                ),
            )
            for level in path
        ]
    )


def _ignored(effective: EffectiveTagPolicy, index: int) -> Json:
    ignored = effective.ignored[index]
    return {
        "entity": ignored.origin.entity,
        "policy": ignored.origin.policy,
        "key": ignored.key,
        "setting": ignored.setting.value,
        "operator": ignored.origin.operator,
        "reason": ignored.reason.value,
    }


def _compare_decision(name: str, decision: Decision, expected: Vector) -> Differences:
    found = {
        "decision": "allowed" if decision.allowed else "denied",
        "reason": decision.reason.value,
        "decided_by": _source(decision.decided_by),
        "allowed_by": [_source(source) for source in decision.allowed_by],
    }
    for member, value in expected.items():
        yield from _compare(f"{name}.{member}", found.get(member), value)


def _source(source: Source | None) -> Json:
    if source is None:
        return None
    return {
        "entity": source.entity,
        "policy": source.policy,
        "statement": source.statement,
        "sid": source.sid,
    }


def _places(faults: Iterable[Fault]) -> list[tuple[str, str]]:
    return sorted({(fault.path, fault.code) for fault in faults})


def _expected_places(faults: Iterable[Json]) -> list[tuple[str, str]]:
    return sorted({(fault["path"], fault["code"]) for fault in faults})


def _unordered(entries: Iterable[Json]) -> list[str]:
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def _compare(name: str, found: Json, expected: Json) -> Differences:
    if found != expected:
        yield f"{name} is {found!r}, expected {expected!r}"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
