"""The web application: term pages, listings, search, SPARQL, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathways_ld.web.application import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # The process that starts the web processes needs none of what they need, which takes most of the time.
    if name == "create_app":
        from pathways_ld.web.application import create_app  # noqa: PLC0415

        return create_app
    raise AttributeError(name)
