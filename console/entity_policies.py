"""The policies of an entity, as its panel shows them: texts and addresses, ready to be put in place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from console.middleware import ActorRequest
from console.statement_words import Listed, StatementWords, effect_of, words_of
from orgs.models import PolicyType, SwitchState
from orgs.permissions import Permission
from orgs.policy import evaluation
from orgs.policy.evaluation import Rule
from orgs.policy.inheritance import EffectiveSetting, Ignored, Leaf, Origin
from orgs.policy.statements import Action
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.policies_of_entity import Attached, Level, PoliciesOfEntity, TypeHere
from orgs.queries.structure.nodes import Kind


def url_of_policy(policy_id: str, line: int | None = None) -> str:
    """The page of a policy, with its text at that line, from 1."""
    url = reverse("policy", args=[policy_id])
    return url if line is None else f"{url}?{urlencode({'line': line})}"


def url_of_level(level: Level) -> str:
    """The policies of an entity, in its panel."""
    if level.kind == Kind.ROOT:
        return f"{reverse('structure')}?tab=policies"
    name = "account" if level.kind == Kind.ACCOUNT else "unit"
    return f"{reverse(name, args=[level.id])}?tab=policies"


def _name_of(attached: Attached) -> str:
    """The name of a policy; of one that the actor does not see, that it is there."""
    return attached.name or _("A policy from above")


def _page_of_policy(policies: PoliciesOfEntity, policy_id: str, line: int | None = None) -> str:
    """The page of a policy, for who may open it."""
    return url_of_policy(policy_id, line) if policies.sees_all else ""


def _page_of_level(policies: PoliciesOfEntity, level: Level) -> str:
    """The policies of an entity, for who may open them."""
    return url_of_level(level) if policies.sees(level) else ""


def why_not_attach(request: ActorRequest, policies: PoliciesOfEntity) -> str:
    """Why the actor may neither attach nor detach here, or nothing if it may."""
    if Permission.ATTACH_POLICY in policies.permissions:
        return ""
    if not policies.sees_all:
        return _("To attach policies is not among the rights that you were granted here.")
    if request.actor.account_id == policies.organization.management_account_id:
        return _("You are signed in as a reader; administrators attach and detach policies.")
    return _("Only the management account attaches and detaches policies.")


# --- attached and inherited -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine:
    """A policy that counts here: attached to the entity itself, or, with `level`, to one above it."""

    policy_id: str
    name: str
    url: str
    effect: str
    is_builtin: bool
    number: int = 0
    level: Level | None = None
    level_url: str = ""
    detach_url: str = ""
    why_not_detach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeBox:
    """A type of policies at an entity, with what can be done there."""

    here: TypeHere
    title: str
    lines: tuple[PolicyLine, ...]
    types_url: str
    attach_url: str
    set_url: str
    denied: str  # why the actor may do nothing here
    may_switch: bool

    @property
    def used(self) -> int:
        """How many are attached to the entity itself."""
        return len(self.here.here)

    @property
    def off(self) -> str:
        """Why none of them can be attached, or nothing while the type is on."""
        if self.here.state == SwitchState.ENABLED:
            return ""
        if self.here.state == SwitchState.PENDING_ENABLE:
            return _("This type is being switched on. Policies can be attached in a moment.")
        if self.here.state == SwitchState.PENDING_DISABLE:
            return _("This type is being switched off. All its policies are detached with it.")
        return _("This type is switched off: none of its policies binds anything.")

    @property
    def why_not_attach(self) -> str:
        """Why no other one can be attached here."""
        if self.denied or self.off or not self.here.is_full:
            return self.denied or self.off
        return _("All %(limit)s places are taken. Detach one first, or replace one.") % {
            "limit": self.here.limit
        }

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something is off, each reason once."""
        found = [self.denied] if self.denied else [one.why_not_detach for one in self.lines]
        if not self.off:
            found.append(self.why_not_attach)
        return tuple(dict.fromkeys(filter(None, found)))


