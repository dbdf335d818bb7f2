"""A question to the policies as it stands in an address: who, what, under which circumstances, what if."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console.forms.policies import with_plain_line_ends
from orgs import errors, names, queries
from orgs.models import Organization, PolicyType
from orgs.policy import global_keys, values
from orgs.policy.changes import Attach, Detach, MoveAccount, MoveUnit
from orgs.policy.context import ContextValue
from orgs.policy.operators import Family
from orgs.queries.decisions.what_if import WhatIf
from orgs.queries.named import Called
from orgs.queries.questions import Question, read_context
from orgs.queries.structure.nodes import Kind

MOST_WHO = 20
MOST_ROWS = 20
ROWS_SHOWN = 3
CHANGES: list[tuple[str, str | Promise]] = [
    ("", gettext_lazy("As it is")),
    ("draft", gettext_lazy("With another text of a policy")),
    ("move", gettext_lazy("After moving an account or unit")),
    ("attach", gettext_lazy("After attaching a policy")),
    ("detach", gettext_lazy("After detaching a policy")),
]
FAMILIES = {
    Family.STRING: gettext_lazy("text"),
    Family.NUMBER: gettext_lazy("number"),
    Family.DATE: gettext_lazy("time"),
    Family.BOOLEAN: gettext_lazy("true or false"),
    Family.ADDRESS: gettext_lazy("IP address"),
}
READERS: dict[Family, tuple[Callable[[str], object], str | Promise]] = {
    Family.NUMBER: (values.read_number, gettext_lazy("This key takes a number.")),
    Family.DATE: (
        values.read_instant,
        gettext_lazy("This key takes a time, such as 2026-01-31T08:00:00Z."),
    ),
    Family.BOOLEAN: (values.read_truth, gettext_lazy("This key takes true or false.")),
    Family.ADDRESS: (values.read_address, gettext_lazy("This key takes an IP address.")),
}


@dataclass(slots=True)
class ContextRow:
    """A condition key and its value as they are typed."""

    key: str = ""
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A global condition key to choose from, and what its values are."""

    name: str
    kind: str


@dataclass(slots=True)
class SimulatorForm:
    """What the address says, and what is wrong with it, field by field."""

    who: list[str]
    action: str
    resource: str
    rows: list[ContextRow]
    via_agency: bool
    change: str
    policy: str
    draft: str
    entity: str
    to: str
    errors: dict[str, str] = field(default_factory=dict)
    asked: list[Called] = field(default_factory=list)
    question: Question | None = None
    what_if: WhatIf = field(default_factory=WhatIf)

    @classmethod
    def read(cls, sent: QueryDict) -> "SimulatorForm":
        """What was sent."""
        pairs = zip_longest(
            sent.getlist("key")[:MOST_ROWS], sent.getlist("value")[:MOST_ROWS], fillvalue=""
        )
        change = sent.get("change", "")
        return cls(
            who=[text for one in sent.getlist("who")[:MOST_WHO] if (text := one.strip())],
            action=sent.get("action", "").strip(),
            resource=sent.get("resource", "").strip(),
            rows=[ContextRow(key.strip(), value.strip()) for key, value in pairs],
            via_agency=bool(sent.get("agency")),
            change=change if change in dict(CHANGES) else "",
            policy=sent.get("policy", "").strip(),
            draft=with_plain_line_ends(sent.get("draft", "")),
            entity=sent.get("entity", "").strip(),
            to=sent.get("to", "").strip(),
        )

    @property
    def is_asked(self) -> bool:
        """Whether there is a question at all, and not only the empty form."""
        return bool(self.who or self.action)

    @property
    def is_valid(self) -> bool:
        """Whether it can be asked."""
        return not self.errors and not any(row.error for row in self.rows)

    @property
    def who_rows(self) -> list[str]:
        """The places asked about, and room for another."""
        return [*self.who, ""][:MOST_WHO]

    @property
    def context_rows(self) -> list[ContextRow]:
        """The keys that were given, and room for some more."""
        filled = [row for row in self.rows if row.key or row.value]
        return [*filled, *(ContextRow() for _number in range(ROWS_SHOWN))][:MOST_ROWS]

    @property
    def has_circumstances(self) -> bool:
        """Whether anything beside the action narrows it."""
        return bool(self.resource or self.via_agency or any(row.key for row in self.rows))

    @property
    def policy_type(self) -> str:
        """What kind of policies is asked."""
        return PolicyType.SERVICE_CONTROL_POLICY

    def find(self, organization: Organization) -> None:
        """Look up what is named, and check the question."""
        places = queries.named.find_places(organization, [*self.who, self.entity, self.to])
        policies = queries.named.find_policies(organization, [self.policy] if self.change else [])
        if not self.who:
            self.errors["who"] = _("Name an account, or a unit for all accounts in it.")
        for text in self.who:
            if one := self._one("who", text, places):
                self.asked.append(one)
        self.question = self._question()
        if self.change:
            self.what_if = self._what_if(places, policies)

    def _question(self) -> Question | None:
        context = context_of(self.rows)
        try:
            action = names.requested_action(self.action)
        except errors.InvalidParameter as error:
            self.errors["action"] = (
                error.problem if self.action else _("Say which action, such as ecs:servers:delete.")
            )
        try:
            resource = names.requested_resource(self.resource)
        except errors.InvalidParameter as error:
            self.errors["resource"] = error.problem
        if not self.is_valid:
            return None
        return Question(action=action, resource=resource, context=context)

    def _what_if(
        self, places: Mapping[str, Sequence[Called]], policies: Mapping[str, Sequence[Called]]
    ) -> WhatIf:
        entity = to = policy = None
        if self.change in {"draft", "attach", "detach"}:
            policy = self._one("policy", self.policy, policies)
        if self.change in {"move", "attach", "detach"}:
            entity = self._one("entity", self.entity, places)
        if self.change == "move":
            to = self._one("to", self.to, places)
            if entity is not None and entity.kind == Kind.ROOT:
                self.errors["entity"] = _("The root cannot be moved.")
            if to is not None and to.kind == Kind.ACCOUNT:
                self.errors["to"] = _("Accounts and units move under a unit or the root.")
        if self.change == "draft":
            reading = queries.policy_texts.read_policy_text(self.policy_type, self.draft)
            if reading.faults:
                first = reading.faults[0]
                said = _("Line %(line)s: %(sentence)s")
                self.errors["draft"] = said % {"line": first.line, "sentence": first.sentence(_)}
        if self.errors:
            return WhatIf()
        if self.change == "draft" and policy:
            return WhatIf(drafts={policy.id: self.draft})
        if self.change == "move" and entity and to:
            is_account = entity.kind == Kind.ACCOUNT
            move = MoveAccount(entity.id, to.id) if is_account else MoveUnit(entity.id, to.id)
            return WhatIf(changes=(move,))
        if policy and entity:
            kind = Attach if self.change == "attach" else Detach
            return WhatIf(changes=(kind(entity.id, policy.id),))
        return WhatIf()

    def _one(self, name: str, text: str, found: Mapping[str, Sequence[Called]]) -> Called | None:
        """The one that a text names; else what is wrong with it."""
        called = found.get(text, ())
        if len(called) == 1:
            return called[0]
        if not text:
            self.errors[name] = _("This is required.")
        elif not called:
            self.errors[name] = _("Nothing here is called “%(text)s”.") % {"text": text}
        else:
            self.errors[name] = ngettext(
                "%(n)s unit is called “%(text)s”. Give its id.",
                "%(n)s are called “%(text)s”. Give the id of the one you mean.",
                len(called),
            ) % {"n": len(called), "text": text}
        return None


