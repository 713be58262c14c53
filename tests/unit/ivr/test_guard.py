import os
import threading

import pytest

from ivr.guard import BEAT_S, SILENT_BEATS, watch


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def test_a_server_that_stops_beating_is_killed(pipe: tuple[int, int]) -> None:
    """Without a beat for long enough the server is killed, once, though its pipe is open."""
    killed: list[bool] = []
    watch(pipe[0], lambda: killed.append(True))
    assert killed == [True]


def test_a_server_that_ends_is_left_alone(pipe: tuple[int, int]) -> None:
    """A pipe that is closed is the end of the server, and of the watch."""
    killed: list[bool] = []
    os.write(pipe[1], b"..")
    os.close(pipe[1])
    watch(pipe[0], lambda: killed.append(True))
    assert killed == []


def test_a_server_that_beats_lives(pipe: tuple[int, int]) -> None:
    """Beats as slow as may be keep a server alive for longer than it may be silent."""
    killed: list[bool] = []
    ended = threading.Event()

    def beat() -> None:
        for _ in range(3):
            os.write(pipe[1], b".")
            ended.wait(BEAT_S * SILENT_BEATS * 0.6)
        os.close(pipe[1])

    beating = threading.Thread(target=beat)
    beating.start()
    watch(pipe[0], lambda: killed.append(True))
    beating.join()
    assert killed == []
