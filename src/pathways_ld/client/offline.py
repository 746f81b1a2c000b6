"""A vocabulary from a downloaded file: the same questions, answered without a server."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.client.downloads import about_file, digest_of
from pathways_ld.client.failures import Problem, problem
from pathways_ld.client.online import RESULTS
from pathways_ld.embedding.lookup import look_up
from pathways_ld.embedding.reconciliation import reconcile
from pathways_ld.embedding.reconciliation_queries import read_queries
from pathways_ld.errors import (
    BadRequest,
    BuildRunning,
    InputError,
    PathwaysError,
    QueryError,
    QueryRefused,
    SnapshotMissing,
    StoreError,
    TermNotFound,
)
from pathways_ld.formats import NTRIPLES, RESULTS_JSON
from pathways_ld.iris import document_of, is_absolute_iri
from pathways_ld.namespaces import PREFIXES
from pathways_ld.releases import build, collect
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.snapshot.textindex import typed_words
from pathways_ld.sparql.evaluation import QueryRequest, evaluate
from pathways_ld.sparql.guard import QueryLimits, check_query
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.vocabulary import Languages, Reader
from pathways_ld.vocabulary.matches import Hit, corrected, explained, find

if TYPE_CHECKING:
    from pathways_ld.store.base import Answer

_PREFIX: Final = re.compile(r"|[A-Za-z](?:[\w-]|\.(?=[\w-]))*", re.ASCII)
_WAIT: Final = 600.0
"""Seconds to wait for another process that makes the same snapshot."""
MOST_CANDIDATES, MOST_SUGGESTED, MOST_CHARACTERS = 20, 100, 200
"""What the server gives and takes at most."""
_STATUSES: Final[tuple[tuple[type[PathwaysError], int], ...]] = (
    (TermNotFound, 404),
    (QueryRefused, 403),
    (QueryError, 400),
    (BadRequest, 400),
    (StoreError, 503),
)
"""What the server says of what goes wrong here too."""


class Offline:
    """Answers from a snapshot; what it gives is JSON as the server writes it."""

    def __init__(self, path: Path, languages: Sequence[str]) -> None:
        folder = _snapshot_of(path)
        self._reader = Reader(folder)
        self._settings = replace(Settings(), sparql_workers=1)
        self._languages = Languages(tuple(languages), self._reader.manifest.default_language)
        self._store: EmbeddedStore | None = None
        self._lock = threading.Lock()

    @property
    def base(self) -> str:
        """The base of the IRIs of the vocabulary."""
        return self._reader.manifest.base

    def describe(self, iri: str) -> bytes:
        """Give the document of a term as N-Triples."""
        with _as_problems():
            try:
                found = self._reader.document(iri)
            except TermNotFound:
                found = self._reader.document(document_of(iri))
        if found.withdrawn:
            raise problem(410, "This term was withdrawn", f"{iri} was withdrawn.", {"iri": iri})
        return found.ntriples

    def look_up(self, values: Sequence[str], kind: str, limit: int) -> list[dict[str, Any]]:
        """Look values up."""
        known = [each.name for each in self._reader.manifest.kinds]
        if kind and kind not in known:
            raise _refused(f'"kind" is "{kind}"; expected one of {", ".join(known)}.')
        _check("candidates", limit, MOST_CANDIDATES)
        rows = look_up(self._reader, values, languages=self._languages, kind=kind, limit=limit)
        return [asdict(row) for row in rows]

    def search(
        self, words: str, kind: str, limit: int, offset: int, *, deprecated: bool
    ) -> tuple[int, list[dict[str, Any]]]:
        """Give one page of what is found, with the number of all."""
        if not typed_words(words):
            raise _refused(f'"{words}" has no letter and no digit; expected the words to search for.')
        _check("characters", len(words), MOST_CHARACTERS)
        facets = (("kind", self._kind(kind)),) if kind else ()
        wanted = Wanted(words, facets, deprecated=deprecated)
        found = find(self._reader, wanted)
        hits = explained(self._reader, found, limit, offset)
        return len(found.places), [self._described(hit) for hit in hits]

    def suggest(self, words: str, limit: int) -> list[dict[str, Any]]:
        """Give terms for what somebody has begun to type."""
        _check("suggestions", limit, MOST_SUGGESTED)
        _check("characters", len(words), MOST_CHARACTERS, least=0)
        wanted = Wanted(words, texts=False)
        found = find(self._reader, wanted)
        better = "" if found.places else corrected(self._reader, wanted)
        if better:
            found = find(self._reader, Wanted(better, texts=False))
        suggested = []
        for hit in explained(self._reader, found, limit):
            label, lang = self._languages.pick(hit.term.link["title"])
            named = {"label": label or self._reader.compact(hit.term.link["iri"]), "lang": lang}
            suggested.append(named | self._described(hit))
        return suggested

    def reconcile(self, queries: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a batch of reconciliation queries."""
        with _as_problems():
            return reconcile(self._reader, read_queries(dict(queries)), self._languages)

    def sparql(self, query: str, media_type: str) -> bytes:
        """Answer a SPARQL query."""
        with _as_problems():
            checked = check_query(
                query,
                limits=QueryLimits(query_bytes=self._settings.sparql_query_size),
                known_prefixes=self._reader.prefixes,
                base_iri=self._reader.manifest.base,
            )
            is_table = checked.form in ("SELECT", "ASK")
            if is_table != (media_type == RESULTS):
                raise problem(
                    406, "Not available in that format", f"{checked.form} has no answer of that form."
                )
            request = QueryRequest(checked, RESULTS_JSON if is_table else NTRIPLES)
            with evaluate(self._opened(), request) as answer:
                return _whole(answer)

    def close(self) -> None:
        """Close the files, and end the processes that queries were answered by."""
        self._reader.close()
        if self._store is not None:
            self._store.close()

    def _opened(self) -> EmbeddedStore:
        with self._lock:
            if self._store is None:
                self._store = EmbeddedStore.from_settings(self._reader.folder / "sparql", self._settings)
            return self._store

    def _kind(self, name: str) -> str:
        """Find a kind by its name or its class."""
        prefix, _, local = name.partition(":")
        known = (name, self._reader.prefixes.get(prefix, "") + local)
        for kind in self._reader.manifest.kinds:
            if kind.name == name or kind.class_iri in known:
                return kind.name
        names = ", ".join(kind.name for kind in self._reader.manifest.kinds)
        raise _refused(f'"kind" is "{name}"; expected one of {names}.')

    def _described(self, hit: Hit) -> dict[str, Any]:
        term = hit.term
        return {
            "id": term.link["iri"],
            "kind": term.kind,
            "prefLabel": term.link["title"],
            "summary": term.summary,
            "matches": [
                {"property": self._reader.compact(each.predicate), "lang": each.lang, "text": each.text}
                for each in hit.matches
            ],
            "deprecated": bool(term.link.get("deprecated")),
        }


