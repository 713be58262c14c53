"""The console's own tables of plans that somebody is working on, or wants approved."""

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

plan_requests = Table(
    "plan_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("base", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answered", BigInteger),
    Column("answered_by", Text, nullable=False),
    Column("words", Text, nullable=False),
)
"""Who asks that ``text`` be put in force in place of version ``base``; ``number``: the version that
it is of, 0 for a draft; ``words``: of whoever refused it."""
