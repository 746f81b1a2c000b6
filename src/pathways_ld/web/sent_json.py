"""JSON that was sent, with the place of a mistake in it."""

from __future__ import annotations

import json

from pathways_ld.errors import BadRequest


def read_json(sent: bytes | str, where: str) -> object:
    """Read JSON; `where` names it. Raises :class:`BadRequest` with line and column of what is no JSON."""
    try:
        text = sent if isinstance(sent, str) else sent.decode("utf-8-sig")
        read = json.loads(text, parse_constant=_refuse)
        if "\\ud" in text.lower():  # the way in for halves of characters, which nothing behind can write
            json.dumps(read, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"{where} is not UTF-8 from byte {error.start:,} on.") from None
    except UnicodeEncodeError:
        raise BadRequest(f"{where} has half of a surrogate pair, which is no character.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"{where} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except (RecursionError, ValueError):
        raise BadRequest(f"{where} is not JSON that is read here: nested too deeply, or a number.") from None
    return read


def _refuse(name: str) -> None:
    raise ValueError(name)
