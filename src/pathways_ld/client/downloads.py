"""Download a vocabulary for offline use: whole, checked, and there only when it is complete."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pathways_ld.client.exchange import JSON, Bounds, Exchange
from pathways_ld.client.failures import AnswerUnusable, ClientError

LARGEST: Final = 5_000_000_000
_NQUADS: Final = "application/n-quads"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KEPT: Final = ("base", "default_language", "prefixes", "snapshot", "as_of")


def download(url: str, folder: Path | str, *, bounds: Bounds | None = None) -> Path:
    """Download the vocabulary of the service at `url` into a folder, and give the path of the file.

    The file is for :meth:`Vocabulary.offline`; beside it a ``.json`` file says what it is. Nothing is fetched
    again where the file is that of the service already. Raises :class:`AnswerUnusable` where what came is not
    what the service says it is, and :class:`ClientError` where it cannot be written; then the folder is as
    it was before.
    """
    chosen = bounds or Bounds(deadline=3_600.0, size=LARGEST)
    exchange = Exchange(url, chosen)
    try:
        about = exchange.get("/dumps/", JSON, _mediatype=JSON).json()
        listed = _listed(about, url)
        if listed["bytes"] > chosen.size:
            raise AnswerUnusable(
                f"The vocabulary has {listed['bytes']:,} bytes; at most {chosen.size:,} are downloaded."
            )
        target = Path(folder) / f"vocabulary-{listed['sha256'][:16]}.nq"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                _fetch(exchange, listed["path"], target, listed)
            _write(_beside(target), json.dumps(_about(about, url, listed), indent=1).encode() + b"\n")
        except OSError as error:
            raise ClientError(f"{target} cannot be written: {error.strerror}.") from None
        return target
    finally:
        exchange.close()


def about_file(path: Path) -> dict[str, Any]:
    """Read what is said of a download; an empty object where nothing is."""
    try:
        found = json.loads(_beside(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _listed(about: Any, url: str) -> dict[str, Any]:
    files = about.get("files") if isinstance(about, dict) else None
    for each in files if isinstance(files, list) else ():
        if isinstance(each, dict) and each.get("type") == _NQUADS:
            path, digest = _path_in(each.get("url"), url), each.get("sha256")
            known = isinstance(each.get("bytes"), int) and isinstance(digest, str)
            if known and path and _SHA256.fullmatch(str(digest)):
                return {**each, "path": path}
    raise AnswerUnusable(f"{url} lists no download of type {_NQUADS} with its size and SHA-256.")


def _path_in(listed: Any, url: str) -> str:
    """Give what follows the address of the service in that of a file; empty where there is none."""
    root = urlsplit(url).path.rstrip("/")
    try:
        path = urlsplit(listed).path if isinstance(listed, str) else ""
    except ValueError:
        return ""
    below = path.removeprefix(root) if path.startswith(f"{root}/") else path
    return below if below.startswith("/") else ""


def _about(about: dict[str, Any], url: str, listed: dict[str, Any]) -> dict[str, Any]:
    return {"url": url, "sha256": listed["sha256"]} | {name: about[name] for name in _KEPT if name in about}


def _fetch(exchange: Exchange, path: str, target: Path, listed: dict[str, Any]) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    digest, size = hashlib.sha256(), 0
    try:
        with fresh.open("wb") as stream:
            for piece in exchange.stream(path):
                size += len(piece)
                if size > listed["bytes"]:
                    break
                digest.update(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        if size != listed["bytes"] or digest.hexdigest() != listed["sha256"]:
            raise AnswerUnusable(
                f"What came of {path} is not what the list says: {listed['bytes']:,} bytes,"
                f" SHA-256 {listed['sha256']}."
                " Perhaps a new version was published meanwhile; download it again."
            )
        fresh.replace(target)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
