"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import organizations, structure, targets

__all__ = ["organizations", "structure", "targets"]
