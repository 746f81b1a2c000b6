"""What is asked of the reconciliation service, read from JSON with every mistake named at its place.

https://reconciliation-api.github.io/specs/0.2/#reconciliation-queries and #data-extension-service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pathways_ld.errors import BadRequest, PayloadTooLarge

BATCH: Final = 1_000
"""Queries in one batch."""
MAX_IDS: Final = 1_000
"""Entities for which values are fetched at once."""
MAX_PROPERTIES: Final = 50
MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 10
MAX_VALUES: Final = 20
"""Values of one property that a query compares with."""
STRICT: Final = ("any", "all", "should")
_FIELDS: Final = ("query", "type", "limit", "properties", "type_strict")


@dataclass(frozen=True)
class Wish:
    """A property and the values it should have: texts, or identifiers of entities."""

    pid: str
    texts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A reconciliation query; `types` are as they were sent."""

    text: str = ""
    types: tuple[str, ...] = ()
    is_strict: bool = True
    limit: int = DEFAULT_LIMIT
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Column:
    """A property whose values are wanted; `limit` is how many of them, 0 for all."""

    pid: str
    limit: int = 0


@dataclass(frozen=True)
class Extension:
    """A data extension query."""

    ids: tuple[str, ...] = ()
    columns: tuple[Column, ...] = field(default=())


def read_queries(batch: object) -> dict[str, Query]:
    """Read a batch; raises :class:`BadRequest`, and :class:`PayloadTooLarge` for more than :data:`BATCH`."""
    if not isinstance(batch, dict):
        raise BadRequest(
            f'"queries" is {_kind(batch)}; expected an object of queries, such as'
            ' {"q0": {"query": "apprenticeship"}}.'
        )
    if len(batch) > BATCH:
        raise PayloadTooLarge(
            f"There are {len(batch):,} queries; at most {BATCH:,} are answered at once. Send them in parts."
        )
    return {key: _query(key, value) for key, value in batch.items()}


def _query(key: str, value: object) -> Query:
    place = f"queries.{key[:40]}"
    if not isinstance(value, dict):
        raise BadRequest(f'"{place}" is {_kind(value)}; expected an object with "query".')
    unknown = next((name for name in value if name not in _FIELDS), None)
    if unknown is not None:
        raise BadRequest(f'"{place}" has "{unknown[:40]}"; expected {", ".join(_FIELDS)}.')
    text = value.get("query", "")
    if not isinstance(text, str):
        raise BadRequest(f'"{place}.query" is {_kind(text)}; expected a text.')
    wishes = tuple(_wishes(place, value.get("properties")))
    if not text.strip() and not wishes:
        raise BadRequest(f'"{place}" has neither "query" nor "properties"; expected one of them.')
    strict = value.get("type_strict", STRICT[0])
    if strict not in STRICT:
        raise BadRequest(f'"{place}.type_strict" is "{str(strict)[:40]}"; expected {", ".join(STRICT)}.')
    return Query(text, _types(place, value.get("type")), strict != "should", _limit(place, value), wishes)


def _types(place: str, value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    found = value if isinstance(value, list) else [value]
    # OpenRefine has sent types as objects.
    named = [each.get("id") if isinstance(each, dict) else each for each in found]
    texts = [each for each in named if isinstance(each, str)]
    if len(texts) < len(named) or len(named) > MAX_VALUES:
        raise BadRequest(
            f'"{place}.type" is {_kind(value)}; expected the id of a type, or a list of at most {MAX_VALUES}.'
        )
    return tuple(filter(None, texts))


def _limit(place: str, value: Mapping[str, Any]) -> int:
    limit = value.get("limit", DEFAULT_LIMIT)
    if limit is None or limit == 0:  # which is how some clients say that they want no certain number
        return DEFAULT_LIMIT
    is_whole = isinstance(limit, int) or (isinstance(limit, float) and limit.is_integer())
    if isinstance(limit, bool) or not is_whole or limit < 1:
        raise BadRequest(f'"{place}.limit" is {str(limit)[:40]}; expected a whole number from 1.')
    return min(int(limit), MAX_LIMIT)


def _wishes(place: str, value: object) -> Iterator[Wish]:
    if value is None:
        return
    if not isinstance(value, list):
        raise BadRequest(f'"{place}.properties" is {_kind(value)}; expected a list of objects.')
    if len(value) > MAX_PROPERTIES:
        raise PayloadTooLarge(
            f'"{place}.properties" has {len(value):,} entries; at most {MAX_PROPERTIES} are read.'
        )
    for number, each in enumerate(value):
        at = f"{place}.properties[{number}]"
        if not isinstance(each, dict) or not isinstance(each.get("pid"), str) or "v" not in each:
            raise BadRequest(f'"{at}" is not understood; expected an object with "pid" and "v".')
        yield _wish(at, each["pid"], each["v"])


def _wish(at: str, pid: str, value: object) -> Wish:
    found = value if isinstance(value, list) else [value]
    if len(found) > MAX_VALUES:
        raise PayloadTooLarge(f'"{at}.v" has {len(found):,} values; at most {MAX_VALUES} are read.')
    texts, ids = [], []
    for each in found:
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            ids.append(each["id"])
        elif isinstance(each, bool):
            texts.append("true" if each else "false")
        elif isinstance(each, str | int | float):
            texts.append(str(each))
        elif each is not None:
            raise BadRequest(f'"{at}.v" holds {_kind(each)}; expected texts, numbers, or objects with "id".')
    return Wish(pid, tuple(text for text in texts if text.strip()), tuple(ids))


def read_extension(asked: object) -> Extension:
    """Read a data extension query; raises :class:`BadRequest` and :class:`PayloadTooLarge`."""
    if not isinstance(asked, dict):
        raise BadRequest(f'"extend" is {_kind(asked)}; expected an object with "ids" and "properties".')
    ids, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise BadRequest(f'"extend.ids" is {_kind(ids)}; expected a list of identifiers.')
    if not isinstance(properties, list):
        raise BadRequest(f'"extend.properties" is {_kind(properties)}; expected a list of objects with "id".')
    if len(ids) > MAX_IDS or len(properties) > MAX_PROPERTIES:
        raise PayloadTooLarge(
            f"There are {len(ids):,} entities and {len(properties):,} properties; at most {MAX_IDS:,} and"
            f" {MAX_PROPERTIES} are answered at once. Send them in parts."
        )
    return Extension(tuple(ids), tuple(_column(number, each) for number, each in enumerate(properties)))


def _column(number: int, value: object) -> Column:
    place = f"extend.properties[{number}]"
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise BadRequest(f'"{place}" is {_kind(value)}; expected an object with "id".')
    settings = value.get("settings") or {}
    if not isinstance(settings, dict):
        raise BadRequest(f'"{place}.settings" is {_kind(settings)}; expected an object.')
    limit = str(settings.get("limit") or 0)
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 10):
        raise BadRequest(f'"{place}.settings.limit" is "{limit[:40]}"; expected a whole number from 0.')
    return Column(value["id"], int(limit))


_NAMES: Final = ((dict, "an object"), (list, "a list"), (str, "a text"), (bool, "true or false"))


def _kind(value: object) -> str:
    if value is None:
        return "missing"
    return next((name for kind, name in _NAMES if isinstance(value, kind)), "a number")
