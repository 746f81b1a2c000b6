"""Passwords: what may be one, and how it is kept: by argon2id (RFC 9106, https://www.rfc-editor.org/rfc/rfc9106).

Hashing is meant to cost memory and time, which is also what somebody could use to bring a server down. So a
process hashes few at a time, lets a few more wait, and refuses the rest.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from pathways_ld.errors import InputError, Overloaded, StorageError

SHORTEST: Final = 12
LONGEST: Final = 1024
"""Characters of a password."""
_DISTINCT: Final = 5
"""Different characters that a password has at least."""

AT_ONCE: Final = 2
"""Passwords that one process hashes at a time, each with 64 MiB."""
WAITING: Final = 6
"""Others that may wait for that, so that not every thread of the process does."""
PATIENCE: Final = 5.0
"""Seconds they wait at most."""

# The second of the two that RFC 9106, 4, recommends for all: 64 MiB, three passes, four lanes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)
_PLACES: Final = threading.BoundedSemaphore(AT_ONCE + WAITING)
_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn to hash. Raises :class:`Overloaded` where too many do already."""
    if not _PLACES.acquire(blocking=False):
        raise _too_many()
    try:
        if not _TURNS.acquire(timeout=PATIENCE):
            raise _too_many()
        try:
            yield
        finally:
            _TURNS.release()
    finally:
        _PLACES.release()


def check_password(password: str, name: str) -> None:
    """Raise :class:`InputError` for what is too easily guessed to be the password of `name`."""
    length = len(password)
    if not password.strip():
        raise InputError(f"The password is empty; expected at least {SHORTEST} characters.")
    if not SHORTEST <= length <= LONGEST:
        raise InputError(
            f"The password has {length:,} characters; expected {SHORTEST} to {LONGEST:,}. Several words in a"
            " row are easier to remember than signs."
        )
    parts = {name.casefold(), name.casefold().partition("@")[0]}
    rest = password.casefold()
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, "") if len(part) > 2 else rest
    if len(rest) < SHORTEST // 2:
        raise InputError(
            "The password is little more than the name; choose one that has nothing to do with it."
        )
    if len(set(password)) < _DISTINCT:
        raise InputError(
            f"The password has {len(set(password))} different characters; expected at least {_DISTINCT}."
        )


def hash_password(password: str) -> str:
    """Give what is kept of a password; to be called in a :func:`turn`."""
    try:
        return _HASHER.hash(_bytes(password))
    except HashingError:
        raise _too_many() from None


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether a password is the kept one; without one, it takes as long to say no.

    To be called in a :func:`turn`. Raises :class:`StorageError` for what was never made here.
    """
    nobody = _nobodys()  # made now, so that the first unknown name is not told by its time
    try:
        _HASHER.verify(kept or nobody, _bytes(password))
    except VerifyMismatchError:
        return False
    except InvalidHashError:
        raise StorageError(
            "The password of this account is not kept as it should be; set it anew with"
            ' "pathways-ld user password".'
        ) from None
    except VerificationError:
        raise _too_many() from None  # there was no memory for it
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a password was hashed with other parameters than would be used now."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    """Write a password in the one form that every keyboard's way to type it comes to."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")


def _too_many() -> Overloaded:
    return Overloaded(
        "Too many people are signing in at this moment; try again in a few seconds.", retry_after=5
    )
