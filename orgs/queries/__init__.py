"""What can be asked: only what the actor may see."""
