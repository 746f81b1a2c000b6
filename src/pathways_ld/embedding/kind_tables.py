"""All terms of a kind as one table in CSV, and what its columns are.

Labels and definitions have a column for each language in which terms of the kind have some. The columns are
described for CSV on the Web (https://www.w3.org/TR/tabular-metadata/).
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

from pathways_ld.embedding.plaintables import guarded
from pathways_ld.namespaces import ADMS, DCT, OWL, RDFS, SKOS
from pathways_ld.vocabulary import Languages

if TYPE_CHECKING:
    from pathways_ld.model import Link, PageView
    from pathways_ld.settings import Kind
    from pathways_ld.vocabulary import Reader

JOINT: Final = " | "
"""Stands between several values in one cell."""
MAX_LANGUAGES: Final = 40
"""Languages that have columns: those of the most terms."""
_LABEL, _OTHER, _DEFINITION = "pref_label", "alt_labels", "definition"
_WORDED: Final = {_LABEL: SKOS.prefLabel, _OTHER: SKOS.altLabel, _DEFINITION: SKOS.definition}
_DEFINING: Final = (SKOS.definition, DCT.description, RDFS.comment, SKOS.scopeNote)
_PLAIN: Final = ("notation", "broader", "status", "deprecated", "replaced_by")


@dataclass(frozen=True)
class Column:
    """A column of texts: what they are, and their language, empty for texts without one."""

    name: str
    lang: str

    @property
    def title(self) -> str:
        """The name in the header."""
        return f"{self.name}_{self.lang}" if self.lang else self.name


def write_table(source: Reader, kind: str, target: IO[bytes]) -> tuple[Column, ...]:
    """Write the terms of a kind, by title, in UTF-8; gives the columns of texts.

    Withdrawn terms are left out. What is kept in memory does not grow with the number of terms. No cell is
    taken for a formula; a | within one of several values is written with a backslash before it.
    """
    with TemporaryFile() as rows:
        columns = _gather(source, kind, rows)
        rows.seek(0)
        stream = io.TextIOWrapper(target, encoding="utf-8", newline="")
        writer = csv.writer(stream)
        writer.writerow(["iri", *(each.title for each in columns), *_PLAIN])
        for line in rows:
            iri, texts, plain = json.loads(line)
            worded = (texts.get(each.name, {}).get(each.lang, "") for each in columns)
            writer.writerow([iri, *map(guarded, (*worded, *plain))])
        stream.flush()
        stream.detach()
    target.flush()
    return columns


def _gather(source: Reader, kind: str, rows: IO[bytes]) -> tuple[Column, ...]:
    """Write what the rows hold, a line each, and find out which languages there are."""
    languages = Languages((), source.manifest.default_language)
    used: Counter[Column] = Counter()
    for view in source.bulk.of_kind(kind):
        texts = {_LABEL: view["title"], _OTHER: _others(view), _DEFINITION: _definitions(view)}
        used.update(Column(name, lang) for name, found in texts.items() for lang in found)
        row = (view["iri"], texts, _plain(view, languages))
        rows.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    columns: list[Column] = []
    for name in _WORDED:
        found = [each for each in used if each.name == name]
        most = sorted(found, key=lambda each: (-used[each], each.lang))[:MAX_LANGUAGES]
        columns += sorted(most, key=lambda each: each.lang)
    return tuple(columns)


def _others(view: PageView) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for label in view["labels"]:
        if not label["hidden"]:
            found.setdefault(label["lang"], []).append(label["text"])
    return {lang: _joined(texts) for lang, texts in found.items()}


def _definitions(view: PageView) -> dict[str, str]:
    """Give what says best what a term means: its definition, else its description."""
    texts = {section["property"]: section["texts"] for section in view["texts"]}
    found: dict[str, list[str]] = {}
    for text in next((texts[each] for each in _DEFINING if each in texts), []):
        found.setdefault(text["lang"], []).append(text["text"])
    return {lang: "\n".join(each) for lang, each in found.items()}


def _plain(view: PageView, languages: Languages) -> list[str]:
    notations = (
        value["text"]
        for fact in view["facts"]
        if fact["property"] == SKOS.notation
        for value in fact["values"]
    )
    broader = [
        link
        for group in view["groups"]
        if group["relation"] == SKOS.broader and not group["incoming"]
        for link in group["items"]
    ]
    return [
        _joined(notations),
        _iris(broader),
        _joined(languages.pick(each["title"])[0] or each["iri"] for each in view["status"]),
        "true" if view["deprecated"] else "false",
        _iris(view["replaced_by"]),
    ]


def _joined(texts: Iterable[str]) -> str:
    return JOINT.join(each.replace("|", "\\|") for each in texts)


def _iris(links: Sequence[Link]) -> str:
    return JOINT.join(each["iri"] for each in links)


def describe_table(source: Reader, kind: Kind, columns: Sequence[Column], address: str) -> dict[str, Any]:
    """Describe the columns of a table at an address."""
    title, _ = Languages((), source.manifest.default_language).pick(source.title)
    about: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": address,
        "dc:title": f"{kind.plural}: {title or source.manifest.base}",
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "aboutUrl": "{+iri}",
            "primaryKey": "iri",
            "columns": [*_described(columns)],
        },
    }
    if source.license:
        about["dc:license"] = {"@id": source.license}
    if source.manifest.vocabulary_iri:
        about["dc:source"] = {"@id": source.manifest.vocabulary_iri}
    return about


def _described(columns: Iterable[Column]) -> Iterator[dict[str, Any]]:
    yield {**_named("iri"), "datatype": "anyURI", "required": True, "suppressOutput": True}
    for each in columns:
        said: dict[str, Any] = {**_named(each.title), "propertyUrl": _WORDED[each.name]}
        if each.lang:
            said["lang"] = each.lang
        if each.name == _OTHER:
            said["separator"] = JOINT
        yield said
    several, iris = {"separator": JOINT}, {"separator": JOINT, "datatype": "anyURI"}
    yield {**_named("notation"), "propertyUrl": SKOS.notation, **several}
    yield {**_named("broader"), "propertyUrl": SKOS.broader, **iris}
    yield {**_named("status"), "propertyUrl": ADMS.status, **several}
    yield {**_named("deprecated"), "propertyUrl": OWL.deprecated, "datatype": "boolean"}
    yield {**_named("replaced_by"), "propertyUrl": DCT.isReplacedBy, **iris}


def _named(title: str) -> dict[str, str]:
    return {"titles": title, "name": title.replace("-", "_")}
