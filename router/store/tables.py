"""The tables. What is built by the migrations is proven by a test to equal what stands here.

Times are UTC in whole microseconds since 1970 (``BIGINT``): the only form that comes back exactly
from both databases, sorts, compares with ``=`` and needs no conversion by the driver.

The steps and legs of a call are JSON in the call's own row. They are only ever written and read
together with it, there are few, and a record is so replaced by one statement: a table of their own
would cost a delete and several inserts at each of the eight or so changes of a call. A row of a
program that knew no legs has none.

``agencies``, ``test`` and ``class`` of a call repeat what stands elsewhere, so that everything a
search asks for is in one index: a search for what is in no call at all reads that and no record.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from router.store import (
    account_tables,  # noqa: F401 (so that whoever has one has all)
    node_tables,  # noqa: F401 (likewise)
    plan_tables,  # noqa: F401 (likewise)
    report_tables,  # noqa: F401 (likewise)
)
from router.store.metadata import metadata as metadata  # noqa: PLC0414 (handed on)

REVISION: Final = "0029"
"""The migration that this code is written for; a test holds it to the newest one."""

calls = Table(
    "calls",
    metadata,
    Column("node", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("language", Text),
    Column("emergency", Text),
    Column("choice", Text),
    Column("tier", Integer),
    Column("plan_version", Text),
    Column("steps", Text, nullable=False),
    Column("answered_by", Text),
    Column("handset", Text),
    Column("answered", BigInteger),
    Column("ended", BigInteger),
    Column("outcome", Text),
    Column("reason", Text),
    Column("recording_path", Text),
    Column("recording_sha256", Text),
    Column("recording_ms", BigInteger),
    Column("source", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("legs", Text),
    Column("address", Text),
    Column("agencies", Text),
    Column("test", Integer),
    Column("class", Text),
)
Index("ix_calls_began", calls.c.began, calls.c.node, calls.c.id)
Index("ix_calls_change", calls.c.node, calls.c.change)
Index(
    "ix_calls_open",
    calls.c.began,
    sqlite_where=calls.c.ended.is_(None),
    postgresql_where=calls.c.ended.is_(None),
)

Index(
    "ix_calls_search",
    calls.c.began,
    calls.c.node,
    calls.c.id,
    calls.c.caller,
    calls.c.outcome,
    calls.c.emergency,
    calls.c.agencies,
    calls.c["class"],
    calls.c.test,
)
OF_LOST_NODES: Final = calls.c.reason == text("'node_lost'")
Index(
    "ix_calls_node_lost",
    calls.c.node,
    sqlite_where=OF_LOST_NODES,
    postgresql_where=OF_LOST_NODES,
)

UNFILED: Final = (
    calls.c.ended.is_not(None)
    & calls.c.recording_path.is_not(None)
    & calls.c.recording_sha256.is_(None)
)
"""Calls that are over and whose recording is not filed yet."""
Index(
    "ix_calls_unfiled",
    calls.c.node,
    calls.c.began,
    sqlite_where=UNFILED,
    postgresql_where=UNFILED,
)
BY_SYSTEM: Final = calls.c.reason == text("'system'")
"""Calls that neither side ended."""
Index(
    "ix_calls_by_system",
    calls.c.node,
    calls.c.ended,
    sqlite_where=BY_SYSTEM,
    postgresql_where=BY_SYSTEM,
)

change_counters = Table(
    "change_counters",
    metadata,
    Column("node", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The last ``calls.change`` of each node.

A node's row is locked from the numbering of a batch to its commit, so numbers become visible in
their order (those of a database sequence do not, and a follower would pass over rows). One counter
a node, because a node that dies in mid-transaction must not hold up the others.
"""

