"""What a tool is called with, held against the schema that the tool tells of its arguments.

Only the part of JSON Schema is known that our tools use. The messages are for whoever has to correct the
call, so they show a bounded piece of what came, and say what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pathways_ld.errors import BadRequest, PayloadTooLarge

Schema = Mapping[str, Any]

_SHOWN: Final = 60


def read_arguments(tool: str, schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments with the defaults of those that are missing.

    Raises :class:`BadRequest`, or :class:`PayloadTooLarge` for a list or a text that is too long.
    """
    known: Mapping[str, Schema] = schema["properties"]
    for name in given:
        if name not in known:
            raise BadRequest(
                f'"{_shown(name)}" is no argument of {tool}; expected {", ".join(known) or "none"}.'
            )
    arguments: dict[str, Any] = {}
    for name, expected in known.items():
        # Many clients write what is left out as null.
        if given.get(name) is not None:
            _check(name, expected, given[name])
            # JSON has one kind of numbers: 10.0 is 10 (JSON Schema, 6.1.1).
            arguments[name] = int(given[name]) if expected["type"] == "integer" else given[name]
        elif name in schema.get("required", ()):
            raise BadRequest(f'"{name}" is missing: {expected["description"]}')
        else:
            arguments[name] = expected.get("default")
    return arguments


def _check(name: str, expected: Schema, value: Any) -> None:
    _CHECKS[expected["type"]](name, expected, value)
    if "enum" in expected and value not in expected["enum"]:
        raise BadRequest(f'"{name}" is {_shown(value)}; expected one of {_listed(expected["enum"])}.')


def _check_text(name: str, expected: Schema, value: Any) -> None:
    if not isinstance(value, str):
        raise BadRequest(f'"{name}" is {_shown(value)}; expected a text.')
    if not value.strip() and expected.get("minLength", 0):
        raise BadRequest(f'"{name}" is empty; expected: {expected["description"]}')
    longest = expected["maxLength"]
    if len(value) > longest:
        raise PayloadTooLarge(f'"{name}" has {len(value):,} characters; at most {longest:,} are read.')


def _check_number(name: str, expected: Schema, value: Any) -> None:
    least, most = expected["minimum"], expected["maximum"]
    # Python takes true for 1.
    is_whole = not isinstance(value, bool) and (isinstance(value, int) or _is_whole(value))
    if not is_whole or not least <= value <= most:
        raise BadRequest(f'"{name}" is {_shown(value)}; expected a whole number from {least} to {most}.')


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def _check_list(name: str, expected: Schema, value: Any) -> None:
    if not isinstance(value, list):
        raise BadRequest(f'"{name}" is {_shown(value)}; expected a list, such as ["…", "…"].')
    if not value:
        raise BadRequest(f'"{name}" is empty; expected: {expected["description"]}')
    most = expected["maxItems"]
    if len(value) > most:
        raise PayloadTooLarge(
            f'"{name}" has {len(value):,} entries; at most {most:,} are taken at once. Call again with'
            " the rest."
        )
    for number, each in enumerate(value):
        _check(f"{name}[{number}]", {"description": expected["description"], **expected["items"]}, each)


_CHECKS: Final[Mapping[str, Callable[[str, Schema, Any], None]]] = {
    "string": _check_text,
    "integer": _check_number,
    "array": _check_list,
}


def _shown(value: Any) -> str:
    """Show the beginning of a value, without building all of its text."""
    if isinstance(value, str):
        text = value[: _SHOWN + 1]
    elif isinstance(value, list | dict):
        text = f"a {'list' if isinstance(value, list) else 'object'} of {len(value)} entries"
    else:
        is_huge = isinstance(value, int) and abs(value) > 10**_SHOWN
        text = "a huge number" if is_huge else json.dumps(value)
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))
