"""Bearer tokens (RFC 6750, https://www.rfc-editor.org/rfc/rfc6750): who may change what.

A token is shown once, when it is made; the ledger keeps a digest of it. A plain SHA-256 is enough: the
secret is 256 random bits, which nobody guesses however fast the digest is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.ledger.accounts import TAKEN
from pathways_ld.ledger.database import Database

SCOPES: Final = {
    "update": "SPARQL Update at /update",
    "graphs": "writing with the Graph Store Protocol at /graphs",
    "submit": "contributing, without the limits for those who do not say who they are",
    "review": "reviewing contributions, as a reviewer may",
}
"""What a token may be for."""

_PREFIX: Final = "pwld"
_SHAPE: Final = re.compile(rf"{_PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_NAME: Final = re.compile(r"[\w][\w .@-]{0,79}")
_NOBODY: Final = hashlib.sha256(b"").digest()


@dataclass(frozen=True)
class Token:
    """What is known of a token. `graphs`: the graphs it may change, "" for the unnamed one; empty for all.

    `expires` is a time in UTC, or empty.
    """

    id: str
    name: str
    scopes: frozenset[str]
    graphs: frozenset[str]
    created: str
    expires: str
    revoked: bool

    @property
    def valid(self) -> bool:
        """Whether it is neither revoked nor expired."""
        return not self.revoked and (not self.expires or _now() < datetime.fromisoformat(self.expires))

    def may_change(self, graph: str) -> bool:
        """Tell whether the token is for a graph ("" is the unnamed one)."""
        return not self.graphs or graph in self.graphs


@dataclass(frozen=True)
class IssuedToken:
    """A new token with its text, which cannot be shown again."""

    token: Token
    text: str


class Tokens:
    """The tokens of a state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._database = Database(state_dir)

    def issue(
        self, name: str, scopes: Sequence[str], *, graphs: Sequence[str] = (), days: int | None = None
    ) -> IssuedToken:
        """Make a token that is valid for `days`, or without end. Raises :class:`InputError`."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f'"{name[:100]}" cannot be the name of a token; expected letters, digits, spaces and . @ - _,'
                " at most 80 of them."
            )
        if name.lower() in TAKEN:
            raise InputError(f'"{name}" is what people without a name are called here; choose another name.')
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            wrong = f'"{unknown[0][:80]}" is no scope' if unknown else "No scope was given"
            raise InputError(f"{wrong}; expected one or more of {', '.join(SCOPES)}.")
        number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        expires = "" if days is None else (_now() + timedelta(days=days)).isoformat(timespec="seconds")
        created = _now().isoformat(timespec="seconds")
        token = Token(number, name, frozenset(scopes), frozenset(graphs), created, expires, revoked=False)
        row = (
            number,
            name,
            _digest(secret),
            json.dumps(sorted(token.scopes)),
            json.dumps(sorted(token.graphs)),
            token.created,
            token.expires,
        )
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO token (id, name, hash, scopes, graphs, created, expires) VALUES (?,?,?,?,?,?,?)",
                row,
            )
        return IssuedToken(token, f"{_PREFIX}_{number}_{secret}")

    def find(self, text: str) -> Token | None:
        """Give the token with this text if it is valid; takes as long for a wrong one as for a right one."""
        match = _SHAPE.fullmatch(text)
        number, secret = match.groups() if match else ("", "")
        rows = self._rows("SELECT * FROM token WHERE id = ?", number)
        kept, token = rows[0] if rows else (_NOBODY, None)
        same = hmac.compare_digest(kept, _digest(secret))
        return token if same and token is not None and token.valid else None

    def all(self) -> list[Token]:
        """List the tokens, the oldest first."""
        return [token for _, token in self._rows("SELECT * FROM token ORDER BY created, id")]

    def revoke(self, number: str) -> Token:
        """End a token at once. Raises :class:`InputError` where there is none with this id."""
        found = [token for token in self.all() if token.id == number]
        if not found:
            raise InputError(f'There is no token "{number[:80]}"; "pathways-ld token list" shows them.')
        with self._database.writing() as connection:
            connection.execute("UPDATE token SET revoked = 1 WHERE id = ?", (number,))
        return found[0]

    def _rows(self, query: str, *arguments: str) -> list[tuple[bytes, Token]]:
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(query, arguments).fetchall()
        return [
            (
                kept,
                Token(
                    number,
                    name,
                    frozenset(json.loads(scopes)),
                    frozenset(json.loads(graphs)),
                    created,
                    expires,
                    bool(revoked),
                ),
            )
            for number, name, kept, scopes, graphs, created, expires, revoked in rows
        ]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _now() -> datetime:
    return datetime.now(UTC)
