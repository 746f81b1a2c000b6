"""What is new: the latest published changes, and terms of which the vocabulary states when they were made."""

from __future__ import annotations

from typing import Any

from pathways_ld.ledger.history import History
from pathways_ld.snapshot.browsing import Dated
from pathways_ld.vocabulary import Reader
from pathways_ld.web import changes_pages
from pathways_ld.web.responses import settings


def latest_changes(source: Reader, limit: int) -> list[dict[str, Any]]:
    """Give the latest published changes, as :func:`.changes_pages.summary` tells them."""
    past = History(settings().state_dir).page(source.manifest.change, limit=limit)
    return [changes_pages.summary(each, source) for each in past]


def latest_dates(source: Reader, limit: int, offset: int = 0) -> list[tuple[str, list[Dated]]]:
    """Give the terms with the latest dates, by day."""
    found: dict[str, list[Dated]] = {}
    for each in source.browser.dated(limit=limit, offset=offset):
        found.setdefault(each.at[:10], []).append(each)
    return list(found.items())


def news(source: Reader) -> dict[str, Any]:
    """Give what the home page tells: a few changes, or where there are none a few dated terms."""
    changes = [each for each in latest_changes(source, 5) if each["terms"]]
    dates = [] if changes else latest_dates(source, 5)
    return {"changes": changes, "dates": dates}
