"""Pictures of a page that are small enough to keep in a repository: PNG with a palette of 256."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.async_api import Page

QUANTISE: Final = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const dots = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const counts = new Map();
  for (const dot of dots) {
    counts.set(dot, (counts.get(dot) ?? 0) + 1);
  }
  const parts = (dot) => [dot & 255, (dot >> 8) & 255, (dot >> 16) & 255];
  const far = (one, other) => one.reduce((sum, part, at) => sum + (part - other[at]) ** 2, 0);
  const palette = [];
  for (const [dot] of [...counts].sort((one, other) => other[1] - one[1])) {
    const colour = parts(dot);
    // What is hardly another colour leaves room for one that is.
    if (palette.length < 256 && palette.every((known) => far(known, colour) > 18)) {
      palette.push(colour);
    }
  }
  const nearest = new Map();
  for (const dot of counts.keys()) {
    const colour = parts(dot);
    let best = 0;
    palette.forEach((known, at) => {
      if (far(known, colour) < far(palette[best], colour)) {
        best = at;
      }
    });
    nearest.set(dot, best);
  }
  const bytes = Uint8Array.from(dots, (dot) => nearest.get(dot));
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return { width: canvas.width, height: canvas.height, palette: palette.flat(), dots: btoa(text) };
}"""
"""The browser decodes the picture and finds its colours: faster than anything here would be."""


async def small(png: bytes, blank: Page) -> bytes:
    """The same picture with at most 256 colours; ``blank`` is a page without a policy."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    found = await blank.evaluate(QUANTISE, source)
    width, height = found["width"], found["height"]
    dots = base64.b64decode(found["dots"])
    rows = b"".join(b"\0" + dots[row * width : (row + 1) * width] for row in range(height))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(found["palette"])),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    checked = name + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))
