"""What a change would alter, on the wire."""

from collections.abc import Sequence

from msgspec import Struct

from orgs.api.error_codes import row_of
from orgs.api.shapes.decisions import NamedDto
from orgs.queries.decisions.rulings import Named
from orgs.queries.previews.findings import (
    AffectedAccount,
    Flip,
    PolicyDifference,
    Preview,
    TagRule,
    TagRuleDifference,
)


class AccountMovesBody(Struct, frozen=True, forbid_unknown_fields=True):
    """PreviewAccountMoves."""

    account_ids: list[str]
    destination_parent_id: str


class UnitMoveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """PreviewUnitMove."""

    organizational_unit_id: str
    destination_parent_id: str


class AttachmentBody(Struct, frozen=True, forbid_unknown_fields=True):
    """PreviewAttach, PreviewDetach."""

    policy_id: str
    entity_id: str


class SaveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """PreviewSave."""

    policy_id: str
    content: str


class PolicyDifferenceDto(Struct, frozen=True):
    """A policy that some accounts gain or lose; `entity` is where it hangs, null where on themselves."""

    policy: NamedDto
    type: str
    entity: NamedDto | None
    accounts: int


class TagRuleDto(Struct, frozen=True):
    """What binds a tag key. Without values any is accepted."""

    tag_key: str
    values: Sequence[str]
    enforced_for: Sequence[str]


class TagRuleDifferenceDto(Struct, frozen=True):
    """A tag key about which another rule would hold, or for the first time, or none any more."""

    key: str
    before: TagRuleDto | None
    after: TagRuleDto | None
    accounts: int


class FlipDto(Struct, frozen=True):
    """A test of a policy that would be answered otherwise."""

    test_id: int
    test: str
    policy: NamedDto
    account: NamedDto | None
    passes_before: bool
    passes_after: bool
    sentence: str


class AffectedAccountDto(Struct, frozen=True):
    """An account for which something changes."""

    account: NamedDto
    gained: Sequence[NamedDto]
    lost: Sequence[NamedDto]
    keys: Sequence[str]


class BlockerDto(Struct, frozen=True):
    """A refusal that the operation itself would answer."""

    error_code: str
    error_msg: str


class PreviewDto(Struct, frozen=True):
    """What a change would alter: of `total` accounts `affected`, of whom `sample` are the first by name."""

    total: int
    affected: int
    sample: Sequence[AffectedAccountDto]
    gained: Sequence[PolicyDifferenceDto]
    lost: Sequence[PolicyDifferenceDto]
    tag_rules: Sequence[TagRuleDifferenceDto]
    flips: Sequence[FlipDto]
    blockers: Sequence[BlockerDto]
    warnings: Sequence[str]


class PreviewAnswer(Struct, frozen=True):
    """PreviewAccountMoves, PreviewUnitMove, PreviewAttach, PreviewDetach, PreviewSave."""

    preview: PreviewDto


def preview_answer(preview: Preview) -> PreviewAnswer:
    """The answer about a change that nobody has made."""
    return PreviewAnswer(
        PreviewDto(
            total=preview.total,
            affected=preview.affected,
            sample=[_affected(one) for one in preview.sample],
            gained=[_policy_difference(one) for one in preview.gained],
            lost=[_policy_difference(one) for one in preview.lost],
            tag_rules=[_tag_rule_difference(one) for one in preview.tag_rules],
            flips=[_flip(one) for one in preview.flips],
            blockers=[BlockerDto(row_of(one).code, str(one)) for one in preview.blockers],
            warnings=preview.warnings,
        )
    )


def _named(named: Named) -> NamedDto:
    return NamedDto(named.id, named.name)


def _named_if_any(named: Named | None) -> NamedDto | None:
    return None if named is None else _named(named)


def _affected(affected: AffectedAccount) -> AffectedAccountDto:
    return AffectedAccountDto(
        account=_named(affected.account),
        gained=[_named(one) for one in affected.gained],
        lost=[_named(one) for one in affected.lost],
        keys=affected.keys,
    )


def _policy_difference(difference: PolicyDifference) -> PolicyDifferenceDto:
    return PolicyDifferenceDto(
        policy=_named(difference.policy),
        type=difference.policy_type,
        entity=_named_if_any(difference.entity),
        accounts=difference.accounts,
    )


def _tag_rule_difference(difference: TagRuleDifference) -> TagRuleDifferenceDto:
    return TagRuleDifferenceDto(
        key=difference.key,
        before=_tag_rule(difference.before),
        after=_tag_rule(difference.after),
        accounts=difference.accounts,
    )


def _tag_rule(rule: TagRule | None) -> TagRuleDto | None:
    return None if rule is None else TagRuleDto(rule.tag_key, rule.values, rule.enforced_for)


def _flip(flip: Flip) -> FlipDto:
    return FlipDto(
        test_id=flip.test_id,
        test=flip.test,
        policy=_named(flip.policy),
        account=_named_if_any(flip.account),
        passes_before=flip.passes_before,
        passes_after=flip.passes_after,
        sentence=flip.sentence,
    )
