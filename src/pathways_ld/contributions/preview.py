"""The pages of terms as they would be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pathways_ld.contributions.published import Published
from pathways_ld.errors import InputError
from pathways_ld.ledger import Delta
from pathways_ld.model import PageView
from pathways_ld.releases.effects import Effects
from pathways_ld.releases.following import TooFar, follow
from pathways_ld.releases.increment import Incremental
from pathways_ld.settings import Settings
from pathways_ld.snapshot import read_asserted
from pathways_ld.vocabulary import Describer, derive, identify

_LARGEST: Final = 300_000
"""Statements of the largest vocabulary of which all is read to show a page."""

Views = dict[str, PageView | None]


def preview(published: Published, delta: Delta, documents: Iterable[str], settings: Settings) -> Views:
    """Give the pages of documents after a change; None for what would have none.

    The neighbours of what changes are enough for that. Where a change reaches too far, all is read, or in a
    large vocabulary nothing is shown.
    """
    wanted = list(documents)
    try:
        return nearby(published, delta, wanted, settings)
    except TooFar:
        if published.manifest.statements > _LARGEST:
            return dict.fromkeys(wanted)
        return whole(published, delta, wanted, settings)


def nearby(published: Published, delta: Delta, wanted: Sequence[str], settings: Settings) -> Views:
    """Describe documents from their neighbours; raises :class:`TooFar`."""
    base = Incremental(published.folder, published.manifest, settings, published.statements)
    try:
        after, _ = follow(base.before, delta, base.most)
        describer = Effects(base.before, after, base.identity, settings.page_size, base.most).after
        return {
            each: describer.describe(each).view if describer.is_document(each) else None for each in wanted
        }
    finally:
        base.close()


def whole(published: Published, delta: Delta, wanted: Sequence[str], settings: Settings) -> Views:
    """Describe documents as a build would."""
    gone = set(delta.removed)
    statements = [each for each in read_asserted(published.folder).statements if each not in gone]
    statements += delta.added
    try:
        identity = identify(statements, published.manifest.base, given=True)
    except InputError:  # nothing is left
        return dict.fromkeys(wanted)
    describer = Describer(statements + derive(statements, identity.space), identity, settings.page_size)
    known = set(describer.documents())
    return {each: describer.describe(each).view if each in known else None for each in wanted}
