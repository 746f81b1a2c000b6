"""Fixes as edits of lines: as few as can be, and none that would change anything else.

A fix says what statement becomes what; where a line says that statement, the line can be edited. Whether
an edit did what it was meant to do is seen by reading the document again (:func:`apply`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import escape

from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import RDFXML, Format
from pathways_ld.namespaces import split_iri
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts, parse
from pathways_ld.report import Fix, ValidationResult

MAX_LINES: Final = 200
MAX_EACH: Final = 500
"""Edits that are tried one by one where all at once did not do what they should."""

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_RENAMING: Final = "namespace-variant"


@dataclass(frozen=True)
class Change:
    """What a fix does to the statements: one is replaced (removed, if `after` is None)."""

    before: Statement
    after: Statement | None


@dataclass(frozen=True)
class Rename:
    """What a fix does to an IRI, or with `whole` false to all IRIs that begin so."""

    before: str
    after: str
    whole: bool = True


@dataclass(frozen=True)
class Fixed:
    """A document after fixing: its new content, and the results that were fixed."""

    content: bytes
    applied: tuple[ValidationResult, ...]


def change_of(result: ValidationResult) -> Change | Rename | None:
    """Tell what the fix of a result does; None where it is advice only."""
    fix = result.fix
    if fix is None:
        return None
    if is_iri(fix.term) and is_iri(result.value):
        before, after = result.value[1:-1], fix.term[1:-1]
        if result.rule == _RENAMING:
            return Rename(split_iri(before)[0], split_iri(after)[0], whole=False)
        return Rename(before, after)
    if fix.term and result.path:
        said = Statement(result.focus, f"<{result.path}>", result.value)
        return Change(said, said._replace(object=fix.term))
    removed = _said_of(result.focus, fix.removes)
    return Change(removed, _said_of(result.focus, fix.adds)) if removed is not None else None


def _said_of(focus: str, text: str) -> Statement | None:
    """Put a focus before a property and a value, as a fix has them."""
    predicate, _, value = text.partition(" ")
    return Statement(focus, predicate, value) if focus and value else None


def with_lines(result: ValidationResult, content: bytes, line: int) -> Fix | None:
    """Add to a fix the lines that change; `line` is where the statement stands that it replaces."""
    change = change_of(result)
    if not isinstance(change, Change) or result.fix is None:
        return result.fix
    lines = content.split(b"\n", line + MAX_LINES)
    edited = _edited(lines, line, change)
    if edited is None:
        return result.fix
    count, after = edited
    before = b"\n".join(lines[line - 1 : line - 1 + count])
    return replace(
        result.fix,
        line=line,
        before=before.decode("utf-8", "replace").replace("\r", ""),
        after=after.decode("utf-8", "replace").replace("\r", ""),
    )


def _edited(lines: Sequence[bytes], line: int, change: Change) -> tuple[int, bytes] | None:
    """Edit the block of lines that says a statement: the number of lines, and what they become."""
    count = 1
    if is_literal(change.before.object):
        count += literal_parts(change.before.object)[0].count("\n")
    block = b"\n".join(lines[line - 1 : line - 1 + count])
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return None
    after = _edited_text(text, change)
    return None if after is None else (count, after.encode())


def _edited_text(text: str, change: Change) -> str | None:
    before, after = change.before, change.after
    if after is None:
        return _without_line(text, before)
    if before.predicate != after.predicate:
        return _renamed_property(text, before, after)
    for old, new in _spellings(before.object, after.object):
        if text.count(old) == 1:
            return text.replace(old, new)
    return None


def _spellings(before: str, after: str) -> Iterable[tuple[str, str]]:
    """Give what a literal may be written as, with what becomes of it."""
    if not (is_literal(before) and is_literal(after)):
        return
    old, old_tag, _ = literal_parts(before)
    new, new_tag, _ = literal_parts(after)
    old_body, new_body = _body(before), _body(after)
    if not old_tag and new_tag:
        for quote in ('"', "'"):
            yield f"{quote}{old_body}{quote}", f"{quote}{new_body}{quote}@{new_tag}"
        return
    if old_tag != new_tag:
        for quote in ('"', "'"):
            yield f"{old_body}{quote}@{old_tag}", f"{new_body}{quote}@{new_tag}"
        yield f'xml:lang="{old_tag}">{escape(old)}<', f'xml:lang="{new_tag}">{escape(new)}<'
        return
    for quote in ('"', "'"):
        yield f"{quote}{old_body}{quote}", f"{quote}{new_body}{quote}"
        yield f"{quote}{old}{quote}", f"{quote}{new_body}{quote}"
    yield f">{escape(old)}<", f">{escape(new)}<"
    yield old_body, new_body
    yield old, new


def _body(term: str) -> str:
    return term[1 : term.rfind('"')]


def _renamed_property(text: str, before: Statement, after: Statement) -> str | None:
    """Give a value another property, and leave its neighbours in a list of values where they are."""
    names = _property_names(text, before.predicate, after.predicate)
    if names is None:
        return None
    old, new = names
    values = [each for each in _written(before.object) if text.count(each) == 1]
    if not values:
        return text.replace(old, new) if "," not in _QUOTED.sub("", text) else None
    match = re.search(rf"(\s*,\s*)?{re.escape(values[0])}(\s*,\s*)?", text)
    assert match is not None  # noqa: S101 - it was counted
    first, last = not match[1], not match[2]
    if first and last:
        return text.replace(old, new)
    if first:
        start = text.rfind(old, 0, match.start())
        if start < 0:
            return None
        return f"{text[:start]}{new} {values[0]} ; {old} {text[match.end() :]}"
    rest = "" if last else f" ; {old} "
    return f"{text[: match.start()]} ; {new} {values[0]}{rest}{text[match.end() :]}"


def _property_names(text: str, before: str, after: str) -> tuple[str, str] | None:
    """Give how a property is written in a text that has it once, and how the other would be."""
    if text.count(before) == 1:
        return before, after
    old, new = split_iri(before[1:-1]), split_iri(after[1:-1])
    if old[0] != new[0]:
        return None
    found = re.findall(rf"(?<![\w:.-])[\w.-]*:{re.escape(old[1])}(?![\w-])", text)
    return (found[0], found[0].removesuffix(old[1]) + new[1]) if len(found) == 1 else None


def _written(term: str) -> tuple[str, ...]:
    """Give how a literal may be written in Turtle."""
    if not is_literal(term):
        return ()
    text, tag, _ = literal_parts(term)
    bodies = dict.fromkeys((_body(term), text))
    return tuple(f"{quote}{body}{quote}@{tag}" for body in bodies for quote in "\"'") if tag else ()


def _without_line(text: str, said: Statement) -> str | None:
    """Take a line away that says one statement and goes on with another: it ends in a semicolon."""
    local = re.escape(split_iri(said.predicate[1:-1])[1])
    whole = rf"\s+(?:[\w.-]*:{local}|{re.escape(said.predicate)})\s+{re.escape(said.object)}\s*;\s*"
    return "" if re.fullmatch(whole, text) else None


def apply(
    content: bytes, rdf_format: Format, results: Sequence[ValidationResult], *, base_iri: str | None = None
) -> Fixed:
    """Apply the fixes that can be computed; nothing but what they say is different afterwards.

    Results must have their positions in this very content. A document that is not well-formed gets the
    correction of its first mistake, if there is one and it helps.
    """
    broken = next((each for each in results if each.rule == "syntax"), None)
    if broken is not None:
        return _mended(content, rdf_format, broken, base_iri)
    fixable = [each for each in results if change_of(each) is not None]
    if not fixable:
        return Fixed(content, ())
    fixable.sort(key=lambda each: -_line(each))
    fixed = _apply_all(content, rdf_format, fixable, base_iri)
    if fixed is not None:
        return fixed
    applied: list[ValidationResult] = []
    for each in fixable[:MAX_EACH]:
        once = _apply_all(content, rdf_format, [each], base_iri)
        if once is not None and once.applied:
            content, applied = once.content, [*applied, each]
    return Fixed(content, tuple(applied))


def _line(result: ValidationResult) -> int:
    """Give the line that a fix changes, 0 if it is not known."""
    return result.fix.line if result.fix is not None else 0


def _apply_all(
    content: bytes, rdf_format: Format, results: Sequence[ValidationResult], base_iri: str | None
) -> Fixed | None:
    """Apply fixes from the end to the start; None if the statements are not what they should be then."""
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    lines: list[bytes] = content.removeprefix(mark).split(b"\n")
    done: list[tuple[ValidationResult, Change | Rename]] = []
    renames: dict[Rename, ValidationResult] = {}
    for each in results:
        change = change_of(each)
        if isinstance(change, Rename):
            renames.setdefault(change, each)
        elif change is not None and _line(each):
            edited = _edited(lines, _line(each), change)
            if edited is not None:
                start = _line(each) - 1
                after = [] if change.after is None else edited[1].split(b"\n")
                lines[start : start + edited[0]] = after
                done.append((each, change))
    new = b"\n".join(lines)
    for rename, each in renames.items():
        replaced = _renamed(new, rename, rdf_format)
        if replaced != new:
            new = replaced
            done.append((each, rename))
    new = mark + new
    if new == content:
        return Fixed(content, ())
    if _expected(content, rdf_format, [change for _, change in done], base_iri) != _said(
        new, rdf_format, base_iri
    ):
        return None
    return Fixed(new, tuple(each for each, _ in done))


def _renamed(content: bytes, rename: Rename, rdf_format: Format) -> bytes:
    old, new = rename.before.encode(), rename.after.encode()
    for start, end in ((b"<", b">"), (b'"', b'"'), (b"'", b"'")):
        if start == b"<" and rdf_format is RDFXML:
            continue
        close = end if rename.whole else b""
        content = content.replace(start + old + close, start + new + close)
    return content


def _said(content: bytes, rdf_format: Format, base_iri: str | None) -> set[Statement] | None:
    try:
        statements = parse(content, rdf_format, base_iri=base_iri).statements
    except InputError:
        return None
    return {_faceless(each) for each in statements}


def _expected(
    content: bytes, rdf_format: Format, changes: Sequence[Change | Rename], base_iri: str | None
) -> set[Statement] | None:
    said = _said(content, rdf_format, base_iri)
    if said is None:
        return None
    for change in changes:
        if isinstance(change, Rename):
            said = {Statement(*(_renamed_term(term, change) for term in each)) for each in said}
            continue
        before = _faceless(change.before)
        found = {each for each in said if each[:3] == before[:3]}
        said -= found
        if change.after is not None:
            after = _faceless(change.after)
            said |= {after._replace(graph=each.graph) for each in found}
    return said


def _renamed_term(term: str, rename: Rename) -> str:
    if rename.whole:
        return f"<{rename.after}>" if term == f"<{rename.before}>" else term
    start = f"<{rename.before}"
    return f"<{rename.after}{term[len(start) :]}" if term.startswith(start) else term


def _faceless(each: Statement) -> Statement:
    """Take the labels of blank nodes away: they depend on what is said of the nodes."""
    return Statement(*("_:" if is_blank(term) else term for term in each))


def _mended(content: bytes, rdf_format: Format, broken: ValidationResult, base_iri: str | None) -> Fixed:
    fix, position = broken.fix, broken.position
    if fix is None or not fix.line or position is None:
        return Fixed(content, ())
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    lines = content.removeprefix(mark).split(b"\n")
    before, after = fix.before.encode(), fix.after.encode()
    start = fix.line - 1
    if start >= len(lines) or lines[start].rstrip() != before.rstrip():
        return Fixed(content, ())
    ending = b"\r" if lines[start].endswith(b"\r") else b""
    lines[start] = after.replace(b"\n", ending + b"\n") + ending
    new = mark + b"\n".join(lines)
    try:
        parse(new, rdf_format, base_iri=base_iri)
    except ParseError as error:
        added = after.count(b"\n") - before.count(b"\n")
        now = (error.position.line or 0) - added, error.position.column or 0
        if now <= (position.line or 0, position.column or 0):  # it did not help
            return Fixed(content, ())
    return Fixed(new, (broken,))
