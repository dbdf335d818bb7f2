"""How tag policies merge from the root down to the account, and where every value comes from.

A level assigns, then appends, then removes, whatever the order in the text; only
then do its child controls narrow what the levels below may do. So a control never
binds its own level, and none can give back what a higher one took away.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orgs.policy.sentences import NO_NAMES, say
from orgs.policy.tag_document import Setting, SettingRule, TagOperator, TagPolicy


@dataclass(frozen=True, slots=True)
class AttachedTagPolicy:
    """A tag policy at an entity."""

    policy: str
    document: TagPolicy


@dataclass(frozen=True, slots=True)
class TagLevel:
    """One entity of the path and its tag policies, in attachment order."""

    entity: str
    policies: tuple[AttachedTagPolicy, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The entity, policy and operator something comes from."""

    entity: str
    policy: str
    operator: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of the result; without an origin it is the default."""

    value: str
    origin: Origin | None


class IgnoredBecause(StrEnum):
    """Why an operator had no effect."""

    NOT_ALLOWED_BY_PARENT = "not_allowed_by_parent"
    EARLIER_ATTACHMENT_WINS = "earlier_attachment_wins"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An operator without effect; `because_of` is the control or assignment that outdid it."""

    key: str
    setting: Setting
    origin: Origin
    reason: IgnoredBecause
    because_of: Origin

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return why the operator had no effect, in a sentence."""
        return say(
            self.reason.value,
            {
                "operator": self.origin.operator,
                "policy": self.origin.policy,
                "setting": self.setting.value,
                "key": self.key,
                "other_policy": self.because_of.policy,
                "other_entity": self.because_of.entity,
            },
            translate=translate,
            names=names,
        )


@dataclass(frozen=True, slots=True)
class Removal:
    """An inherited value that a policy took away."""

    leaf: Leaf
    by: Origin


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """What a setting comes to: its values, and those taken away on the way."""

    leaves: tuple[Leaf, ...] = ()
    removed: tuple[Removal, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The values alone."""
        return tuple(leaf.value for leaf in self.leaves)

    @property
    def was_emptied(self) -> bool:
        """Whether every value was taken away, so that now any value is accepted."""
        return bool(self.removed) and not self.leaves


@dataclass(frozen=True, slots=True)
class EffectiveTag:
    """What binds one tag key; `key` is in lower case, `tag_key` as it must be written."""

    key: str
    tag_key: Leaf
    tag_value: EffectiveSetting
    enforced_for: EffectiveSetting


