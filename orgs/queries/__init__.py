"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import accounts, events, organizations, structure

__all__ = ["accounts", "events", "organizations", "structure"]
