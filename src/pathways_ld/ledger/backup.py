"""Copies of the ledger: made while it is in use, looked at before they count, and put back whole.

A copy holds passwords' hashes, e-mail addresses and secrets, so only its owner may read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError, StorageError
from pathways_ld.ledger.database import FILE, VERSION, Database
from pathways_ld.ledger.verifying import verify_connection

_NUMBERED: Final = ("change", "contribution", "step")
_ONLY_OWNER: Final = 0o600


@dataclass(frozen=True)
class Backup:
    """A copy; `digest` is its SHA-256, `head` the last change in it."""

    path: Path
    digest: str
    head: int
    bytes: int


def back_up(state_dir: Path, target: Path, *, force: bool = False) -> Backup:
    """Copy the ledger to a file, consistent as of one moment, while others may write to it.

    Raises :class:`InputError` where there is no ledger or the file is there already, and
    :class:`StorageError` where the disk refuses or the copy is not intact.
    """
    source = state_dir / FILE
    if not source.exists():
        raise InputError(f"There is no ledger in {state_dir}; a change or a contribution makes one.")
    if target.exists() and not force:
        raise InputError(f"{target} is there already. Choose another name, or overwrite it with --force.")
    with _problems(target), Database(state_dir).reading() as live:
        if live is None:
            raise InputError(f"The ledger in {state_dir} is empty.")
        return _copy(live, target)


def restore(state_dir: Path, source: Path, *, force: bool = False) -> Path | None:
    """Put a copy back, in one transaction; gives the file that the ledger of before is kept in.

    The caller keeps servers and builders away. Numbers that were given once are not given again. Raises
    :class:`InputError` for a file that is no intact ledger, or that lacks something the present one has
    and `force` is not given.
    """
    with _problems(source), _opened(source) as copy:
        _refuse_unfit(copy, source)
        state_dir.mkdir(parents=True, exist_ok=True)
        database = Database(state_dir)
        kept: Path | None = None
        with database.reading() as live:
            numbers = _numbers(live) if live is not None else {}
            if live is not None:
                lost = _lost(live, copy)
                if lost and not force:
                    raise InputError(
                        f"{source} lacks what the ledger has: {lost}. To lose it, give --force; the ledger as"
                        " it is will be kept beside it."
                    )
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
                kept = _copy(live, _free(state_dir / f"{FILE}.before-{stamp}")).path
        with database.writing():
            pass  # makes the file, where there is none, as it has to be
        # What is put back is completed beside the ledger, so that one transaction does all.
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=state_dir) as folder:
            staged = Database(Path(folder))
            with _connected(staged.path) as connection:
                copy.backup(connection)
            with staged.writing() as connection:
                _keep_numbers(connection, numbers)
            with _connected(staged.path) as connection, _connected(database.path) as live:
                connection.backup(live)
        return kept


def _free(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


@contextlib.contextmanager
def _problems(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no ledger that can be read: {error}.") from error
    except OSError as error:
        raise StorageError(f"{error.filename or path}: {error.strerror or error}.") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise InputError(f"{path} does not exist; expected a file that a backup made.")
    address = f"{path.resolve().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, 10.0, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        yield connection


def _copy(live: sqlite3.Connection, target: Path) -> Backup:
    """Write a copy beside its place, look at it, and only then move it there."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # readable by its owner
    os.close(handle)
    fresh = Path(name)
    try:
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, not three
            _refuse_broken(copy, target)
            head = _numbers(copy).get("change", 0)
        fresh.chmod(_ONLY_OWNER)
        with fresh.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
            size = stream.tell()
        fresh.replace(target)
        _sync_folder(target.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return Backup(target, digest, head, size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_broken(connection: sqlite3.Connection, path: Path) -> None:
    answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if answer != "ok":
        raise StorageError(f"The copy {path} is not intact ({answer}); nothing was kept of it.")


def _refuse_unfit(copy: sqlite3.Connection, source: Path) -> None:
    (version,) = copy.execute("PRAGMA user_version").fetchone()
    if not 0 < version <= VERSION:
        raise InputError(
            f"{source} is of version {version}; this software puts back versions 1 to {VERSION}."
        )
    problems = verify_connection(copy)
    if problems:
        raise InputError(f"{source} is not intact: {problems[0]} Nothing was changed.")


def _numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """Give the last number that each table gave."""
    rows = connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    return {name: int(number) for name, number in rows}


def _lost(live: sqlite3.Connection, copy: sqlite3.Connection) -> str:
    """Say what would be lost, or nothing."""
    there = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = []
    for table in _NUMBERED:
        rows = live.execute(f"SELECT number, at FROM {table}").fetchall()  # noqa: S608 - one of three names
        known = set(copy.execute(f"SELECT number, at FROM {table}")) if table in there else set()  # noqa: S608
        missing = sorted(number for number, at in rows if (number, at) not in known)
        if missing:
            noun = table if len(missing) == 1 else f"{table}s"
            found.append(f"{len(missing)} {noun} (the last is {missing[-1]})")
    return ", ".join(found)


def _keep_numbers(connection: sqlite3.Connection, numbers: dict[str, int]) -> None:
    now = _numbers(connection)
    for name, number in numbers.items():
        if number <= now.get(name, 0):
            continue
        if name == "change":
            connection.execute("INSERT INTO gap VALUES (?,?)", (now.get(name, 0) + 1, number))
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        connection.execute("INSERT INTO sqlite_sequence VALUES (?,?)", (name, number))
