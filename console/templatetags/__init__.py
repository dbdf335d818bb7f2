"""What templates ask: whether to show a button, and how a thing looks."""