def type_boxes(request: ActorRequest, policies: PoliciesOfEntity) -> list[TypeBox]:
    """Each type, with what hangs here and above."""
    denied = why_not_attach(request, policies)
    may_switch = Permission.SWITCH_POLICY_TYPE in policies.permissions
    entity_id = policies.entity.id
    titles = {
        PolicyType.SERVICE_CONTROL_POLICY: _("Service control policies"),
        PolicyType.TAG_POLICY: _("Tag policies"),
    }
    return [
        TypeBox(
            here=here,
            title=titles[here.policy_type],
            lines=tuple(_lines(policies, here, denied)),
            types_url=f"{reverse('policies')}?{urlencode({'type': here.policy_type.value})}",
            attach_url=_url("attach_here", entity_id, here.policy_type),
            set_url=_url("set_attachments", entity_id, here.policy_type),
            denied=denied,
            may_switch=may_switch,
        )
        for here in policies.types
    ]


def trial_lines(policies: PoliciesOfEntity) -> list[PolicyLine]:
    """The policies on trial here and above, the nearest first; their own pages attach and detach them."""
    return [
        PolicyLine(
            policy_id=one.policy_id,
            name=one.name,
            url=_page_of_policy(policies, one.policy_id),
            effect=_effect(one),
            is_builtin=False,
            level=None if one.level == policies.entity else one.level,
            level_url=_page_of_level(policies, one.level),
        )
        for one in policies.on_trial
    ]


def why_not_detach(policies: PoliciesOfEntity, here: TypeHere) -> str:
    """Why what is attached has to stay, or nothing if it can go (R-POL-12)."""
    if not here.keeps_last:
        return ""
    return _(
        "%(name)s keeps at least one service control policy, so its last one cannot be detached."
        " Attach another one first, or replace it in one step."
    ) % {"name": policies.entity.name}


def why_not_named(policies: PoliciesOfEntity, policy_id: str) -> str:
    """Why who was granted to attach some policies leaves this one."""
    if policies.to_attach is None or policy_id in policies.to_attach:
        return ""
    return _("Your grant does not name this policy.")


def _lines(policies: PoliciesOfEntity, here: TypeHere, denied: str) -> Iterator[PolicyLine]:
    why_not = denied or why_not_detach(policies, here)
    for number, one in enumerate(here.here, start=1):
        yield PolicyLine(
            policy_id=one.policy_id,
            name=_name_of(one),
            url=_page_of_policy(policies, one.policy_id),
            effect=_effect(one),
            is_builtin=one.is_builtin,
            number=number,
            detach_url=reverse("detach_here", args=[policies.entity.id, one.policy_id]),
            why_not_detach=why_not or why_not_named(policies, one.policy_id),
        )
    for one in here.inherited:
        yield PolicyLine(
            policy_id=one.policy_id,
            name=_name_of(one),
            url=_page_of_policy(policies, one.policy_id),
            effect=_effect(one),
            is_builtin=one.is_builtin,
            level=one.level,
            level_url=_page_of_level(policies, one.level),
        )


def _effect(one: Attached) -> str:
    if one.policy_type == PolicyType.SERVICE_CONTROL_POLICY:
        return effect_of(one.content)
    keys = Listed.of(rule.key for rule in load_tag_policy(one.content).keys)
    if keys.more:
        facts = {"keys": ", ".join(keys.shown), "n": keys.more}
        return _("Rules for %(keys)s and %(n)s more") % facts
    return _("Rules for %(keys)s") % {"keys": ", ".join(keys.shown)} if keys else _("Says nothing")


def _url(name: str, entity_id: str, policy_type: PolicyType) -> str:
    return f"{reverse(name, args=[entity_id])}?{urlencode({'type': policy_type.value})}"


# --- the ladder of service control policies -------------------------------------------------------


