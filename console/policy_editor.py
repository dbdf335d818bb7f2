"""The editor of a policy's text: what is wrong with it, how long it is, and its fields to fill in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from console.forms.policies import with_plain_line_ends
from console.forms.policy_builders import (
    StatementBuilder,
    TagRuleBuilder,
    builder_of,
    read_number,
)
from orgs import queries
from orgs.models import PolicyType
from orgs.policy.faults import Fault
from orgs.policy.text import without_blanks
from orgs.queries.overview import Quota
from orgs.queries.policy_catalogue import EnforceableTypes

MOST_SHOWN = 50  # problems of a kind; a text can have thousands, and nobody mends them in one go
STRIP = "strip"
# What Ace says to who hears the page or points at its margin, by its own keys; numbers stand for $0 and $1.
EDITOR_WORDS = {
    "text-input.aria-roledescription": gettext_lazy("editor"),
    "text-input.aria-label": gettext_lazy("Cursor at row $0"),
    "editor.scroller.aria-roledescription": gettext_lazy("editor"),
    "editor.scroller.aria-label": gettext_lazy(
        "Editor content, press Enter to start editing, press Escape to exit"
    ),
    "editor.gutter.aria-roledescription": gettext_lazy("editor gutter"),
    "editor.gutter.aria-label": gettext_lazy(
        "Editor gutter, press Enter to interact with controls using arrow keys, press Escape to exit"
    ),
    "gutter.code-folding.range.aria-label": gettext_lazy("Toggle code folding, rows $0 through $1"),
    "gutter.code-folding.open.aria-label": gettext_lazy("Toggle code folding, row $0"),
    "gutter.code-folding.closed.aria-label": gettext_lazy(
        "Toggle code folding, rows $0 through $1"
    ),
    "gutter.code-folding.open.title": gettext_lazy("Fold code"),
    "gutter.code-folding.closed.title": gettext_lazy("Unfold code"),
    "inline-fold.closed.title": gettext_lazy("Unfold code"),
    "gutter.annotation.aria-label.error": gettext_lazy("Error, read annotations row $0"),
    "gutter.annotation.aria-label.warning": gettext_lazy("Warning, read annotations row $0"),
    "gutter.annotation.aria-label.info": gettext_lazy("Info, read annotations row $0"),
    "gutter-tooltip.aria-label.error.singular": gettext_lazy("error"),
    "gutter-tooltip.aria-label.error.plural": gettext_lazy("errors"),
    "gutter-tooltip.aria-label.warning.singular": gettext_lazy("warning"),
    "gutter-tooltip.aria-label.warning.plural": gettext_lazy("warnings"),
    "gutter-tooltip.aria-label.info.singular": gettext_lazy("information message"),
    "gutter-tooltip.aria-label.info.plural": gettext_lazy("information messages"),
    "autocomplete.popup.aria-label": gettext_lazy("Autocomplete suggestions"),
    "autocomplete.popup.aria-roledescription": gettext_lazy("Autocomplete suggestions"),
    "autocomplete.popup.item.aria-roledescription": gettext_lazy("item"),
    "autocomplete.loading": gettext_lazy("Loading..."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a text, at a place of it: line and column count from 1."""

    line: int
    column: int
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems of one kind: `kind` is what the editor marks them by."""

    kind: str
    all: Sequence[Fault]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.all)

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return max(0, len(self.all) - MOST_SHOWN)

    @property
    def shown(self) -> list[Problem]:
        """The first of them, in the words of the reader."""
        return [
            Problem(fault.line, fault.column, fault.path, fault.sentence(gettext))
            for fault in self.all[:MOST_SHOWN]
        ]


@dataclass(frozen=True, slots=True)
class TypesOfService:
    """The resource types of a service to tick, and which of them are ticked."""

    name: str
    choices: Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """A text, and all that is shown around it."""

    policy_type: PolicyType
    text: str
    size: Quota
    errors: Problems
    warnings: Problems
    lints: Problems
    builder: StatementBuilder | TagRuleBuilder
    is_built: bool  # whether the text is not the one that was sent, but made from fields
    types: Sequence[TypesOfService] = ()

    @property
    def words(self) -> str:
        """What the editor itself says, as JSON."""
        return json.dumps({key: str(said) for key, said in EDITOR_WORDS.items()})

    @property
    def is_valid(self) -> bool:
        """Whether the text may be stored."""
        return not self.errors.all

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say about it."""
        return not (self.errors.all or self.warnings.all or self.lints.all)

    @property
    def is_too_long(self) -> bool:
        """Whether it has more characters than fit (R-POL-2)."""
        return self.size.used > self.size.limit


def open_editor(policy_type: str, text: str, *, part: int = 0) -> Editor:
    """The editor with a text, its fields at one part of it. Of tag policies it takes two statements."""
    return _editor(policy_type, text, builder_of(policy_type).of(text, part), is_built=False)


def use_tool(policy_type: str, sent: QueryDict) -> Editor:
    """The editor after a tool was used: blanks stripped, or the fields written into the text.

    `sent` holds the text as `document`, the tool as `tool`, and all the fields.
    """
    text = with_plain_line_ends(sent.get("document", ""))
    tool = sent.get("tool", "")
    builder = builder_of(policy_type)
    if tool == STRIP:
        stripped = without_blanks(text)
        return _editor(policy_type, stripped, builder.of(stripped), is_built=True)
    new_text, fields = builder.apply(text, sent, tool)
    return _editor(policy_type, new_text, fields, is_built=True)


def _editor(
    policy_type: str, text: str, builder: StatementBuilder | TagRuleBuilder, *, is_built: bool
) -> Editor:
    reading = queries.policy_texts.read_policy_text(policy_type, text)
    return Editor(
        policy_type=PolicyType(policy_type),
        text=text,
        size=Quota(len(text), queries.policy_texts.character_limit(policy_type)),
        errors=Problems("error", reading.faults),
        warnings=Problems("warning", reading.warnings),
        lints=Problems("info", reading.lints),
        builder=builder,
        is_built=is_built,
        types=_types(builder) if isinstance(builder, TagRuleBuilder) else (),
    )


def _types(builder: TagRuleBuilder) -> list[TypesOfService]:
    """What can be enforced, ticked where the text assigns it; what no catalogue knows comes last."""
    ticked = list(builder.enforced_for.assign)
    services = queries.policy_catalogue.list_types()
    shown = [
        TypesOfService(service.name, [(one, one in ticked) for one in _choices(service)])
        for service in services
    ]
    known = {one for service in services for one in _choices(service)}
    unknown = [(one, True) for one in ticked if one not in known]
    return [*shown, *([TypesOfService("", unknown)] if unknown else [])]


def _choices(service: EnforceableTypes) -> Iterable[str]:
    return (
        [f"{service.code}:*", *service.resource_types]
        if service.takes_wildcard
        else list(service.resource_types)
    )


def read_part(sent: Mapping[str, str]) -> int:
    """The number of the part that the fields were at."""
    return read_number(sent.get("part", ""))
