"""Many processes against one database."""
