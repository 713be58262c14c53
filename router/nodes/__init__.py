"""Nodes that share a database: who lives, whose callers were cut off, and what one asks another."""
