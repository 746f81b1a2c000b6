"""The tools that guard against made-up and outdated identifiers: check_iris, look_up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding import lookup
from pathways_ld.embedding.assistants.desk import Desk, clean
from pathways_ld.embedding.identifiers import Identifiers, identifiers_of

if TYPE_CHECKING:
    from pathways_ld.snapshot.bulk import Listed
    from pathways_ld.vocabulary import Languages

NEAREST: Final = 3
"""Terms that are offered in the place of one that there is not."""
SECONDS: Final = 3.0
"""Of the processor's time, after which nothing near is searched for any more."""
STATUSES: Final = ("found", "deprecated", "withdrawn", "unknown", "foreign")

Result = dict[str, Any]


def check_iris(desk: Desk, given: Mapping[str, Any]) -> Result:
    """Tell of each IRI whether it is a term, one not to be used any more, made up, or none of ours."""
    languages = desk.languages(given["lang"])
    known = {each: identifiers_of(each.strip(), desk.reader) for each in given["iris"]}
    listed = desk.reader.bulk.described(iri for each in known.values() for iri in each.sure)
    results = {each: _checked(desk, each, known[each], listed, languages) for each in known}
    _add_others(desk, results, languages)
    counts = {status: sum(each["status"] == status for each in results.values()) for status in STATUSES}
    return {
        "results": [results[each] for each in given["iris"]],
        "counts": {status: count for status, count in counts.items() if count},
    }


def _checked(
    desk: Desk, given: str, known: Identifiers, listed: Mapping[str, Listed], languages: Languages
) -> Result:
    shown = clean(given)
    found = next((listed[iri] for iri in known.sure if iri in listed), None)
    if found is None:
        is_ours = any(desk.reader.space.local_id(iri) is not None for iri in known.sure)
        is_foreign = ":" in given and not is_ours
        return {"given": shown, "status": "foreign" if is_foreign else "unknown"}
    iri = found.link["iri"]
    if found.withdrawn:
        return {"given": shown, "status": "withdrawn", "iri": iri}
    return {
        "given": shown,
        "status": "deprecated" if found.deprecated else "found",
        "isExact": given == iri,
        **desk.named(found.link, languages),
        "kind": found.kind,
    }


def _add_others(desk: Desk, results: Mapping[str, Result], languages: Languages) -> None:
    """Add the successors of what is deprecated, and what is near to what there is not; find parts."""
    asked = [given for given, each in results.items() if each["status"] in ("deprecated", "unknown")]
    rows = lookup.look_up(desk.reader, asked, languages=languages, limit=NEAREST, seconds=SECONDS)
    for given, row in zip(asked, rows, strict=True):
        result = results[given]
        candidates = [_candidate(desk, each) for each in row.candidates]
        if result["status"] == "deprecated":
            result["replacedBy"] = [each for each in candidates if "replaces" in each]
        elif row.candidates and row.status == lookup.FOUND and _is_part(row.candidates, given):
            part = candidates[0]
            result |= {"status": "found", "isExact": given == part["iri"]}
            result |= {name: part[name] for name in ("iri", "label", "lang", "kind") if name in part}
        else:
            result["nearest"] = candidates


def _is_part(candidates: Sequence[lookup.Candidate], given: str) -> bool:
    """Tell whether a value is what is described in the document of another term."""
    return "#" in given and not candidates[0].kind and candidates[0].matched == candidates[0].iri


def _candidate(desk: Desk, candidate: lookup.Candidate) -> Result:
    given: Result = {
        "iri": candidate.iri,
        "label": clean(candidate.label) or desk.reader.compact(candidate.iri),
        "kind": candidate.kind,
        "score": round(candidate.score, 1),
        "isMatch": candidate.match,
    }
    if candidate.lang:
        given["lang"] = candidate.lang
    if candidate.matched not in (candidate.label, candidate.iri):
        given["foundBy"] = clean(candidate.matched)
    if candidate.deprecated:
        given["deprecated"] = True
    if candidate.replaces:
        given["replaces"] = candidate.replaces
    return given


def look_up(desk: Desk, given: Mapping[str, Any]) -> Result:
    """Find the term for each of some labels; says where several are meant, or none."""
    rows = lookup.look_up(
        desk.reader,
        given["labels"],
        languages=desk.languages(given["lang"]),
        kind=given["kind"] or "",
        limit=given["limit"],
        seconds=SECONDS,
    )
    return {"rows": [_row(desk, each) for each in rows], "isComplete": all(each.searched for each in rows)}


def _row(desk: Desk, row: lookup.Row) -> Result:
    candidates: Iterable[Result] = (_candidate(desk, each) for each in row.candidates)
    return {"label": clean(row.value), "status": row.status, "candidates": [*candidates]}
