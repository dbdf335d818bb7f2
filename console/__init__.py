"""The site people use in a browser."""