class Verdict(StrEnum):
    """What a rung makes of an action."""

    PASSES = "passes"
    DEPENDS = "depends"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class RungStatement:
    """A statement at a rung, in words; `url` leads to it in its policy."""

    words: StatementWords
    policy_name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """An entity of the way down, with what its service control policies say.

    Without an asked action there is no verdict. `because` are the statements that decide it.
    """

    level: Level
    url: str
    statements: tuple[RungStatement, ...]
    verdict: Verdict | None = None
    said: str = ""
    because: tuple[RungStatement, ...] = ()
    is_first_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The way from the root down. `unbound` says why no rung counts, `answer` what becomes of an action."""

    rungs: tuple[Rung, ...]
    unbound: str = ""
    action: str = ""
    answer: str = ""

    @property
    def verdict(self) -> Verdict:
        """What all of them make of the action: the strictest word counts."""
        said = {rung.verdict for rung in self.rungs} if not self.unbound else set()
        order = (Verdict.STOPS, Verdict.DEPENDS)
        return next((verdict for verdict in order if verdict in said), Verdict.PASSES)


def ladder(policies: PoliciesOfEntity, action: str = "") -> Ladder:
    """What each entity on the way allows and denies; and of an asked action, where it is stopped.

    Nothing is assumed of resource and circumstances, so a denial with conditions is one that may apply.

    Rules: R-SCP-2, R-SCP-3, R-SCP-7.
    """
    position = policies.position
    unbound = _unbound(policies, action)
    asked = Action.of(action) if action and not unbound else None
    rungs: list[Rung] = []
    is_stopped = False
    for level, engine_level in zip(policies.levels, position.levels, strict=True):
        rung = Rung(
            level=level,
            url=_page_of_level(policies, level),
            statements=tuple(_in_words(policies, level, rule) for rule in engine_level.rules),
        )
        if asked is not None:
            verdict, said, rules = _judge(engine_level, asked)
            rung = replace(
                rung,
                verdict=verdict,
                said=said,
                because=tuple(_in_words(policies, level, rule) for rule in rules),
                is_first_stop=verdict is Verdict.STOPS and not is_stopped,
            )
            is_stopped = is_stopped or verdict is Verdict.STOPS
        rungs.append(rung)
    drawn = Ladder(rungs=tuple(rungs), unbound=unbound, action=action)
    return replace(drawn, answer=_answer(drawn)) if action else drawn


def _unbound(policies: PoliciesOfEntity, action: str) -> str:
    """Why no service control policy counts here."""
    if policies.is_management_account:
        return _("Service control policies never bind the management account.")
    if not policies.of_type(PolicyType.SERVICE_CONTROL_POLICY).is_on:
        return _("Service control policies are switched off, so nothing is denied.")
    if action and Action.of(action).service in policies.position.ungoverned_services:
        return _("This service does not support service control policies.")
    return ""


def _judge(level: evaluation.Level, asked: Action) -> tuple[Verdict, str, tuple[Rule, ...]]:
    """What a rung makes of an action, and the statements that say so."""
    about_it = [rule for rule in level.rules if rule.statement.covers_action(asked)]
    denials = [rule for rule in about_it if rule.statement.is_denial]
    certain = [rule for rule in denials if rule.statement.is_unconditional]
    allowing = [rule for rule in about_it if not rule.statement.is_denial]
    if certain:
        return Verdict.STOPS, _("Denied here"), tuple(certain[:1])
    if not level.policies:
        return Verdict.STOPS, _("No policy is attached here, so nothing passes"), ()
    if not allowing:
        return Verdict.STOPS, _("No policy here allows it"), ()
    if denials:
        return Verdict.DEPENDS, _("Denied here in some cases"), tuple(denials)
    return Verdict.PASSES, _("Allowed here, and not denied"), tuple(allowing[:1])


def _answer(drawn: Ladder) -> str:
    if drawn.unbound:
        return _("%(action)s is allowed.") % {"action": drawn.action}
    if drawn.verdict is Verdict.STOPS:
        first = next(rung for rung in drawn.rungs if rung.is_first_stop)
        facts = {"action": drawn.action, "name": first.level.name}
        return _("%(action)s is denied. The first to stop it is %(name)s.") % facts
    if drawn.verdict is Verdict.DEPENDS:
        return _("%(action)s is allowed, except in the cases below.") % {"action": drawn.action}
    return _("%(action)s is allowed at every step.") % {"action": drawn.action}


def _in_words(policies: PoliciesOfEntity, level: Level, rule: Rule) -> RungStatement:
    policy_id = rule.source.policy or ""
    attached = policies.find(policy_id, level.id)
    content, name = (attached.content, _name_of(attached)) if attached else ("", policy_id)
    words = words_of(rule.statement, content)
    return RungStatement(
        words=words if attached and attached.name else replace(words, sid=""),
        policy_name=name,
        url=_page_of_policy(policies, policy_id, rule.statement.line),
    )


# --- the effective tag policy ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """The policy and the entity that something comes from."""

    policy_name: str
    policy_url: str
    entity_name: str
    entity_url: str
    operator: str


@dataclass(frozen=True, slots=True)
class LeafLine:
    """A value, and where it comes from; without a source it is the default."""

    value: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class RemovalLine:
    """A value that was taken away again."""

    value: str
    source: Source | None
    by: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLines:
    """What a setting of a key comes to; `without` says what it means that there is no value."""

    title: str
    leaves: tuple[LeafLine, ...]
    removed: tuple[RemovalLine, ...]
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLines:
    """What binds one tag key."""

    tag_key: LeafLine
    settings: tuple[SettingLines, ...]


@dataclass(frozen=True, slots=True)
class EffectiveTags:
    """The merged tag policies in lines; `ignored` are operators without effect, each with why."""

    tags: tuple[TagLines, ...]
    ignored: tuple[tuple[str, Source], ...]
    warnings: tuple[str, ...]


def effective_tags(policies: PoliciesOfEntity) -> EffectiveTags:
    """The effective tag policy with the source of every leaf (R-TP-2)."""
    merged = policies.effective_tag_policy
    names = _Names(policies)
    return EffectiveTags(
        tags=tuple(
            TagLines(
                tag_key=names.leaf(tag.tag_key),
                settings=(
                    names.setting(_("Values"), tag.tag_value, _("Any value")),
                    names.setting(_("Enforced for"), tag.enforced_for, _("Nothing")),
                ),
            )
            for tag in merged.tags
        ),
        ignored=tuple((names.ignored(one), names.source(one.origin)) for one in merged.ignored),
        warnings=tuple(replace(one, by=names.named(one.by)).sentence(_) for one in merged.emptied),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Puts names in the place of ids."""

    policies: PoliciesOfEntity

    def source(self, origin: Origin) -> Source:
        level = next(one for one in self.policies.levels if one.id == origin.entity)
        return Source(
            self.named(origin).policy,
            _page_of_policy(self.policies, origin.policy),
            level.name,
            _page_of_level(self.policies, level),
            origin.operator,
        )

    def named(self, origin: Origin) -> Origin:
        """The same with names, for sentences of the engine."""
        attached = self.policies.find(origin.policy, origin.entity)
        if attached is None:
            return origin
        return replace(origin, policy=_name_of(attached), entity=attached.level.name)

    def leaf(self, leaf: Leaf) -> LeafLine:
        return LeafLine(leaf.value, self.source(leaf.origin) if leaf.origin else None)

    def setting(self, title: str, setting: EffectiveSetting, without: str) -> SettingLines:
        return SettingLines(
            title=title,
            leaves=tuple(self.leaf(leaf) for leaf in setting.leaves),
            removed=tuple(
                RemovalLine(one.leaf.value, self.leaf(one.leaf).source, self.source(one.by))
                for one in setting.removed
            ),
            without=without,
        )

    def ignored(self, one: Ignored) -> str:
        named = replace(one, origin=self.named(one.origin), because_of=self.named(one.because_of))
        return named.sentence(_)


