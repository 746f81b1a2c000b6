"""What a reasoner found out is kept by the content it was asked about, so that Java starts once for each.

Kept in this process, and as small files in the user's cache folder
(``$XDG_CACHE_HOME/pathways-ld/reasoning``; https://specifications.freedesktop.org/basedir-spec/latest/).
Where nothing can be written, the reasoner runs again next time; a file that cannot be read counts as not
there. The answer is the same either way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from pathways_ld.rdfio import Statement, line

LAYOUT: Final = "1"
MOST_FILES: Final = 100
MOST_KEPT: Final = 16

_kept: OrderedDict[str, Any] = OrderedDict()


def digest(statements: Iterable[Statement], *about: str) -> str:
    """Name a question: the statements, in whatever order and what is asked about them of which software."""
    found = hashlib.sha256("\n".join((LAYOUT, *about)).encode())
    for each in sorted({line(each) for each in statements}):
        found.update(each.encode())
    return found.hexdigest()


def answer(key: str, compute: Callable[[], Any]) -> Any:
    """Give the answer that is kept for a key, else compute and keep it; it must be made of JSON's types."""
    if key not in _kept:
        found = _read(key)
        if found is None:
            found = compute()
            _write(key, found)
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def forget() -> None:
    """Empty what this process keeps, as a new process would find it."""
    _kept.clear()


def folder() -> Path | None:
    """Give the folder of the files; None for a user without a home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "pathways-ld" / "reasoning"


def _read(key: str) -> Any:
    place = folder()
    if place is None:
        return None
    try:
        content = json.loads((place / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content.get("answer") if isinstance(content, dict) and content.get("key") == key else None


def _write(key: str, found: Any) -> None:
    place = folder()
    if place is None:
        return
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"key": key, "answer": found}, stream)
        Path(name).replace(place / f"{key}.json")
        files = sorted(place.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in files[MOST_FILES:]:
            old.unlink(missing_ok=True)
