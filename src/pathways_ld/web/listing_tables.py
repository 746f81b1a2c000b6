"""All terms of a kind as one table: ``/topic.csv``, also called ``/topics.csv``, and what its columns are.

The description of the columns is at the address of the table with ``-metadata.json`` behind it.
"""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Final

from flask import Response, current_app, request

from pathways_ld.embedding.kind_tables import Column, describe_table, write_table
from pathways_ld.iris import slugify
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader
from pathways_ld.web import pages
from pathways_ld.web.lookup_operations import CSVW
from pathways_ld.web.lookup_sent import CSV
from pathways_ld.web.responses import CACHE_TERM, Representation, is_unchanged, link, not_modified, represent

METADATA: Final = "-metadata.json"
_PIECE: Final = 131_072
_CONTENT_TYPE: Final = f"{CSV.media_type}; charset=utf-8; header=present"


def show_table(source: Reader, local_id: str) -> Response | None:
    """Answer for a table or its description; None for any other address."""
    name = local_id.removesuffix(METADATA)
    stem, dot, suffix = name.rpartition(".")
    kind = _kind(source, stem) if dot and suffix == CSV.suffix else None
    if kind is None:
        return None
    path = f"{request.script_root}/{kind.name}.{CSV.suffix}"
    return _send(source, kind, path) if name == local_id else _describe(source, kind, path)


def _kind(source: Reader, name: str) -> Kind | None:
    plural = (kind for kind in source.manifest.kinds if slugify(kind.plural) == name)
    return source.manifest.kind(name) or next(plural, None)


def _send(source: Reader, kind: Kind, path: str) -> Response:
    etag = _etag(source, kind)
    response = not_modified() if is_unchanged(etag) else _whole(_files().take(source, kind))
    headers = response.headers
    headers["ETag"] = f'"{etag}"'
    headers["Cache-Control"] = CACHE_TERM
    headers["Content-Location"] = path
    headers["Link"] = ", ".join(
        [
            link(f"{path}{METADATA}", "describedby", type=CSVW),
            link(f"{request.script_root}/{kind.name}", "alternate", type="text/html"),
        ]
    )
    headers["Content-Disposition"] = f'inline; filename="{slugify(kind.plural) or kind.name}.csv"'
    headers["X-Total-Count"] = str(source.manifest.counts.get(kind.name, 0))
    return response


def _etag(source: Reader, kind: Kind) -> str:
    named = (source.manifest.id, source.manifest.created, kind.name, pages.fingerprint())
    return pages.digest(repr(named).encode())


def _whole(table: _Table) -> Response:
    """Send a table from its file: its length is known, and a failure to write it was told before."""
    size = os.fstat(table.descriptor).st_size

    def pieces() -> Iterator[bytes]:
        place = 0
        while piece := os.pread(table.descriptor, _PIECE, place):
            place += len(piece)
            yield piece

    response = Response(pieces(), content_type=_CONTENT_TYPE)
    if size <= _PIECE:
        response.make_sequence()
    response.content_length = size
    response.call_on_close(table.close)
    return response


def _describe(source: Reader, kind: Kind, path: str) -> Response:
    table = _files().take(source, kind)
    table.close()
    address = f"{request.host_url.rstrip('/')}{path}"
    about = describe_table(source, kind, table.columns, address)
    body = json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n"
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=CSVW,
            render=lambda: body,
            vary="Accept-Encoding",
            links=[link(path, "describes", type=CSV.media_type)],
        )
    )


@dataclass(frozen=True)
class _Table:
    """A table in a file without a name."""

    descriptor: int
    columns: tuple[Column, ...]

    def close(self) -> None:
        os.close(self.descriptor)


class _Files:
    """The tables that were asked for last: a large one takes seconds to write."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Table] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, source: Reader, kind: Kind) -> _Table:
        """Give a table; the caller closes it."""
        etag = _etag(source, kind)
        with self._lock:
            if etag not in self._kept:
                with TemporaryFile() as spool:
                    columns = write_table(source, kind.name, spool)
                    self._kept[etag] = _Table(os.dup(spool.fileno()), columns)
            self._kept.move_to_end(etag)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)[1].close()
            kept = self._kept[etag]
            return _Table(os.dup(kept.descriptor), kept.columns)

    def __del__(self) -> None:
        for table in self._kept.values():
            table.close()


_KEPT: Final = 8
_FILES: Final = "pathways_ld_tables"


def _files() -> _Files:
    found = current_app.extensions.setdefault(_FILES, _Files())
    assert isinstance(found, _Files)  # noqa: S101 - tells mypy
    return found
