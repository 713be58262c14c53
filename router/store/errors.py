"""Errors of the store."""

from __future__ import annotations

from siaga.errors import SiagaError
from siaga.shared import COMMAND


class StoreError(SiagaError):
    """Base of what the store raises on purpose."""

    code = "store"


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or is busy for longer than we wait."""

    code = "store_unavailable"
    exit_status = 3


class SchemaNewerError(StoreError):
    """The database was made by a newer version of this program."""

    code = "store_schema_newer"


class SchemaOtherError(StoreError):
    """The database is of another version than this program, which only reads it."""

    code = "store_schema_other"


class NodeUnknownError(StoreError):
    """There is no node of that name."""

    code = "node_unknown"

    def __init__(self, node: str) -> None:
        super().__init__(
            f"Tidak ada node {node[:64]}; lihat {COMMAND} nodes.\n"
            f"There is no node {node[:64]}: look at {COMMAND} nodes."
        )


class NodeLivesError(StoreError):
    """A node that says that it lives, or whose Asterisk is seen, is not forgotten."""

    code = "node_lives"

    def __init__(self, node: str) -> None:
        super().__init__(
            f"Node {node[:64]} hidup: keluarkan dari edge, tunggu panggilannya selesai, "
            f"hentikan, lalu ulangi.\n"
            f"Node {node[:64]} lives: take it out of the edge, let its calls end, stop it, and "
            f"repeat this."
        )


class NodeHasCallsError(StoreError):
    """Calls of a node that is away have no end yet: only a router that lives ends them."""

    code = "node_has_calls"

    def __init__(self, node: str, calls: int) -> None:
        super().__init__(
            f"{calls} panggilan node {node[:64]} belum berakhir: router node lain yang hidup "
            f"mengakhirinya dalam beberapa detik, lalu ulangi.\n"
            f"{calls} calls of node {node[:64]} have no end yet: the router of a node that lives "
            f"ends them within seconds; repeat this then."
        )


class UnknownCallError(StoreError):
    """There is no record of that call."""

    code = "unknown_call"

    def __init__(self, call: str) -> None:
        super().__init__(
            f"Tidak ada panggilan {call[:64]}; lihat {COMMAND} calls.\n"
            f"There is no call {call[:64]}: look at {COMMAND} calls."
        )
