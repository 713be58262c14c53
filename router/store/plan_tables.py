"""The console's own table of plans that somebody is working on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from router.store.metadata import metadata

plan_drafts = Table(
    "plan_drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Integer, nullable=False),
    Column("sitting", Text, nullable=False),
    Column("base", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("saved", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)
"""``base``: number of the version in force when the draft was begun; ``sitting``: the page on which
it was typed; ``state``: ``open``, ``applied`` or ``dropped``."""
Index("ix_plan_drafts_account", plan_drafts.c.account, plan_drafts.c.id)
