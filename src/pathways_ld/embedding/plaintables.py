"""Tables of text as they stand in a file: columns are added, and every byte that was there stays.

Separators and encodings are those of spreadsheet programs; the records are RFC 4180
(https://www.rfc-editor.org/rfc/rfc4180), and are kept as they were written.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pathways_ld.errors import InputError, PayloadTooLarge

SEPARATORS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 1_000
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Record:
    """A row: the line it begins on, counted from 1, its text without the end of the line, and its cells."""

    line: int
    text: str
    ending: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class PlainTable:
    """The rows of a file; `mark` are the bytes before the text, `remarks` what was noticed."""

    records: tuple[Record, ...]
    separator: str
    encoding: str
    mark: bytes = b""
    remarks: tuple[str, ...] = ()

    @property
    def charset(self) -> str:
        """The name of the encoding as others know it (https://encoding.spec.whatwg.org/#names-and-labels)."""
        if self.encoding == "cp1252":
            return "windows-1252"
        return "utf-16" if self.mark and self.encoding.startswith("utf-16") else self.encoding

    def encoded(self, text: str, encoding: str = "") -> bytes:
        """Write a text as the file is written, or in another encoding.

        Raises :class:`InputError` for letters that the encoding does not have.
        """
        try:
            return text.encode(encoding) if encoding else self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise InputError(
                f'"{text[error.start : error.start + 20]}" cannot be written in {encoding or self.encoding},'
                " the encoding of the file; choose utf-8 for what is written (--output-encoding utf-8)."
            ) from None


def read_table(
    content: bytes, *, encoding: str = "", separator: str = "", most: int | None = None
) -> PlainTable:
    """Take a file apart; encoding and separator are found out where they are not given.

    Raises :class:`InputError` for what is no table of text, and :class:`PayloadTooLarge` for more than `most`
    rows.
    """
    text, found, mark, remarks = _decoded(content, encoding)
    if "\0" in text:
        raise InputError("There is a NUL character in the file: it is no CSV. Save it as CSV (UTF-8).")
    separator = separator or _separator(text)
    if len(separator) != 1 or separator in '"\r\n':
        raise InputError(f'"{separator}" cannot separate columns; expected one character, such as a comma.')
    return PlainTable(tuple(_records(text, separator, most)), separator, found, mark, tuple(remarks))


def _decoded(content: bytes, encoding: str) -> tuple[str, str, bytes, list[str]]:
    if encoding:
        try:
            text = content.decode(encoding)
        except LookupError:
            raise InputError(f'There is no encoding "{encoding[:40]}"; expected one such as utf-8.') from None
        except UnicodeDecodeError as error:
            raise InputError(f"The file is not {encoding} from byte {error.start:,} on.") from None
        return text.removeprefix("\ufeff"), encoding, _mark(content, text, encoding), []
    for mark, found in _BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(found), found, mark, []
            except UnicodeDecodeError:
                raise InputError(
                    f"The file begins like {found.upper()}, and is not. Save it as CSV (UTF-8)."
                ) from None
    try:
        return content.decode("utf-8"), "utf-8", b"", []
    except UnicodeDecodeError as error:
        place = error.start
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError(
            f"The letters of the file cannot be read from byte {place:,} on: it is neither UTF-8 nor"
            " Windows-1252. Save it as CSV (UTF-8), or name its encoding."
        ) from None
    return text, "cp1252", b"", ["The file is not UTF-8; it was read as Windows-1252."]


def _mark(content: bytes, text: str, encoding: str) -> bytes:
    """Give the bytes that an encoding puts before a text, as far as they are there."""
    bare = text.removeprefix("\ufeff").encode(encoding)
    return content[: len(content) - len(bare)] if content.endswith(bare) else b""


def _separator(text: str) -> str:
    """Tell the separator by the first line that is not empty: the one that there is most of."""
    first = next((line[0] for line in _LINE.finditer(text) if line[0].strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=lambda each: (unquoted.count(each), -SEPARATORS.index(each)))


def _records(text: str, separator: str, most: int | None) -> Iterator[Record]:
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for each in _LINE.finditer(text):
            taken.append(each[0])
            yield each[0]

    reader = csv.reader(lines(), delimiter=separator, strict=True)
    line, number = 1, 0
    while True:
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"Line {line} is not CSV ({error}): look at its double quotes; inside a text they are"
                " written twice."
            ) from None
        number += bool(cells)
        if most is not None and number > most:
            raise PayloadTooLarge(f"The table has more than {most:,} rows. Send it in parts.")
        if len(cells) > MAX_COLUMNS:
            raise PayloadTooLarge(f"Line {line} has {len(cells):,} cells; at most {MAX_COLUMNS:,} are read.")
        raw = "".join(taken)
        bare = raw.rstrip("\r\n")
        yield Record(line, bare, raw[len(bare) :], tuple(cells))
        line += len(taken)


def joined(cells: Sequence[str], separator: str) -> str:
    """Write cells as a part of a record; none of them can be taken for a formula."""
    return separator.join(_quoted(guarded(each), separator) for each in cells)


def guarded(text: str) -> str:
    """Keep spreadsheet programs from taking a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(text: str, separator: str) -> str:
    if any(each in text for each in (separator, '"', "\r", "\n")) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