# --- what binds the own account -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A statement, told to the account that it binds; without the names of policies and units (R-ORG-7)."""

    words: StatementWords
    is_own: bool  # whether it was set on the account itself, and not on a place above it


@dataclass(frozen=True, slots=True)
class Limit:
    """Nothing passes here but these; with none, nothing does."""

    allowed: tuple[StatementWords, ...]
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What binds an account, in its own eyes."""

    is_exempt: bool
    denials: tuple[Told, ...]
    limits: tuple[Limit, ...]
    tags: tuple[TagLines, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing binds it."""
        return not (self.denials or self.limits or self.tags)


def binding(policies: PoliciesOfEntity) -> Binding:
    """What is denied to an account, what alone is left to it, and which tags are asked of it.

    The same denial is told once, however often it is attached.

    Rules: R-ORG-7, R-SCP-2, R-SCP-3, R-TP-5.
    """
    denials: dict[StatementWords, Told] = {}
    limits: list[Limit] = []
    if policies.position.exemption is None:
        for level, engine_level in zip(policies.levels, policies.position.levels, strict=True):
            is_own = level == policies.entity
            words = [_in_words(policies, level, rule).words for rule in engine_level.rules]
            for one in words:
                if one.is_denial:
                    told = replace(one, index=0, sid="")
                    denials.setdefault(told, Told(told, is_own))
            allowed = tuple(one for one in words if not one.is_denial)
            if not any(one.is_about_all for one in allowed):
                limits.append(Limit(allowed, is_own))
    return Binding(
        is_exempt=policies.is_management_account,
        denials=tuple(denials.values()),
        limits=tuple(limits),
        tags=effective_tags(policies).tags,
    )
