"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import organizations, structure

__all__ = ["organizations", "structure"]
