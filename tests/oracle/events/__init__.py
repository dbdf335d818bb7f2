"""What events say: a trail of them describes a state."""
