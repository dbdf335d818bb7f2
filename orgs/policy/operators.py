"""The condition operators: their names, and what each asks of a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from orgs.policy.values import read_address, read_instant, read_network, read_number, read_truth

IF_EXISTS: Final = "IfExists"


class Qualifier(StrEnum):
    """How an operator treats a request key of several values."""

    FOR_ALL = "ForAllValues"
    FOR_ANY = "ForAnyValue"


class Family(StrEnum):
    """What the values of an operator are."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ADDRESS = "address"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Reader:
    """How a family reads its values: those of a policy, and those of a request."""

    policy_value: Callable[[str], object | None]
    request_value: Callable[[str], object | None]


READERS: Final[Mapping[Family, Reader]] = {
    Family.STRING: Reader(str, str),
    Family.NUMBER: Reader(read_number, read_number),
    Family.DATE: Reader(read_instant, read_instant),
    Family.BOOLEAN: Reader(read_truth, read_truth),
    Family.ADDRESS: Reader(read_network, read_address),
    Family.NULL: Reader(read_truth, read_truth),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a base name means: `relation(request value, policy value)`, perhaps negated.

    A pattern relation gets a compiled pattern for its policy value.
    """

    family: Family
    relation: Callable[[Any, Any], bool]
    is_negated: bool = False
    is_pattern: bool = False
    is_legacy: bool = False


def _equals_ignoring_case(value: str, expected: str) -> bool:
    return value.casefold() == expected.casefold()


COMPARISONS: Final[Mapping[str, Comparison]] = {
    "StringEquals": Comparison(Family.STRING, eq),
    "StringNotEquals": Comparison(Family.STRING, eq, is_negated=True),
    "StringEqualsIgnoreCase": Comparison(Family.STRING, _equals_ignoring_case),
    "StringNotEqualsIgnoreCase": Comparison(Family.STRING, _equals_ignoring_case, is_negated=True),
    "StringMatch": Comparison(
        Family.STRING, lambda value, glob: glob.matches(value), is_pattern=True
    ),
    "StringNotMatch": Comparison(
        Family.STRING, lambda value, glob: glob.matches(value), is_negated=True, is_pattern=True
    ),
    "StringStartWith": Comparison(Family.STRING, str.startswith, is_legacy=True),
    "StringEndWith": Comparison(Family.STRING, str.endswith, is_legacy=True),
    "NumberEquals": Comparison(Family.NUMBER, eq),
    "NumberNotEquals": Comparison(Family.NUMBER, eq, is_negated=True),
    "NumberLessThan": Comparison(Family.NUMBER, lt),
    "NumberLessThanEquals": Comparison(Family.NUMBER, le),
    "NumberGreaterThan": Comparison(Family.NUMBER, gt),
    "NumberGreaterThanEquals": Comparison(Family.NUMBER, ge),
    "DateLessThan": Comparison(Family.DATE, lt),
    "DateLessThanEquals": Comparison(Family.DATE, le),
    "DateGreaterThan": Comparison(Family.DATE, gt),
    "DateGreaterThanEquals": Comparison(Family.DATE, ge),
    "Bool": Comparison(Family.BOOLEAN, eq),
    "IpAddress": Comparison(Family.ADDRESS, lambda address, range_: range_.contains(address)),
    "NotIpAddress": Comparison(
        Family.ADDRESS, lambda address, range_: range_.contains(address), is_negated=True
    ),
    "Null": Comparison(Family.NULL, eq),
}

# People arrive with policies written for another cloud. What has no counterpart
# here (binary and date equality) is left out.
FOREIGN_NAMES: Final[Mapping[str, str]] = {
    "StringLike": "StringMatch",
    "StringNotLike": "StringNotMatch",
    "ArnEquals": "StringMatch",
    "ArnLike": "StringMatch",
    "ArnNotEquals": "StringNotMatch",
    "ArnNotLike": "StringNotMatch",
    "NumericEquals": "NumberEquals",
    "NumericNotEquals": "NumberNotEquals",
    "NumericLessThan": "NumberLessThan",
    "NumericLessThanEquals": "NumberLessThanEquals",
    "NumericGreaterThan": "NumberGreaterThan",
    "NumericGreaterThanEquals": "NumberGreaterThanEquals",
}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as a policy names it, such as `ForAnyValue:StringNotEqualsIfExists`."""

    name: str
    qualifier: Qualifier | None
    comparison: Comparison
    reader: Reader
    if_exists: bool

    @property
    def family(self) -> Family:
        """What its values are."""
        return self.comparison.family


def find_operator(name: str) -> Operator | None:
    """Return the operator of that name; nothing when there is none."""
    qualifier, base, suffix = _parts(name)
    comparison = COMPARISONS.get(base)
    if comparison is None:
        return None
    # Asking whether a key is there, if it is there, is no question.
    if comparison.family is Family.NULL and (qualifier or suffix):
        return None
    reader = READERS[comparison.family]
    return Operator(name, qualifier, comparison, reader, if_exists=bool(suffix))


def counterpart(name: str) -> str | None:
    """Return our operator for another cloud's name; nothing when there is none."""
    qualifier, base, suffix = _parts(name)
    if base not in FOREIGN_NAMES:
        return None
    prefix = f"{qualifier}:" if qualifier else ""
    return f"{prefix}{FOREIGN_NAMES[base]}{suffix}"


def _parts(name: str) -> tuple[Qualifier | None, str, str]:
    for qualifier in Qualifier:
        if name.startswith(f"{qualifier}:"):
            _none, base, suffix = _parts_without_qualifier(name.removeprefix(f"{qualifier}:"))
            return qualifier, base, suffix
    return _parts_without_qualifier(name)


def _parts_without_qualifier(name: str) -> tuple[None, str, str]:
    base = name.removesuffix(IF_EXISTS)
    return None, base, name[len(base) :]
