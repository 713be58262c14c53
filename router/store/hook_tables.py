"""Who is told of what happens at the centre, and what they are to be told."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from router.store.metadata import metadata

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("personal", Integer, nullable=False),
    Column("secret", Text, nullable=False),
    Column("former", Text),
    Column("former_until", BigInteger),
    Column("made", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("paused", BigInteger),
    Column("removed", BigInteger),
)
"""Subscriptions; ``removed`` ones stay for their posts, without address and secret."""

hook_posts = Table(
    "hook_posts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("delivered", BigInteger),
    Column("given_up", BigInteger),
    Column("last_error", Text),
    Column("target", Integer, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", BigInteger),
)
"""Their outbox, beside that of the agencies: a receiver that is down for a day fills this one.

``target`` is the subscription. No foreign key: much that happens is about no call.
"""
WAITING: Final = hook_posts.c.delivered.is_(None) & hook_posts.c.given_up.is_(None)
Index(
    "ix_hook_posts_waiting",
    hook_posts.c.target,
    hook_posts.c.created,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
Index("ix_hook_posts_target", hook_posts.c.target, hook_posts.c.created)
Index("ix_hook_posts_created", hook_posts.c.created)
