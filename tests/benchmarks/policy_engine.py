"""How fast the policy engine decides: `python -m tests.benchmarks.policy_engine [--quick]`.

Five levels with five policies each, 80 statements. The questions that another
engine can express (actions, resources, equality conditions) are put to Cedar as
well when `cedarpy` is installed, and the answers compared.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from time import process_time  # one core: what others take is not counted
from typing import Any

from orgs.policy.document import read_service_control_policy
from orgs.policy.evaluation import (
    AttachedPolicy,
    Level,
    Position,
    Request,
    evaluate,
    make_level,
    make_position,
)
from orgs.policy.matching import compile_glob
from orgs.policy.memo import DecisionMemo
from orgs.policy.statements import FULL_ACCESS
from orgs.policy.tag_document import read_tag_policy

SERVICES = ("ecs", "vpc", "obs", "iam", "rds", "evs", "dns", "cce", "css", "elb")
TYPES = ("servers", "volumes", "buckets", "users")
OPERATIONS = ("create", "delete", "update", "list", "get")
LEVELS = 5
POLICIES_PER_LEVEL = 5
STATEMENTS = 80
VERSION = 7


def documents() -> list[list[list[dict[str, Any]]]]:
    """Return the statements of each policy of each level, 80 with the five of FullAccess."""
    numbers = iter(range(STATEMENTS - LEVELS))
    sizes = [4, 4, 4, 3]
    return [[[_statement(next(numbers)) for _ in range(size)] for size in sizes] for _ in range(5)]


def _statement(number: int) -> dict[str, Any]:
    """Return one of eight kinds of statement, over changing services and types."""
    service, other = SERVICES[number % 10], SERVICES[(number + 3) % 10]
    kind, operation = TYPES[number % 4], OPERATIONS[number % 5]
    region = {"StringEquals": {"g:RequestedRegion": ["north", "south"]}}
    user = {"StringNotEquals": {"g:UserName": ["admin"]}}
    secrets = [f"{service}:north:*:{kind}:secret-*"]
    every = [f"{other}:{kind}:{one}" for one in OPERATIONS]
    return (
        _deny(NotAction=[f"{one}:*:*" for one in SERVICES if one != "css"]),
        _deny(Action=[f"{service}:{kind}:purge*", f"{other}:{kind}:purge*"]),
        _deny(Action=[f"{service}:{kind}:*"], Condition=region),
        _deny(Action=[f"{service}:{kind}:{operation}"], Resource=secrets),
        _deny(Action=every, Condition=user),
        {"Effect": "Allow", "Action": [f"{service}:*:*"], "Resource": ["*"]},
        _deny(Action=[f"{service}:settings:{operation}"]),
        _deny(Action=[f"{service}:{kind}:drop?", f"{other}:keys:*"]),
    )[number % 8]


def _deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Resource": ["*"], **elements}


def benchmark_position() -> Position:
    """Compile the levels."""
    levels: list[Level] = []
    for number, policies in enumerate(documents()):
        attached = [AttachedPolicy("FullAccess", FULL_ACCESS)]
        for index, statements in enumerate(policies):
            text = json.dumps({"Version": "5.0", "Statement": statements})
            document = read_service_control_policy(text).document
            assert document is not None
            attached.append(AttachedPolicy(f"p-{number}-{index}", document))
        levels.append(make_level(f"e-{number}", attached))
    assert sum(len(level.policies) for level in levels) == LEVELS * POLICIES_PER_LEVEL
    assert sum(len(level.rules) for level in levels) == STATEMENTS
    return make_position(levels)


def requests(count: int, *, new_actions: bool) -> Iterator[Request]:
    """Yield requests; with `new_actions` no action occurs twice."""
    for number in range(count):
        service = SERVICES[number % 10]
        kind, operation = TYPES[number // 10 % 4], OPERATIONS[number // 40 % 5]
        ending = f"X{number}" if new_actions else ""
        yield Request(
            account="a-1",
            action=f"{service}:{kind}:{operation}{ending}",
            resource=f"{service}:north:a-1:{kind}:{('open', 'secret')[number % 2]}-{number % 7}",
            context={
                "g:RequestedRegion": ("north", "east")[number // 200 % 2],
                "g:UserName": ("admin", "eve")[number // 400 % 2],
            },
        )


def per_second(work: Callable[[], object], count: int, rounds: int = 3) -> float:
    """Return how many of `count` pieces of work are done in a second, the best of some rounds."""
    fastest = float("inf")
    for _ in range(rounds):
        started = process_time()
        work()
        fastest = min(fastest, process_time() - started)
    return count / fastest


def warm_rate(position: Position, asked: Sequence[Request]) -> float:
    """Return decisions per second when every action has been asked before."""
    memo = DecisionMemo()

    def load() -> Position:
        return position

    def work() -> None:
        for request in asked:
            memo.decide(VERSION, request, load)

    work()
    return per_second(work, len(asked))


def cold_rate(position: Position, asked: Sequence[Request]) -> float:
    """Return decisions per second when every action is new."""

    def load() -> Position:
        return position

    def work() -> None:
        memo = DecisionMemo()
        for request in asked:
            memo.decide(VERSION, request, load)

    return per_second(work, len(asked))


def cedar_policies() -> str:
    """Return the denials in Cedar's language, as far as it can express them.

    Every level of the benchmark allows everything, so one permit stands for the allowances.
    """
    policies = ["permit(principal, action, resource);"]
    for level in documents():
        policies.extend(
            cedar
            for statements in level
            for statement in statements
            if (cedar := _cedar_policy(statement)) is not None
        )
    return "\n".join(policies)


def _cedar_policy(statement: dict[str, Any]) -> str | None:
    if statement["Effect"] == "Allow":
        return None
    listed = statement.get("Action") or statement["NotAction"]
    actions = " || ".join(f'context.action like "{action}"' for action in listed)
    conditions = [f"!({actions})" if "NotAction" in statement else f"({actions})"]
    if statement["Resource"] != ["*"]:
        conditions.append(f'context.urn like "{statement["Resource"][0]}"')
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            listed_values = ", ".join(f'"{value}"' for value in values)
            test = f"[{listed_values}].contains(context.{key.removeprefix('g:')})"
            conditions.append(test if operator == "StringEquals" else f"!{test}")
    return f"forbid(principal, action, resource) when {{ {' && '.join(conditions)} }};"


def beside_cedar(position: Position, asked: Sequence[Request]) -> None:
    """Print the rate of Cedar on the same questions, and whether it agrees."""
    try:
        cedarpy = importlib.import_module("cedarpy")
    except ImportError:
        say("cedarpy is not installed; the comparison is left out")
        return
    # `?` is no wildcard there; no question of the benchmark depends on one.
    policies = cedar_policies()
    cedar_requests = [_cedar_request(request) for request in asked]
    started = process_time()
    answers = [
        result.allowed for result in cedarpy.is_authorized_batch(cedar_requests, policies, [])
    ]
    cedar_rate = len(asked) / (process_time() - started)
    ours = [evaluate(position, request).allowed for request in asked]
    differing = sum(one != other for one, other in zip(answers, ours, strict=True))
    say(f"{'cedarpy, one batch':<34}{cedar_rate:>12,.0f} /s")
    say(f"answers compared: {len(asked):,}, allowed {sum(ours):,}, differing {differing}")
    if differing:
        sys.exit("the engines disagree")


def _cedar_request(request: Request) -> dict[str, Any]:
    context = {key.removeprefix("g:"): value for key, value in request.context.items()}
    return {
        "principal": 'User::"u"',
        "action": 'Action::"any"',
        "resource": 'Resource::"r"',
        "context": {**context, "action": request.action, "urn": request.resource},
    }


def worst_match_milliseconds() -> float:
    """Return the time of the slowest of some patterns with 50 stars on 2,048 characters."""
    patterns = ("*a" * 50 + "b*", "*a?" * 49 + "b*", "*" + "a" * 500 + "*a" * 48 + "b*")
    return max(_match_milliseconds(pattern) for pattern in patterns)


def _match_milliseconds(pattern: str) -> float:
    glob, value = compile_glob(pattern), "a" * 2_048
    return 1_000 / per_second(lambda: glob.matches(value), 1)


def slowest_text_milliseconds() -> tuple[float, str]:
    """Return the time of the slowest of some hostile texts, and which it is."""
    return max((_reading_milliseconds(text), name) for name, text in hostile_texts().items())


def _reading_milliseconds(text: str) -> float:
    """Return the time of the slower of both readings of a text."""
    return 1_000 / min(
        per_second(lambda: read_service_control_policy(text), 1),
        per_second(lambda: read_tag_policy(text), 1),
    )


def hostile_texts() -> dict[str, str]:
    """Return texts made to be slow to judge."""
    return {
        "1 MB of brackets": "[" * 1_000_000,
        "1 MB of quotes": '"' * 1_000_000,
        "1 MB of digits": "9" * 1_000_000,
        "nesting 5,120": "[" * 5_120,
        "nesting 10,000": "[" * 10_000,
        "empty statements": _policy(",".join(["{}"] * 1_650)),
        "unknown elements": _policy("{" + _members("Actio", 340) + "}"),
        "unknown operators": _policy(_condition(_members("StringEqualx", 240))),
        "duplicate keys": "{" + ",".join(['"a":1'] * 850) + "}",
        "variables": _policy(_condition(_user_name("${a}" * 1_200))),
        "quotes in a default": _policy(_condition(_user_name("${a,'" + "''" * 2_440 + "'}"))),
        "tag values": _tags('"k":{"tag_value":{"@@assign":[' + "1," * 4_900 + "1]}}"),
        "tag keys": _tags(_members("k", 1_050)),
    }


def _policy(statements: str) -> str:
    return '{"Version":"5.0","Statement":[' + statements + "]}"


def _condition(operators: str) -> str:
    return '{"Effect":"Deny","Action":"*","Condition":{' + operators + "}}"


def _user_name(value: str) -> str:
    return '"StringEquals":{"g:UserName":"' + value + '"}'


def _members(name: str, count: int) -> str:
    return ",".join(f'"{name}{number:03}":{{}}' for number in range(count))


def _tags(keys: str) -> str:
    return '{"tags":{' + keys + "}}"


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the questions")
    count = 20_000 if parser.parse_args(arguments).quick else 200_000
    position = benchmark_position()
    known = list(requests(count, new_actions=False))
    plain = [Request(one.account, one.action) for one in known]
    new = list(requests(count // 2, new_actions=True))
    plain_new = [Request(one.account, one.action) for one in new]
    say(f"{LEVELS} levels x {POLICIES_PER_LEVEL} policies, {STATEMENTS} statements, one core")
    say(f"{'warm, action only':<34}{warm_rate(position, plain):>12,.0f} /s")
    say(f"{'warm, with resource and context':<34}{warm_rate(position, known):>12,.0f} /s")
    say(f"{'every action new, action only':<34}{cold_rate(position, plain_new):>12,.0f} /s")
    say(f"{'every action new, with both':<34}{cold_rate(position, new):>12,.0f} /s")
    beside_cedar(position, known[: count // 10])
    say(f"50 stars on 2,048 characters: {worst_match_milliseconds():.2f} ms")
    milliseconds, name = slowest_text_milliseconds()
    say(f"slowest hostile text ({name}): {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
