"""Transfer: a waiting or answered call is sent to another agency, and rings there at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from router.ami import ActionRefusedError, AmiError, Redirect
from router.dispatch.errors import CallNotOpenError, TransferRefusedError, UnknownAgencyError
from siaga.names import START, Context

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.ami import AmiLink
    from router.calls.tracker import CallTracker

log = structlog.get_logger(__name__)


async def transfer(
    link: AmiLink, tracker: CallTracker, agencies: Collection[str], call: str, agency: str
) -> None:
    """Send ``call`` to ``agency``; whoever talks with the caller is let go.

    Raises:
        UnknownAgencyError, CallNotOpenError, TransferRefusedError: nothing was moved.
    """
    if agency not in agencies:
        known = ", ".join(sorted(agencies))
        raise UnknownAgencyError(
            f"Tidak ada instansi {agency[:40]!r}; yang ada: {known}. / "
            f"No agency {agency[:40]!r}; known are: {known}."
        )
    state = tracker.find(call)
    if state is None or not state.emergency_call or state.record.ended is not None:
        raise CallNotOpenError(
            f"Panggilan {call[:64]!r} tidak ada atau sudah selesai. / "
            f"Call {call[:64]!r} is not there or is over."
        )
    try:
        await link.act(Redirect(state.channel, Context.TRANSFER, agency, START))
    except ActionRefusedError as error:
        raise TransferRefusedError(
            f"Penelepon sudah menutup telepon. / The caller has hung up. ({error})"
        ) from error
    except AmiError as error:
        raise TransferRefusedError(
            f"Asterisk tidak menjawab; panggilan tidak dipindahkan. / "
            f"Asterisk does not answer; the call was not moved. ({error})"
        ) from error
    log.info("call_transferred", call=call, agency=agency)