def _refused(detail: str) -> Problem:
    return problem(400, "The request cannot be understood", detail)


def _check(name: str, value: int, most: int, least: int = 1) -> None:
    if not least <= value <= most:
        raise _refused(f"{value} {name} are asked for; expected {least} to {most}.")


def _whole(answer: Answer) -> bytes:
    return b"".join(answer)


@contextlib.contextmanager
def _as_problems() -> Iterator[None]:
    """Raise what the server would tell as a problem."""
    try:
        yield
    except PathwaysError as error:
        if isinstance(error, Problem):
            raise
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 0)
        if not status:
            raise
        raise problem(status, "", error.message, dict(error.details)) from None


# from a file to a snapshot


def _snapshot_of(path: Path) -> Path:
    """Give the snapshot at a path, or make it of the download that is there, once."""
    if (path / "manifest.json").is_file():
        return path
    if (path / "snapshots").is_dir():
        return SnapshotFolder(path).current()
    if not path.is_file():
        raise InputError(
            f"{path} is neither a snapshot nor a downloaded vocabulary; expected what download() gives."
        )
    digest = digest_of(path)
    state = path.with_name(f".{path.name}-{digest[:16]}")
    with contextlib.suppress(SnapshotMissing):
        return SnapshotFolder(state).current()
    return _built(path, state)


def _built(path: Path, state: Path) -> Path:
    about = about_file(path)
    settings = Settings(state_dir=state)
    if about.get("base"):
        settings = replace(settings, canonical_base=str(about["base"]))
    if about.get("default_language"):
        settings = replace(settings, default_language=str(about["default_language"]))
    # Prefixes are not in N-Quads; without them, abbreviated IRIs would not be understood.
    prefixes = state / "prefixes.ttl"
    state.mkdir(parents=True, exist_ok=True)
    table = about.get("prefixes")
    prefixes.write_text(_declared(table if isinstance(table, dict) else PREFIXES), encoding="utf-8")
    until = time.monotonic() + _WAIT
    while True:
        try:
            # What a service publishes has been checked there.
            return build(collect([path, prefixes]), settings, check=False).folder
        except BuildRunning:
            if time.monotonic() > until:
                raise
            time.sleep(BuildRunning.retry_after / 10)
            with contextlib.suppress(SnapshotMissing):
                return SnapshotFolder(state).current()


def _declared(table: Mapping[str, Any]) -> str:
    """Write a table of prefixes, without what is none: it comes from elsewhere."""
    return "".join(
        f"@prefix {name}: <{iri}> .\n"
        for name, iri in table.items()
        if _PREFIX.fullmatch(name) and isinstance(iri, str) and is_absolute_iri(iri)
    )
