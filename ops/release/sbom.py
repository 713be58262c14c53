"""The bill of materials of a release: CycloneDX 1.6 in JSON, the same bytes each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.release.licences import Part


def bill(parts: Sequence[Part], version: str, digest: str, epoch: int) -> str:
    """The bill of the wheel whose SHA-256 is ``digest``, made of a commit of this time."""
    whole = Component(
        name="siaga112",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref="siaga112",
        purl=PackageURL("pypi", None, "siaga112", version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"siaga112:{digest}"))
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    bom.metadata.component = whole
    made = {(part.kind, part.name): _component(part) for part in parts}
    bom.components.update(made.values())
    bom.register_dependency(whole, made.values())
    for part in parts:
        needed = [made[part.kind, name] for name in part.needs]
        bom.register_dependency(made[part.kind, part.name], needed)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    told: dict[str, Any] = json.loads(text)
    return json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _component(part: Part) -> Component:
    scope, _, name = part.name.rpartition("/")
    purl = PackageURL(part.kind, scope or None, name, part.version)
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(part.licence)],
    )
