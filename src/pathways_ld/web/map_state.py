"""What a map shows, as its address says it: the address alone gives the same map again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from flask import request

from pathways_ld.errors import BadRequest
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.relations import Wish, shown_kinds
from pathways_ld.web.interfaces import Parameter
from pathways_ld.web.schemas import KIND, array, number

DEPTHS: Final = (1, 2)
LIMIT: Final = 20
MOST_LIMIT: Final = 60
MOST_OPENED: Final = 24
_MOST_VALUES: Final = 30
_LONGEST: Final = 400
_RELATION: Final = re.compile(r"[\w.~-]{1,80}")
LIST_VIEW: Final = "list"


@dataclass(frozen=True)
class MapState:
    """The choices of a reader; empty `kinds` and `relations` stand for the usual ones."""

    path: str
    """Where the map is, without a suffix: ``/topic/x/map``."""
    root: str = ""
    depth: int = 1
    limit: int = LIMIT
    kinds: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    """Local ids of the terms that bring their own neighbours along."""
    view: str = ""
    lang: str = ""

    @property
    def query(self) -> str:
        """The query string, with all that is not as usual, always in the same order."""
        pairs: list[tuple[str, object]] = []
        if self.depth != DEPTHS[0]:
            pairs.append(("depth", self.depth))
        if self.limit != LIMIT:
            pairs.append(("limit", self.limit))
        pairs += [("kind", each) for each in self.kinds]
        pairs += [("relation", each) for each in self.relations]
        pairs += [("open", each) for each in self.opened]
        pairs += [(name, text) for name, text in (("view", self.view), ("lang", self.lang)) if text]
        return urlencode(pairs, safe="/")

    def url(self, suffix: str = "") -> str:
        """Give the address of this map, or of one of its formats."""
        query = self.query
        return f"{self.root}{self.path}{'.' if suffix else ''}{suffix}{'?' if query else ''}{query}"

    def toggled(self, local_id: str) -> MapState:
        """Open a term, or close it."""
        if local_id in self.opened:
            return replace(self, opened=tuple(each for each in self.opened if each != local_id))
        return replace(self, opened=(*self.opened, local_id))

    def listed(self, *, as_list: bool) -> MapState:
        """Show the list, or the map."""
        return replace(self, view=LIST_VIEW if as_list else "")

    def wish(self, source: Reader, kind: str) -> Wish:
        """Say what is wanted in the terms of the vocabulary."""
        return Wish(
            frozenset(self.kinds) or shown_kinds(source, kind),
            frozenset(self.relations),
            self.depth,
            self.limit,
            tuple(source.space.iri(each) for each in self.opened),
        )


def read_state(source: Reader, path: str, kind: str = "") -> MapState:
    """Read the query string; raises :class:`BadRequest`."""
    known = [each.name for each in source.manifest.kinds]
    kinds = _values("kind")
    for each in kinds:
        if each not in known:
            raise BadRequest(f'"kind" is "{each[:60]}"; expected one of {", ".join(known)}.')
    if set(kinds) == shown_kinds(source, kind):
        kinds = ()  # the form says what goes without saying
    relations = tuple(each.lower() for each in _values("relation"))
    for relation in relations:
        if not _RELATION.fullmatch(relation):
            raise BadRequest(
                f'"relation" is "{relation[:60]}"; expected the short name of a property, such as broader.'
            )
    opened = _values("open")
    if len(opened) > MOST_OPENED:
        raise BadRequest(
            f'"open" is given {len(opened)} times; at most {MOST_OPENED} terms can be open on one map.'
            " Close some, or begin again from one of them."
        )
    view = request.args.get("view", "")
    if view not in ("", "map", LIST_VIEW):
        raise BadRequest(f'"view" is "{view[:20]}"; expected map or list.')
    return MapState(
        path,
        request.script_root,
        _number("depth", DEPTHS[0], DEPTHS[-1], DEPTHS[0]),
        _number("limit", 1, MOST_LIMIT, LIMIT),
        kinds,
        relations,
        opened,
        view if view == LIST_VIEW else "",
        request.args.get("lang", "")[:40],
    )


def _values(name: str) -> tuple[str, ...]:
    values: Iterable[str] = request.args.getlist(name)
    found = tuple(dict.fromkeys(each.strip() for each in values if each.strip()))
    if len(found) > _MOST_VALUES:
        raise BadRequest(f'"{name}" is given {len(found)} times; at most {_MOST_VALUES} are read.')
    for each in found:
        if len(each) > _LONGEST:
            raise BadRequest(f'A value of "{name}" has {len(each)} characters; at most {_LONGEST} are read.')
    return found


def _number(name: str, least: int, most: int, default: int) -> int:
    text = request.args.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most and len(text) < 9):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected a whole number from {least} to {most}.')
    return int(text)


PARAMETERS: Final = (
    Parameter("depth", "query", "Steps from the middle.", number(DEPTHS[0], DEPTHS[-1], DEPTHS[0])),
    Parameter("limit", "query", "Neighbours of each term.", number(1, MOST_LIMIT, LIMIT)),
    Parameter("kind", "query", "Only these kinds; may be repeated.", array(KIND, maxItems=_MOST_VALUES)),
    Parameter(
        "relation",
        "query",
        "Only these relations, by their short names such as broader; may be repeated.",
        array({"type": "string", "pattern": r"^[A-Za-z0-9_.~-]{1,80}$"}, maxItems=_MOST_VALUES),
    ),
    Parameter(
        "open",
        "query",
        "Local ids of terms that bring their own neighbours along; may be repeated.",
        array({"type": "string", "maxLength": _LONGEST}, maxItems=MOST_OPENED),
    ),
)
"""What `read_state` reads, but for how a page shows it."""