cel_positions = Table(
    "cel_positions",
    metadata,
    Column("node", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("delivered", BigInteger),
    Column("given_up", BigInteger),
    Column("last_error", Text),
    Column("target", Text),
    Column("step", Integer),
    Column("token", Text),
    Column("claimed_by", Text),
    Column("claimed_until", BigInteger),
    ForeignKeyConstraint(["node", "call_id"], ["calls.node", "calls.id"], ondelete="CASCADE"),
)
_WAITING = outbox.c.delivered.is_(None) & outbox.c.given_up.is_(None)
Index(
    "ix_outbox_waiting",
    outbox.c.channel,
    outbox.c.created,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_outbox_call", outbox.c.node, outbox.c.call_id)
Index(
    "uq_outbox_token",
    outbox.c.token,
    unique=True,
    sqlite_where=outbox.c.token.is_not(None),
    postgresql_where=outbox.c.token.is_not(None),
)

acceptances = Table(
    "acceptances",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("how", Text, nullable=False),
    ForeignKeyConstraint(["node", "call_id"], ["calls.node", "calls.id"], ondelete="CASCADE"),
)
"""Who first said for an agency that it goes to a call it was told of."""

holds = Table(
    "holds",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""Calls of which nothing is deleted, whatever the rules say; a released hold has no row."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""What was done to what is kept, by whom and why; rows are only ever added."""
Index("ix_audit_log_object", audit_log.c.what, audit_log.c.object)

listener_gaps = Table(
    "listener_gaps",
    metadata,
    Column("node", Text, primary_key=True),
    Column("began", BigInteger, primary_key=True),
    Column("why", Text, primary_key=True),
    Column("ended", BigInteger),
)
"""When the listener did not hear Asterisk; ``ended`` is null while it does not."""

listener_gap_calls = Table(
    "listener_gap_calls",
    metadata,
    Column("node", Text, primary_key=True),
    Column("began", BigInteger, primary_key=True),
    Column("why", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("how", Text, nullable=False),
)
"""The calls in each gap and how each was recovered. No foreign key to ``calls``: what is kept of a
gap outlives the records in it."""
Index("ix_listener_gap_calls_call", listener_gap_calls.c.node, listener_gap_calls.c.call_id)

listener_marks = Table(
    "listener_marks",
    metadata,
    Column("node", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""When each node's listener was last known to hear."""

callback_calls = Table(
    "callback_calls",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("agency", Text),
    Column("emergency", Text),
    Column("language", Text),
    Column("reason", Text),
)
"""Calls that are over, by the one form of their caller's number (empty: it cannot be dialled). What
is to be done about a number is decided from all of its calls anew whenever one comes."""
Index("ix_callback_calls_number", callback_calls.c.number, callback_calls.c.at)

callback_tasks = Table(
    "callback_tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("agency", Text),
    Column("emergency", Text),
    Column("language", Text),
    Column("node", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("closed", BigInteger),
    Column("settled", BigInteger),
    Column("how", Text),
    Column("who", Text),
    Column("why", Text),
    Column("reason", Text),
)
"""Whoever is to be called back. ``outcome`` to ``call_id`` and ``reason`` (what cut it off, where
something of ours did) are of the latest unanswered call;
``settled`` is until when the number is settled by the closing."""
Index(
    "uq_callback_tasks_number",
    callback_tasks.c.number,
    unique=True,
    sqlite_where=callback_tasks.c.closed.is_(None),
    postgresql_where=callback_tasks.c.closed.is_(None),
)
Index("ix_callback_tasks_number", callback_tasks.c.number)

callback_tries = Table(
    "callback_tries",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("task", Integer, nullable=False),
    Column("handset", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("dialled", BigInteger),
    Column("answered", BigInteger),
    Column("ended", BigInteger),
    Column("result", Text),
    Column("recording", Text),
)
"""Tries to call back, by the operator's call; ``result`` is null while it lasts."""
Index("ix_callback_tries_task", callback_tries.c.task)

call_classes = Table(
    "call_classes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("node", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
)
"""What officers said that a call was; rows are only ever added, and the last of a call counts."""
Index("ix_call_classes_call", call_classes.c.node, call_classes.c.call_id)

shifts = Table(
    "shifts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("node", Text, nullable=False),
    Column("handset", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("ended", BigInteger),
)
"""Who was logged in at which handset; over at ``ended``, or at ``until`` by itself."""
Index("ix_shifts_until", shifts.c.until)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("emergency", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("district", Text),
    Column("village", Text),
    Column("place", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("position_by", Text),
    Column("dispatched", BigInteger),
    Column("on_scene", BigInteger),
    Column("closed", BigInteger),
    Column("how", Text),
    Column("into", Integer),
)
"""What has happened somewhere. ``state`` and the times of it follow from the units and the closing,
and are kept for whoever looks for them."""
Index("ix_incidents_opened", incidents.c.opened)
Index(
    "ix_incidents_open",
    incidents.c.opened,
    sqlite_where=incidents.c.closed.is_(None),
    postgresql_where=incidents.c.closed.is_(None),
)

incident_calls = Table(
    "incident_calls",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("incident", Integer, nullable=False),
    Column("began", BigInteger, nullable=False),
)
"""Which incident a call tells of: one at most."""
Index("ix_incident_calls_incident", incident_calls.c.incident)

incident_units = Table(
    "incident_units",
    metadata,
    Column("incident", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sent", BigInteger),
    Column("accepted", BigInteger),
    Column("arrived", BigInteger),
)

incident_log = Table(
    "incident_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("text", Text, nullable=False),
)
"""What was said and done, in its order; rows are only ever added, and emptied when it is time."""
Index("ix_incident_log_incident", incident_log.c.incident)

location_links = Table(
    "location_links",
    metadata,
    Column("token", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("accuracy", Double),
)
"""Links by which callers were asked to send where they are, and what they sent."""
Index("ix_location_links_call", location_links.c.node, location_links.c.call_id)

call_positions = Table(
    "call_positions",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("accuracy", Double),
    Column("district", Text, nullable=False),
)
"""Where callers are, as their carriers have sent it with the call; ``accuracy`` is a radius."""

call_notes = Table(
    "call_notes",
    metadata,
    Column("node", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What is typed about a call at the console, of each ``account`` one text."""

incident_answers = Table(
    "incident_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", Text, nullable=False),
)
"""Questions of the plan with the caller's answers, and advice that was given, as worded then."""
Index("ix_incident_answers_incident", incident_answers.c.incident)
