"""The contributions of one application: made when the first request needs them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from flask import current_app

from pathways_ld.web import update
from pathways_ld.web.responses import EXTENSION_KEY

if TYPE_CHECKING:
    from pathways_ld.contributions import Contributions

_KEY: Final = "pathways_ld.contributions"
_LOCK: Final = threading.Lock()


def contributions() -> Contributions:
    """Give what reads, examines and keeps contributions; it changes nothing before one is accepted.

    Raises :class:`Forbidden` where this server shows one fixed snapshot.
    """
    made = update.maintenance()
    with _LOCK:
        found = current_app.extensions.get(_KEY)
        if found is None:
            # Slow to import, with the libraries of the checks.
            from pathways_ld.contributions import Contributions as Made  # noqa: PLC0415

            state = current_app.extensions[EXTENSION_KEY]
            found = Made(state.settings, lambda: made, state.validation)
            current_app.extensions[_KEY] = found
    service: Contributions = found
    return service
