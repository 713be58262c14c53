"""New passwords where the edge asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.apply.rotate import EdgeHandsetsError, rotate
from siaga import settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_node_whose_handsets_log_in_at_the_edge_makes_no_passwords(tmp_path: Path) -> None:
    """It says where they come from, and changes nothing."""
    env = {
        "SIAGA_HOME": str(tmp_path),
        "SIAGA_EDGE": "203.0.113.5",
        "SIAGA_EDGE_APART": "1",
        "SIAGA_EDGE_HANDSETS": "1",
        "SIAGA_SECRET_FILE": str(tmp_path / "centre"),
    }
    with pytest.raises(EdgeHandsetsError, match="SIAGA_SECRET_FILE"):
        await rotate(settings.load(env), ["201"])
    assert not (tmp_path / "secrets.json").exists()
