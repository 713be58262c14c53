"""The sizes of images that the trial of the containers tells."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from tests.compose.images import Layer, measure

BASE, ONE, TWO = b"base " * 9000, b"1" * 5000, bytes(range(256)) * 40


def packed(content: bytes) -> int:
    """The length that gzip gives it at its usual level."""
    return len(gzip.compress(content, 6))


def saved(*, links: bool, lost: str = "") -> io.BytesIO:
    """What ``docker save`` writes of two images on one base, in its older way or by OCI's."""
    manifest = [
        {"RepoTags": ["a:1"], "Layers": ["b/layer.tar", "1/layer.tar"]},
        {"RepoTags": ["c:1"], "Layers": ["again/layer.tar", "2/layer.tar"]},
    ]
    files = {"b/layer.tar": BASE, "1/layer.tar": ONE, "2/layer.tar": TWO, "x.json": b"{}"}
    if not links:
        files["again/layer.tar"] = BASE
    files.pop(lost, None)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        if links:
            link = tarfile.TarInfo("again/layer.tar")
            link.type, link.linkname = tarfile.SYMTYPE, "../b/layer.tar"
            tar.addfile(link)
        files["manifest.json"] = json.dumps(manifest).encode()
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    out.seek(0)
    return out


@pytest.mark.parametrize("links", [True, False])
def test_shared_layer_counts_once(*, links: bool) -> None:
    """Each image is as large as its layers, both together are their sum less what they share."""
    sizes = measure(saved(links=links))
    one = Layer(len(BASE) + len(ONE), packed(BASE) + packed(ONE))
    two = Layer(len(BASE) + len(TWO), packed(BASE) + packed(TWO))
    assert sizes.of(["a:1"]) == one
    assert sizes.of(["c:1"]) == two
    assert sizes.of(["a:1", "c:1"]) == Layer(
        one.unpacked + two.unpacked - len(BASE), one.packed + two.packed - packed(BASE)
    )


def test_something_else_is_refused() -> None:
    """What no engine wrote is an error, not a size of nothing."""
    with pytest.raises(tarfile.TarError):
        measure(io.BytesIO(b"no archive"))
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    empty.seek(0)
    with pytest.raises(ValueError, match="Expecting"):
        measure(empty)


def test_missing_layer_is_refused() -> None:
    """A layer that the list names and the archive lacks is an error."""
    with pytest.raises(LookupError):
        measure(saved(links=False, lost="1/layer.tar"))
