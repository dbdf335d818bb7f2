"""What policies and tags hang on: a root, a unit, an account."""

from tests.oracle.state import Organization, State


def owns_unit(state: State, organization: Organization, unit_id: object) -> bool:
    """An id of another organization is one that is not there (R-GEN-3)."""
    return unit_id in state.units and state.units[unit_id].organization_id == organization.id


def owns_account(state: State, organization: Organization, account_id: object) -> bool:
    return (
        account_id in state.accounts
        and state.accounts[account_id].organization_id == organization.id
    )


def place_of(state: State, entity_id: str) -> str | None:
    """The root or unit itself, and of an account the unit that it hangs on."""
    if entity_id in state.units:
        return entity_id
    return state.accounts[entity_id].unit_id if entity_id in state.accounts else None


def owns_entity(state: State, organization: Organization, entity_id: object) -> bool:
    return owns_unit(state, organization, entity_id) or owns_account(state, organization, entity_id)


def entities(state: State, organization_id: str) -> list[str]:
    """The root, every unit and every account."""
    return [
        row.id
        for row in (*state.units.values(), *state.accounts.values())
        if row.organization_id == organization_id
    ]
