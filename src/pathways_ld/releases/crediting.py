"""The message of a commit that holds exported changes: what they did, and whose they are, as agreed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pathways_ld.ledger.history import History, PastChange
from pathways_ld.namespaces import RDF
from pathways_ld.rdfio import literal_parts
from pathways_ld.settings import Settings

MOST: Final = 200
"""Changes that a message tells one by one."""
_LONGEST: Final = 300
_VALUE: Final = f"<{RDF.value}>"


def commit_message(settings: Settings, after: int, through: int) -> str:
    """Tell the changes after one number, up to another, with a trailer for each contributor who is named.

    Git's trailer Co-authored-by takes an e-mail address, which is never published; so it is Contributed-by,
    with the ORCID iD of those who gave one to be published.
    """
    history = History(settings.state_dir)
    changes = history.between(after, through)[::-1]
    noun = f"change {changes[0].change.number}" if len(changes) == 1 else f"{len(changes)} changes"
    blocks = [f"Export {noun} of the ledger" if changes else "Export the ledger"]
    blocks += [_told(each) for each in changes[:MOST]]
    if len(changes) > MOST:
        blocks.append(f"And {len(changes) - MOST} more.")
    trailers = _trailers(changes)
    if trailers:
        blocks.append("\n".join(trailers))
    return "\n\n".join(blocks) + "\n"


def _told(past: PastChange) -> str:
    change, origin = past.change, past.origin
    said = [literal_parts(each.object)[0] for each in change.delta.added if each.predicate == _VALUE]
    what = (
        said[0]
        if said
        else f"{change.action}: {len(change.delta.added)} added, {len(change.delta.removed)} removed"
    )
    lines = [f"Change {change.number}, {change.at[:10]}: {_line(what)}"]
    if origin is not None:
        by = _line(origin.name) or origin.orcid or "a contributor"
        lines.append(f"  Contribution {origin.contribution}, by {by}: {_line(origin.reason)}")
    return "\n".join(lines)


def _trailers(changes: Sequence[PastChange]) -> list[str]:
    found: dict[str, None] = {}
    for each in changes:
        if each.origin is not None and (each.origin.name or each.origin.orcid):
            name, orcid = _line(each.origin.name), each.origin.orcid
            found[f"Contributed-by: {name or orcid}" + (f" <{orcid}>" if name and orcid else "")] = None
    return list(found)


def _line(text: str) -> str:
    """Put a text on one line, so that nobody writes a trailer but we."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
