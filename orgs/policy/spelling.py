"""Misspelt names: the one that was probably meant."""

from collections.abc import Iterable, Sequence
from typing import Final

from orgs.policy.faults import Findings
from orgs.policy.text import Node

MAX_STRAY_CHARACTERS: Final = 2


def note_unknown(findings: Findings, node: Node, name: str, known: Sequence[str]) -> None:
    """Note an unknown element, with the name that was probably meant."""
    meant = closest(name, known)
    if meant:
        findings.error_at_name(node, "unknown_element", "meant", name=name, meant=meant)
        return
    findings.error_at_name(node, "unknown_element", name=name, known=tuple(known))


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that differs only in case or in one short stretch."""
    return next((one for one in known if _is_near(name.lower(), one.lower())), None)


def _is_near(name: str, known: str) -> bool:
    """Whether all but a short stretch is a common beginning and a common end.

    Simpler than an edit distance, and quick enough to be asked of every name of a
    hostile text.
    """
    longest, shortest = max(len(name), len(known)), min(len(name), len(known))
    if longest - shortest > MAX_STRAY_CHARACTERS or shortest <= MAX_STRAY_CHARACTERS:
        return False
    start = _common_length(name, known)
    end = min(_common_length(reversed(name), reversed(known)), shortest - start)
    return longest - start - end <= MAX_STRAY_CHARACTERS


def _common_length(first: Iterable[str], second: Iterable[str]) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length
