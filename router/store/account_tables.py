"""The console's own tables: who may log in, who is, and what they changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from router.store.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("one_time", Integer, nullable=False),
    Column("secret", Text),
    Column("last_step", BigInteger),
    Column("language", Text),
    Column("created", BigInteger, nullable=False),
    Column("disabled", BigInteger),
)
"""``key`` is the name as names are compared; ``one_time``: the password is to be changed;
``secret`` makes the codes, ``last_step`` is the time step of the last one that was used."""
Index("uq_accounts_key", accounts.c.key, unique=True)

devices = Table(
    "devices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""Browsers that an account has logged in from."""
Index("uq_devices_digest", devices.c.digest, unique=True)
Index("ix_devices_account", devices.c.account)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("proved", BigInteger),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("ended", BigInteger),
    Column("why", Text),
)
"""Log-ins; ``proved``: when the code of the second factor was given."""
Index("uq_sessions_digest", sessions.c.digest, unique=True)
Index("ix_sessions_account", sessions.c.account)
Index("ix_sessions_created", sessions.c.created)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("seen", BigInteger),
    Column("revoked", BigInteger),
)
"""What machines log in by."""
Index("uq_api_tokens_digest", api_tokens.c.digest, unique=True)

audit_trail = Table(
    "audit_trail",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("account", Integer),
    Column("who", Text, nullable=False),
    Column("session", Integer),
    Column("address", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
)
"""What was changed by way of the console; rows are only ever added."""
Index("ix_audit_trail_at", audit_trail.c.at)

handover_notes = Table(
    "handover_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("once", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)
"""What a shift hands over to the next; ``once`` names the form that it was sent by."""
Index("uq_handover_notes_once", handover_notes.c.once, unique=True)

handover_reads = Table(
    "handover_reads",
    metadata,
    Column("note", Integer, primary_key=True, autoincrement=False),
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""Who has read it."""
