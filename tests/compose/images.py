"""How large images are: unpacked, as Docker says, and as they are fetched, each layer packed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CHUNK: Final = 1 << 20
_GZIP: Final = 31
"""zlib's word for a gzip header round its own format."""
_MANIFEST: Final = "manifest.json"
MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's size in bytes, as it is and by gzip at its usual level, as registries keep it."""

    unpacked: int
    packed: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The layers of images, by what is in them: what two images share is there once.

    Attributes:
        by_image: for each image its layers' digests. ``layers``: by digest.
    """

    by_image: Mapping[str, tuple[str, ...]]
    layers: Mapping[str, Layer]

    def of(self, images: Iterable[str]) -> Layer:
        """Of these images together."""
        names = {digest for image in images for digest in self.by_image[image]}
        found = [self.layers[name] for name in names]
        return Layer(sum(one.unpacked for one in found), sum(one.packed for one in found))


def measure(archive: IO[bytes]) -> Sizes:
    """Read what ``docker save`` writes, from its beginning to its end.

    Raises:
        LookupError, tarfile.TarError, ValueError: it is something else.
    """
    files: dict[str, str] = {}
    layers: dict[str, Layer] = {}
    manifest = b""
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        for member in tar:
            if member.name == _MANIFEST:
                manifest = _content(tar, member).read()
            elif member.issym():
                files[member.name] = member.linkname.removeprefix("../")
            elif member.isreg():
                digest, layer = _weigh(_content(tar, member))
                files[member.name], layers[digest] = digest, layer
    by_image = {
        name: tuple(_digest(files, path) for path in entry["Layers"])
        for entry in json.loads(manifest)
        for name in entry["RepoTags"]
    }
    used = {digest for digests in by_image.values() for digest in digests}
    return Sizes(by_image, {digest: layers[digest] for digest in used})


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise LookupError(f"no content: {member.name}")
    return content


def _digest(files: Mapping[str, str], path: str) -> str:
    found = files[path]
    return files.get(found, found)


def _weigh(content: IO[bytes]) -> tuple[str, Layer]:
    """The digest of a file, and its size with and without gzip."""
    digest, packer = hashlib.sha256(), zlib.compressobj(wbits=_GZIP)
    unpacked = packed = 0
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
        unpacked += len(chunk)
        packed += len(packer.compress(chunk))
    packed += len(packer.flush())
    return digest.hexdigest(), Layer(unpacked, packed)


def told(images: Iterable[str]) -> str:
    """A table of the images that an engine has, in MB (millions of bytes).

    Raises:
        CalledProcessError: it lacks one.
    """
    names = list(images)
    with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saving:
        if saving.stdout is None:
            raise LookupError("docker save has no output")
        sizes = measure(saving.stdout)
    if saving.returncode:
        raise subprocess.CalledProcessError(saving.returncode, saving.args)
    rows = [(name, sizes.of([name])) for name in names]
    rows.append(("together, what they share once", sizes.of(names)))
    lines = ["| image | unpacked | compressed |", "|---|---|---|"]
    lines += [
        f"| {name} | {size.unpacked / MB:.0f} MB | {size.packed / MB:.0f} MB |"
        for name, size in rows
    ]
    return "\n".join(lines)
