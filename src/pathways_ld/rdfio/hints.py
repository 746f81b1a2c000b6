"""What to write instead: hints for the usual slips that a parser trips over.

A parser says what it did not expect; people want to know what is missing. Each hint is a sentence, and
where it is certain enough the lines as they should be (:class:`~pathways_ld.errors.Correction`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pathways_ld.errors import Correction
from pathways_ld.formats import NQUADS, NTRIPLES, RDFXML, Format
from pathways_ld.namespaces import PREFIXES, WELL_KNOWN
from pathways_ld.rdfio.recognizing import is_query, wrong_type

LONGEST_LINE: Final = 2000

_DOUBLE: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_SINGLE: Final = "\u2018\u2019\u201a\u201b\u2032"
_QUOTES: Final = str.maketrans(dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'"))
_SMART: Final = re.compile(f"[{_DOUBLE}{_SINGLE}]")
_DECLARED: Final = re.compile(rb"(?:^|\s)@?prefix\s+([^\s:<>]{0,99}):", re.IGNORECASE)
_NAMESPACE: Final = re.compile(rb"xmlns:([\w.-]{1,99})\s*=")
_ESCAPABLE: Final = re.compile(r"""\\(?![tbnrf"'\\uU])""")


@dataclass(frozen=True)
class Slip:
    """What is known of a mistake: what the parser said, and the lines around it (from 1; 0 if unknown)."""

    reason: str
    content: bytes
    rdf_format: Format
    line: int = 0
    column: int = 0
    text: str = ""
    previous_line: int = 0
    previous: str = ""

    @property
    def rest(self) -> str:
        """The text from the column on."""
        return self.text[self.column - 1 :] if self.column else self.text


@dataclass(frozen=True)
class Hint:
    """A sentence, and the corrected lines where they are certain enough."""

    text: str
    correction: Correction | None = None


def hint(reason: str, content: bytes, rdf_format: Format, line: int, column: int) -> Hint | None:
    """Find the hint for a mistake; None if there is none better than what the parser said."""
    mismatch = wrong_type(content, rdf_format)
    if mismatch:
        return Hint(mismatch)
    if b"\0" in content[:LONGEST_LINE]:
        return Hint("The document has zero bytes: it is no text, or one in UTF-16. Save it as UTF-8.")
    slip = _slip(reason, content, rdf_format, line, column)
    rules = _XML_RULES if rdf_format is RDFXML else _RULES
    for rule in rules:
        found = rule(slip)
        if found is not None:
            return found
    if is_query(content):
        return Hint("This looks like a SPARQL query, not like data.")
    return None


def _slip(reason: str, content: bytes, rdf_format: Format, line: int, column: int) -> Slip:
    if not line:
        return Slip(reason, content, rdf_format)
    lines = content.split(b"\n", line)[:line]
    if len(lines) < line:
        return Slip(reason, content, rdf_format)
    above = next((number for number in range(line - 1, 0, -1) if lines[number - 1].strip()), 0)
    return Slip(
        reason,
        content,
        rdf_format,
        line,
        column,
        _shown(lines[line - 1]).removesuffix("\r"),
        above,
        _shown(lines[above - 1]).rstrip() if above else "",
    )


def _shown(line: bytes) -> str:
    return line[:LONGEST_LINE].decode("utf-8", "replace")


def _replaced(slip: Slip, after: str) -> Correction | None:
    if not slip.line or len(slip.text) >= LONGEST_LINE or after == slip.text:
        return None
    return Correction(slip.line, slip.text, after)


def _smart_quotes(slip: Slip) -> Hint | None:
    if "language tag" in slip.reason or not _SMART.match(slip.rest):
        return None
    text = f'"{slip.rest[0]}" is a typographic quotation mark. RDF needs plain ones: \' or ".'
    return Hint(text, _replaced(slip, slip.text.translate(_QUOTES)))


def _undeclared(slip: Slip) -> Hint | None:
    match = re.search(r"[Pp]refix '?([^\s:']*):'? has not been declared", slip.reason)
    if match is None:
        return None
    prefix = match[1]
    if slip.rdf_format in (NTRIPLES, NQUADS):
        return None
    known = WELL_KNOWN.get(prefix.lower())
    if known is not None:
        declaration = f"@prefix {prefix}: <{known}> ."
        first = slip.content.split(b"\n", 1)[0][:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")
        return Hint(f"Add at the top: {declaration}", Correction(1, first, f"{declaration}\n{first}"))
    return Hint(_nearest(prefix, _DECLARED, slip, "Declare it at the top: @prefix {}: <…> ."))


def _nearest(prefix: str, pattern: re.Pattern[bytes], slip: Slip, advice: str) -> str:
    declared = dict.fromkeys(
        each.decode("utf-8", "replace") for each in pattern.findall(slip.content[:1_000_000])
    )
    near = difflib.get_close_matches(prefix, [*declared][:1000], n=1)
    meant = f'Did you mean "{near[0]}:"? ' if near else ""
    return meant + advice.format(prefix)


def _directive(slip: Slip) -> Hint | None:
    if "PREFIX declaration" in slip.reason:
        return Hint("Put the namespace between angle brackets: @prefix ex: <http://example.org/> .")
    if "PREFIX keyword" in slip.reason:
        return Hint("A prefix ends with a colon: @prefix ex: <http://example.org/> .")
    if slip.rest.startswith(".") and re.match(r"\s*(?:prefix|base)\b", slip.text, re.IGNORECASE):
        cut = slip.text[: slip.column - 1].rstrip() + slip.rest[1:]
        return Hint("PREFIX and BASE without @ have no dot at their end.", _replaced(slip, cut))
    return None


def _unfinished(slip: Slip) -> Hint | None:
    if not re.search(r"dot is expected|followed by a dot|should be followed by a dot", slip.reason):
        return None
    if slip.rest.startswith("<") and slip.previous_line != slip.line and slip.text[: slip.column - 1].strip():
        return Hint("A fourth term is a graph: that is N-Quads (.nq), or TriG (.trig).")
    if slip.text[: max(slip.column - 1, 0)].strip():
        return Hint("Add a dot before it if the statement ends there, else a semicolon or a comma.")
    if not slip.previous_line:
        return None
    indented = slip.text[:1] in (" ", "\t") and not slip.previous.lstrip().lower().startswith("@")
    mark, word = (";", "a semicolon") if indented else (".", "a dot")
    comment = _comment_start(slip.previous)
    before = slip.previous if comment is None else slip.previous[:comment].rstrip()
    after = f"{before} {mark}" + ("" if comment is None else f"  {slip.previous[comment:]}")
    correction = None
    if len(slip.previous) < LONGEST_LINE and slip.rdf_format not in (NTRIPLES, NQUADS):
        correction = Correction(slip.previous_line, slip.previous, after)
    return Hint(
        f"The statement before it is not finished: add {word} at the end of line {slip.previous_line}.",
        correction,
    )


def _comment_start(text: str) -> int | None:
    """Find where a comment starts, outside of texts and IRIs."""
    for match in re.finditer(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|<[^>]*>|(#)""", text):
        if match[1]:
            return match.start()
    return None


def _cut_off(slip: Slip) -> Hint | None:
    ends = slip.reason.startswith("Unexpected end")
    if ends and not slip.rest.startswith(('"', "'")):
        return Hint("The document ends within a statement: is a dot, a bracket or a quotation mark missing?")
    if ends or "Line jumps are not allowed" in slip.reason:
        return Hint(
            'The text is not closed on its line: add the quotation mark at its end, or write """…""" around'
            " a text of several lines."
        )
    if "Triples should be followed by a dot" in slip.reason:
        return Hint("The document ends within a statement: add a dot.")
    if "property lists should end" in slip.reason:
        return Hint("Close the bracket ] that was opened, or add a semicolon before the next property.")
    return None


def _language(slip: Slip) -> Hint | None:
    match = re.search(r"""["']@([A-Za-z]{1,8}(?:_[A-Za-z0-9]{1,8})+)""", slip.text)
    if match is None or "_" not in slip.text:
        return None
    start, end = match.span(1)
    if slip.column and not start - 2 <= slip.column - 1 <= end + 1:
        return None
    written = match[1].replace("_", "-")
    corrected = slip.text[:start] + written + slip.text[end:]
    return Hint(
        f"Language tags use a hyphen: write @{written} instead of @{match[1]}.", _replaced(slip, corrected)
    )


def _iri(slip: Slip) -> Hint | None:
    if "No scheme found" in slip.reason or "is not an absolute IRI" in slip.reason:
        match = re.search(r"<(www\.[^<>\s]*)>", slip.rest)
        if match:
            corrected = slip.text.replace(match[0], f"<https://{match[1]}>")
            return Hint(f"Write it in full: <https://{match[1]}>.", _replaced(slip, corrected))
        return Hint(
            "The IRI is relative. Write it in full, or say at the top what it is relative to:"
            " @base <https://example.org/> ."
        )
    if "Invalid IRI code point ' '" in slip.reason:
        match = re.match(r"<([a-z]+://[^<>\"{}|^`\\]*)>", slip.rest)
        if match:
            written = match[1].strip().replace(" ", "%20")
            corrected = slip.text.replace(match[0], f"<{written}>", 1)
            return Hint(f"An IRI has no spaces: write <{written}>.", _replaced(slip, corrected))
        return Hint("An IRI has no spaces. Is its closing > missing?")
    return None


def _object(slip: Slip) -> Hint | None:
    word = re.match(r"[A-Za-z][\w-]*", slip.rest)
    if "is not a valid RDF object" in slip.reason and word:
        lowered = word[0].lower()
        start = slip.column - 1
        if lowered in ("true", "false"):
            corrected = slip.text[:start] + lowered + slip.rest[len(word[0]) :]
            return Hint(f"Write {lowered} in small letters.", _replaced(slip, corrected))
        return Hint(
            f'Write a text in quotation marks ("{word[0]}") and a term with its prefix (ex:{word[0]}).'
        )
    if "is not a valid RDF object" in slip.reason and slip.rest.startswith((".", ";", ",")):
        return Hint("The value is missing.")
    date = re.search(r"(?<![\"\w-])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![\"\w-])", slip.text)
    if date and date.start() <= slip.column - 1 < date.end():
        typed = f'"{date[1]}"^^<{PREFIXES["xsd"]}date>'
        corrected = slip.text[: date.start()] + typed + slip.text[date.end() :]
        return Hint(f'Write a date as "{date[1]}"^^xsd:date.', _replaced(slip, corrected))
    return None


def _punctuation(slip: Slip) -> Hint | None:
    before = slip.text[: max(slip.column - 1, 0)]
    if slip.rest.startswith("^") and before.endswith(('"', "'")):
        corrected = f"{before}^{slip.rest}"
        return Hint('A datatype follows two carets: "…"^^xsd:date.', _replaced(slip, corrected))
    if "escape character" in slip.reason:
        corrected = _ESCAPABLE.sub(r"\\\\", slip.text)
        return Hint("Write a backslash in a text twice: \\\\.", _replaced(slip, corrected))
    if "is not a valid subject" in slip.reason:
        if slip.rest.startswith(('"', "'")) and before.strip():
            return Hint("Between two values of one property stands a comma; is one missing before this?")
        if slip.rest.startswith(('"', "'")):
            return Hint("A text cannot be the subject of a statement, or a comma is missing before it.")
        if slip.rest.startswith("."):
            return Hint("There is a dot too many, or the statement ended already.")
    if slip.rest.startswith("/") and re.search(r"[\w-]*:[\w.-]*$", before):
        return Hint("Behind a prefix, / is written \\/; or write the whole IRI between < and >.")
    if slip.rest.startswith("{") and "valid predicate" in slip.reason:
        return Hint("Named graphs need TriG: name the file .trig.")
    return None


def _ntriples(slip: Slip) -> Hint | None:
    if slip.rdf_format not in (NTRIPLES, NQUADS):
        return None
    if "must be an IRI" in slip.reason or "must be" in slip.reason:
        return Hint(
            f"{slip.rdf_format.title} has no prefixes, numbers or nesting: write <…> around whole IRIs and"
            " quotation marks around texts; or name the file .ttl if it is Turtle."
        )
    return None


def _xml(slip: Slip) -> Hint | None:
    match = re.search(r"Unknown prefix '?([\w.-]+)", slip.reason)
    if match:
        known = WELL_KNOWN.get(match[1].lower())
        if known:
            return Hint(f'Declare it in the first element: xmlns:{match[1]}="{known}".')
        return Hint(_nearest(match[1], _NAMESPACE, slip, 'Declare it in the first element: xmlns:{}="…".'))
    if "after '&'" in slip.reason:
        return Hint("Write &amp; for an ampersand in XML.")
    match = re.search(r"unrecognized entity `(\w+)`", slip.reason)
    if match:
        return Hint(
            f"&{match[1]}; is not declared. Write the character itself; only &amp; &lt; &gt; &quot; &apos;"
            " are known."
        )
    if "Unexpected text event" in slip.reason or "namespaces are required" in slip.reason:
        return Hint("Expected RDF/XML, which starts with <rdf:RDF xmlns:rdf=…>.")
    return None


def _json(slip: Slip) -> Hint | None:
    if "Trailing comma" in slip.reason:
        return Hint("Remove the comma before the closing bracket.")
    if re.search(r"Unexpected char: '''", slip.reason):
        return Hint('JSON has double quotation marks only: ".')
    if "Unexpected byte" in slip.reason and _SMART.match(slip.rest):
        return Hint(
            "Typographic quotation marks are none in JSON.", _replaced(slip, slip.text.translate(_QUOTES))
        )
    return None


_RULES: Final[tuple[Callable[[Slip], Hint | None], ...]] = (
    _smart_quotes, _undeclared, _directive, _language, _cut_off, _unfinished, _iri, _object, _punctuation,
    _ntriples, _json,
)  # fmt: skip
_XML_RULES: Final[tuple[Callable[[Slip], Hint | None], ...]] = (_xml,)
