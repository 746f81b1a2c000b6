"""What is proposed as text that a reviewer changes, and back: TriG, in which Turtle and N-Triples are too.

Published blank nodes have no names that a document could use, so what is to be removed is written line by
line where it has such nodes; a line that was given out stands for the very statement.
"""

from __future__ import annotations

from dataclasses import dataclass

from pathways_ld.errors import BadRequest, ParseError
from pathways_ld.formats import NQUADS, TRIG, Format
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement, TurtleWriter, graph_line, is_blank, parse
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.current import reader
from pathways_ld.web.responses import settings


@dataclass(frozen=True)
class Texts:
    """Both sides of a difference; `exact`: what is removed is written line by line."""

    added: str
    removed: str
    exact: bool


def written(delta: Delta) -> Texts:
    """Write a difference; prefixes that everybody here knows are not declared."""
    exact = any(is_blank(each.subject) or is_blank(each.object) for each in delta.removed)
    removed = "".join(map(graph_line, delta.removed)) if exact else _trig(delta.removed)
    return Texts(_trig(delta.added), removed, exact)


def _trig(statements: tuple[Statement, ...]) -> str:
    lines = TurtleWriter(reader().prefixes).write_dataset(statements).split("\n") if statements else []
    while lines and (lines[0].startswith("@prefix ") or not lines[0]):
        del lines[0]
    return "\n".join(lines)


def delta_of(texts: Texts, before: Delta) -> Delta:
    """Read both sides; `before` is what they were made from.

    Raises :class:`ParseError`, :class:`PayloadTooLarge`, and :class:`BadRequest` for what is to be removed
    and is not published.
    """
    given = written(before)
    same_added = _lines(texts.added) == _lines(given.added)
    added = before.added if same_added else _added(texts.added)
    same_removed = _lines(texts.removed) == _lines(given.removed)
    removed = before.removed if same_removed else _removed(texts, before)
    return Delta(added, _published(removed))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _added(text: str) -> tuple[Statement, ...]:
    if not text.strip():
        return ()
    content = _declared(text)
    try:
        return contributions().read(content, TRIG, "what is added").added
    except ParseError as error:
        raise _placed(error) from None


def _removed(texts: Texts, before: Delta) -> tuple[Statement, ...]:
    if not texts.exact:
        return tuple(_parsed(_declared(texts.removed), TRIG))
    known = {graph_line(each).rstrip(): each for each in before.removed}
    lines = [line for line in _lines(texts.removed) if line]
    others = [line for line in lines if line not in known]
    parsed = _parsed("\n".join(others).encode(), NQUADS) if others else []
    nameless = next((each for each in parsed if is_blank(each.subject) or is_blank(each.object)), None)
    if nameless is not None:
        raise BadRequest(
            "A line under “removed” has a blank node and is none of those that were given out. Leave such"
            " lines as they are, or take them out."
        )
    return (*(known[line] for line in lines if line in known), *parsed)


def _declared(text: str) -> bytes:
    """Declare the prefixes that everybody here knows, without moving any line."""
    known = " ".join(f"@prefix {prefix}: <{iri}> ." for prefix, iri in sorted(reader().prefixes.items()))
    return f"{known} {text}".encode("utf-8", "replace")


def _parsed(content: bytes, rdf_format: Format) -> list[Statement]:
    try:
        found = parse(
            content,
            rdf_format,
            name="what is removed",
            base_iri=reader().manifest.base,
            max_bytes=settings().contribution_size + len(content.partition(b"\n")[0]),
        )
    except ParseError as error:
        raise _placed(error) from None
    return list(dict.fromkeys(found.statements))


def _placed(error: ParseError) -> BadRequest:
    """Say where, in words: the first line holds the prefixes, which nobody sees."""
    position = error.position
    where = f", line {position.line}" if position.line else ""
    return BadRequest(f"{position.file}{where}: {error.reason} Nothing was stored.")


def _published(removed: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Give the published statements that are meant; raises :class:`BadRequest` for what is not published."""
    # Slow to import, with the libraries of the checks.
    from pathways_ld.contributions.published import Published  # noqa: PLC0415

    meant: list[Statement] = []
    absent: list[Statement] = []
    with Published(reader().folder, settings()) as published:
        for each in removed:
            known = [
                other
                for other in published.about(each.subject)
                if other[:3] == each[:3] and each.graph in ("", other.graph)
            ]
            meant += known[:1]
            absent += [] if known else [each]
    if absent:
        shown = " ".join(graph_line(each).strip() for each in absent[:3])
        more = f" (and {len(absent) - 3} more)" if len(absent) > 3 else ""
        raise BadRequest(
            f"What is not published cannot be removed; take it out under “removed”: {shown[:600]}{more}"
        )
    return tuple(meant)