@dataclass(frozen=True, slots=True)
class EmptiedSetting:
    """A warning: the last value of a setting was removed, which lifts the restriction."""

    key: str
    setting: Setting
    by: Origin

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return what the removal leads to, in a sentence."""
        facts = {"key": self.key, "policy": self.by.policy, "entity": self.by.entity}
        return say(
            "last_value_removed",
            facts,
            wording=self.setting.value,
            translate=translate,
            names=names,
        )


@dataclass(frozen=True, slots=True)
class EffectiveTagPolicy:
    """The merged tag policies of a path, with the origin of every value."""

    tags: tuple[EffectiveTag, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def emptied(self) -> tuple[EmptiedSetting, ...]:
        """The settings whose last value was removed. Worth a warning."""
        return tuple(
            EmptiedSetting(tag.key, setting, effective.removed[-1].by)
            for tag in self.tags
            for setting, effective in (
                (Setting.TAG_VALUE, tag.tag_value),
                (Setting.ENFORCED_FOR, tag.enforced_for),
            )
            if effective.was_emptied
        )

    def content(self) -> dict[str, dict[str, dict[str, str | list[str]]]]:
        """Return the plain document: settings without operators."""
        return {"tags": {tag.key: _content(tag) for tag in self.tags}}


@dataclass(slots=True)
class _Growing:
    """One setting while the levels are merged into it."""

    leaves: list[Leaf] = field(default_factory=list)
    removed: list[Removal] = field(default_factory=list)
    withheld: dict[TagOperator, Origin] = field(default_factory=dict)

    def copy(self) -> "_Growing":
        return _Growing(list(self.leaves), list(self.removed), dict(self.withheld))

    def assign(self, values: Sequence[str], origin: Origin) -> None:
        self.leaves = [Leaf(value, origin) for value in dict.fromkeys(values)]
        self.removed = []

    def append(self, values: Sequence[str], origin: Origin) -> None:
        present = {leaf.value for leaf in self.leaves}
        new = [value for value in dict.fromkeys(values) if value not in present]
        self.leaves.extend(Leaf(value, origin) for value in new)

    def remove(self, values: Sequence[str], origin: Origin) -> None:
        self.removed.extend(Removal(leaf, origin) for leaf in self.leaves if leaf.value in values)
        self.leaves = [leaf for leaf in self.leaves if leaf.value not in values]

    def withhold(self, permitted: frozenset[TagOperator], origin: Origin) -> None:
        for operator in TagOperator:
            if operator not in permitted:
                self.withheld.setdefault(operator, origin)


type _Rules = Sequence[tuple[str, SettingRule]]
type _Settings = Mapping[Setting, _Growing]


@dataclass(frozen=True, slots=True)
class Merged:
    """Levels merged so far, from which the merge of any level below goes on. Never altered."""

    _settings: Mapping[str, _Settings] = field(default_factory=dict)
    _ignored: tuple[Ignored, ...] = ()

    def with_level(self, level: TagLevel) -> "Merged":
        """Merge one more level, the next one down."""
        if not level.policies:
            return self
        settings = dict(self._settings)
        ignored = list(self._ignored)
        for key, rules_by_setting in _by_key(level).items():
            growing = _growing(settings.get(key))
            settings[key] = growing
            for setting in Setting:
                merging = _SettingMerge(level.entity, key, setting, growing[setting])
                ignored.extend(merging.apply(rules_by_setting[setting]))
        return Merged(settings, tuple(ignored))

    def effective(self) -> EffectiveTagPolicy:
        """Return what the levels come to."""
        tags = tuple(_effective(key, settings) for key, settings in self._settings.items())
        return EffectiveTagPolicy(tags, self._ignored)


NOTHING_MERGED: Final = Merged()


def merge(levels: Sequence[TagLevel]) -> EffectiveTagPolicy:
    """Merge the tag policies of a path, root first.

    Rules: R-TP-2.
    """
    merged = NOTHING_MERGED
    for level in levels:
        merged = merged.with_level(level)
    return merged.effective()


def _growing(inherited: _Settings | None) -> _Settings:
    """Settings to grow: what was inherited stays as it is for others."""
    if inherited is None:
        return {setting: _Growing() for setting in Setting}
    return {setting: growing.copy() for setting, growing in inherited.items()}


def _by_key(level: TagLevel) -> dict[str, dict[Setting, list[tuple[str, SettingRule]]]]:
    """Return the rules of a level by key and setting, in attachment order."""
    found: dict[str, dict[Setting, list[tuple[str, SettingRule]]]] = {}
    for attached in level.policies:
        for rule in attached.document.keys:
            by_setting = found.setdefault(rule.folded_key, {setting: [] for setting in Setting})
            for setting, setting_rule in rule.settings.items():
                by_setting[setting].append((attached.policy, setting_rule))
    return found


@dataclass(frozen=True, slots=True)
class _SettingMerge:
    """One setting of one key at one level."""

    entity: str
    key: str
    setting: Setting
    growing: _Growing

    def apply(self, rules: _Rules) -> Iterator[Ignored]:
        yield from self._assign(rules)
        yield from self._each(rules, TagOperator.APPEND, self.growing.append)
        yield from self._each(rules, TagOperator.REMOVE, self.growing.remove)
        for policy, rule in rules:
            if rule.permitted is not None:
                origin = Origin(self.entity, policy, "@@operators_allowed_for_child_policies")
                self.growing.withhold(rule.permitted, origin)

    def _assign(self, rules: _Rules) -> Iterator[Ignored]:
        if TagOperator.ASSIGN in self.growing.withheld:
            yield from self._each(rules, TagOperator.ASSIGN, self.growing.assign)
            return
        winner: Origin | None = None
        for origin, values in self._uses(rules, TagOperator.ASSIGN):
            if winner is None:
                winner = origin
                self.growing.assign(values, origin)
            else:
                yield self._ignored(origin, IgnoredBecause.EARLIER_ATTACHMENT_WINS, winner)

    def _each(
        self,
        rules: _Rules,
        operator: TagOperator,
        change: Callable[[Sequence[str], Origin], None],
    ) -> Iterator[Ignored]:
        withheld_by = self.growing.withheld.get(operator)
        for origin, values in self._uses(rules, operator):
            if withheld_by is None:
                change(values, origin)
            else:
                yield self._ignored(origin, IgnoredBecause.NOT_ALLOWED_BY_PARENT, withheld_by)

    def _uses(
        self, rules: _Rules, operator: TagOperator
    ) -> Iterator[tuple[Origin, tuple[str, ...]]]:
        for policy, rule in rules:
            if operator in rule.values:
                yield Origin(self.entity, policy, operator.value), rule.values[operator]

    def _ignored(self, origin: Origin, reason: IgnoredBecause, because_of: Origin) -> Ignored:
        return Ignored(self.key, self.setting, origin, reason, because_of)


def _effective(key: str, settings: Mapping[Setting, _Growing]) -> EffectiveTag:
    assigned = settings[Setting.TAG_KEY].leaves
    return EffectiveTag(
        key=key,
        tag_key=assigned[0] if assigned else Leaf(key, None),
        tag_value=_finished(settings[Setting.TAG_VALUE]),
        enforced_for=_finished(settings[Setting.ENFORCED_FOR]),
    )


def _finished(growing: _Growing) -> EffectiveSetting:
    return EffectiveSetting(tuple(growing.leaves), tuple(growing.removed))


def _content(tag: EffectiveTag) -> dict[str, str | list[str]]:
    content: dict[str, str | list[str]] = {Setting.TAG_KEY.value: tag.tag_key.value}
    if tag.tag_value.leaves:
        content[Setting.TAG_VALUE.value] = list(tag.tag_value.values)
    if tag.enforced_for.leaves:
        content[Setting.ENFORCED_FOR.value] = list(tag.enforced_for.values)
    return content
