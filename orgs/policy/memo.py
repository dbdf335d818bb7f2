"""Decisions remembered, within bounds.

What is remembered is the outline of an action for an account at a version, which
answers whatever resource and context come with it. The caller's version is part
of the key: after a change it asks with a new one, and the old entries fade out.
"""

from collections.abc import Callable, Hashable
from typing import Final

from orgs.policy.evaluation import Decision, Outline, Position, Request, decide, outline

DEFAULT_OUTLINES: Final = 200_000
DEFAULT_POSITIONS: Final = 2_000


class BoundedMemo[Key: Hashable, Value]:
    """The most recently used entries, between half of `capacity` and all of it.

    Two generations instead of an order of use: when the young one is full it
    becomes the old one, and what is asked for again moves back. Looking up costs
    one dictionary access, and threads can at worst forget an entry.
    """

    def __init__(self, capacity: int) -> None:
        self._generation_size = max(capacity // 2, 1)
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, key: Key) -> Value | None:
        """Return what is remembered under a key; nothing when it is not."""
        value = self._young.get(key)
        if value is not None:
            return value
        value = self._old.get(key)
        if value is not None:
            self.keep(key, value)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Remember a value, and forget the oldest when there are too many."""
        if len(self._young) >= self._generation_size:
            self._old, self._young = self._young, {}
        self._young[key] = value


class DecisionMemo:
    """Decides requests, and remembers what it found out on the way."""

    def __init__(
        self, *, outlines: int = DEFAULT_OUTLINES, positions: int = DEFAULT_POSITIONS
    ) -> None:
        self._outlines: BoundedMemo[tuple[Hashable, str, str], Outline] = BoundedMemo(outlines)
        self._positions: BoundedMemo[tuple[Hashable, str], Position] = BoundedMemo(positions)

    def decide(
        self, version: Hashable, request: Request, load_position: Callable[[], Position]
    ) -> Decision:
        """Decide a request as `evaluate` would.

        `version` names a state of the organization and must change with whatever
        can alter a decision. `load_position` is called when the account's position
        at that version is not known yet.
        """
        return decide(
            self.outline(version, request.account, request.action, load_position), request
        )

    def outline(
        self,
        version: Hashable,
        account: str,
        action: str,
        load_position: Callable[[], Position],
    ) -> Outline:
        """What is known once the action is, whatever resource and context come with it."""
        key = (version, account, action)
        outlined = self._outlines.find(key)
        if outlined is None:
            outlined = outline(self._position(version, account, load_position), action)
            self._outlines.keep(key, outlined)
        return outlined

    def _position(
        self, version: Hashable, account: str, load_position: Callable[[], Position]
    ) -> Position:
        key = (version, account)
        position = self._positions.find(key)
        if position is None:
            position = load_position()
            self._positions.keep(key, position)
        return position
