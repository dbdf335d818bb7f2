"""How lft, rght and level follow from the parents, in one pass.

mptt keeps them up to date for one node at a time. Import, repair and the integrity check see whole trees,
and here is the arithmetic they share.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in its tree; the root has level 0."""

    lft: int
    rght: int
    level: int


def children_of[Node: Hashable](
    parents: Iterable[tuple[Node, Node | None]],
) -> dict[Node | None, list[Node]]:
    """Child lists, in the order given, from (node, parent) pairs. The top stands under None."""
    children: dict[Node | None, list[Node]] = {}
    for node, parent in parents:
        children.setdefault(parent, []).append(node)
    return children


def places[Node: Hashable](
    root: Node, children: Mapping[Node | None, Sequence[Node]]
) -> dict[Node, Place]:
    """The place of every node that can be reached from `root`. Time and memory grow with the nodes.

    Nodes on a cycle cannot be reached and are left out.
    """
    found: dict[Node, Place] = {}
    opened: list[tuple[Node, int, int]] = []  # node, its lft, the next child to enter
    counter = 1
    opened.append((root, counter, 0))
    while opened:
        node, lft, entered = opened.pop()
        below = children.get(node, ())
        counter += 1
        if entered < len(below):
            opened.append((node, lft, entered + 1))
            opened.append((below[entered], counter, 0))
            continue
        found[node] = Place(lft=lft, rght=counter, level=len(opened))
    return found
