"""What nodes that share a database know of each other: who lives, and what one asks of another."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from router.store.metadata import metadata

nodes = Table(
    "nodes",
    metadata,
    Column("node", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("witnessed", BigInteger),
    Column("lost", BigInteger),
    Column("state", Text, nullable=False),
)
"""``at``: when a node last said that it lives, by the database's clock; ``due``: until when it must
say so again; ``witnessed``: when its console last saw its Asterisk there; ``lost``: since when the
others take it for lost; ``state``: JSON, what it says of itself."""

node_requests = Table(
    "node_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("claimed", BigInteger),
    Column("answered", BigInteger),
    Column("status", Integer),
    Column("answer", Text),
)
"""What node ``by`` asks of ``node``: a request to its router's own interface, and the answer. After
``until`` it is not begun any more. A row is erased once its answer is read, or minutes later."""
_WAITS = node_requests.c.claimed.is_(None)
Index(
    "ix_node_requests_waiting",
    node_requests.c.node,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)

node_plans = Table(
    "node_plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("approved", Text, nullable=False),
)
"""The plans that were put in force on all nodes; the last row is the one in force."""

node_live = Table(
    "node_live",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("value", Text),
    Column("note", Text, nullable=False),
    Column("node", Text, nullable=False),
)
"""What overrides the plan for a while on all nodes, as Asterisk's database has it: ``value``, empty
once it was ended before its time, and ``note``. ``number``: of the change, greater than any before;
``until``: when it ends, and the row may go; ``node``: where it was changed."""
