"""A busy evening."""
