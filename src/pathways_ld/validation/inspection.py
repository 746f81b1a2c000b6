"""A document as somebody sent it, and all there is to say of it: what travels between a pool and its workers.

Nothing a stranger sends is read in the process that received it. A worker parses it, looks at it, holds it
against shapes, finds the lines and tries the fixes; its deadline and its memory bound all of that.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pathways_ld.errors import Correction, ParseError, Position
from pathways_ld.formats import RDF_FORMATS, TURTLE, Format, by_name
from pathways_ld.report import ValidationReport
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.validation.request import ValidationLimits
from pathways_ld.validation.transfer import read_report, write_report

Against = Literal["fitting", "current", "none"]
"""What a document is added to: the snapshot, nothing, or the snapshot if it describes terms of it."""

MARK: Final = b"\x00"
"""What the bytes of an inspection begin with; no other request to a worker does."""
EVERY: Final = "all"

_LENGTHS: Final = struct.Struct(">III")


@dataclass(frozen=True)
class InspectionRequest:
    """A document to be read and validated.

    `shapes` are names of ours, none for those that suit the document; with `own_shapes` these alone count.
    `folder` is the snapshot that `against` means, `base` its base, and `ours` tells that the software ships
    with it. `fix` is the number of the result whose fix is to be applied, :data:`EVERY` for all, else empty.
    """

    content: bytes
    rdf_format: Format
    name: str = "input"
    shapes: tuple[str, ...] = ()
    own_shapes: bytes | None = None
    own_format: Format = TURTLE
    folder: Path | None = None
    against: Against = "fitting"
    base: str = CANONICAL_BASE
    ours: bool = False
    fix: str = ""


@dataclass(frozen=True)
class Inspection:
    """What there is to say: the report, the shapes it comes from, and what the document was added to.

    `notes` do not count. `fixed` tells how many fixes were applied; `content` is the document after that,
    None where it is as it was sent.
    """

    report: ValidationReport
    shapes: tuple[str, ...] = ()
    against: Against = "none"
    notes: tuple[str, ...] = ()
    fixed: int = 0
    content: bytes | None = field(default=None, repr=False)


def write_inspection_request(request: InspectionRequest, limits: ValidationLimits) -> bytes:
    """Write a request with its bounds."""
    own = request.own_shapes or b""
    head = {
        "format": request.rdf_format.name,
        "name": request.name,
        "shapes": request.shapes,
        "own": request.own_shapes is not None,
        "own_format": request.own_format.name,
        "folder": str(request.folder) if request.folder else None,
        "against": request.against,
        "base": request.base,
        "ours": request.ours,
        "fix": request.fix,
        "limits": asdict(limits),
    }
    return MARK + _joined(head, request.content, own)


def read_inspection_request(written: bytes) -> tuple[InspectionRequest, ValidationLimits]:
    """Read what :func:`write_inspection_request` wrote."""
    head, content, own = _parted(written[len(MARK) :])
    request = InspectionRequest(
        content=content,
        rdf_format=_format(head["format"]),
        name=head["name"],
        shapes=tuple(head["shapes"]),
        own_shapes=own if head["own"] else None,
        own_format=_format(head["own_format"]),
        folder=Path(head["folder"]) if head["folder"] else None,
        against=head["against"],
        base=head["base"],
        ours=head["ours"],
        fix=head["fix"],
    )
    return request, ValidationLimits(**head["limits"])


def write_inspection(inspection: Inspection) -> bytes:
    """Write the outcome."""
    head = {
        "shapes": inspection.shapes,
        "against": inspection.against,
        "notes": inspection.notes,
        "fixed": inspection.fixed,
        "changed": inspection.content is not None,
    }
    return _joined(head, write_report(inspection.report), inspection.content or b"")


def read_inspection(written: bytes) -> Inspection:
    """Read what :func:`write_inspection` wrote."""
    head, report, content = _parted(written)
    return Inspection(
        report=read_report(report),
        shapes=tuple(head["shapes"]),
        against=head["against"],
        notes=tuple(head["notes"]),
        fixed=head["fixed"],
        content=content if head["changed"] else None,
    )


def write_parse_error(error: ParseError) -> dict[str, Any]:
    """Give the members of a JSON object that hold all of an error."""
    return {
        "reason": error.reason,
        "position": asdict(error.position),
        "correction": asdict(error.correction) if error.correction else None,
    }


def read_parse_error(read: dict[str, Any]) -> ParseError:
    """Make the error from what :func:`write_parse_error` gave."""
    correction = Correction(**read["correction"]) if read["correction"] else None
    return ParseError(read["reason"], Position(**read["position"]), correction=correction)


def _format(name: str) -> Format:
    found = by_name(name, RDF_FORMATS)
    if found is None:
        raise ValueError(f"no format of RDF: {name}")
    return found


def _joined(head: dict[str, Any], first: bytes, second: bytes) -> bytes:
    written = json.dumps(head).encode()
    return _LENGTHS.pack(len(written), len(first), len(second)) + written + first + second


def _parted(written: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    lengths = _LENGTHS.unpack_from(written)
    parts, start = [], _LENGTHS.size
    for length in lengths:
        parts.append(written[start : start + length])
        start += length
    return json.loads(parts[0]), parts[1], parts[2]