def context_of(rows: Sequence[ContextRow]) -> dict[str, ContextValue]:
    """The circumstances that rows of keys and values say; what is wrong with a row stands in it then."""
    read: dict[str, ContextValue] = {}
    for row in rows:
        if not row.key and not row.value:
            continue
        try:
            row.error = _wrong(row)
            read |= read_context({row.key: _typed(row)})
            read_context(dict.fromkeys([*(one.lower() for one in read)], ""))
        except errors.InvalidParameter as error:
            row.error = row.error or error.problem
    return read


def known_keys() -> list[Known]:
    """The condition keys to choose from."""
    return [
        Known(key.name, str(_("list, with commas") if key.is_multivalued else FAMILIES[key.family]))
        for key in global_keys.every()
    ]


def complete_actions(text: str) -> Collection[str]:
    """Actions that can be asked about; patterns for whole services cannot."""
    return [one for one in queries.policy_catalogue.complete_action(text) if "*" not in one]


def _wrong(row: ContextRow) -> str:
    key = global_keys.find(row.key)
    if key is None or key.family not in READERS:
        return ""
    reader, sentence = READERS[key.family]
    return "" if reader(row.value) is not None else str(sentence)


def _typed(row: ContextRow) -> ContextValue:
    """A value as the engine takes it: several, where the key has several."""
    key = global_keys.find(row.key)
    if key is not None and key.is_multivalued:
        return [text for one in row.value.split(",") if (text := one.strip())]
    return row.value


def expected_field() -> forms.TypedChoiceField:
    """Whether a question has to be allowed or denied."""
    return forms.TypedChoiceField(
        label=gettext_lazy("Has to be"),
        choices=[("denied", gettext_lazy("denied")), ("allowed", gettext_lazy("allowed"))],
        coerce=lambda value: value == "allowed",
    )


class KeepForm(forms.Form):
    """A question that becomes a test of a policy."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=names.POLICY_TEST_NAME_LENGTH)
    policy_id = forms.CharField(label=gettext_lazy("Policy"))
    account_id = forms.CharField(required=False)
    is_allowed = expected_field()
