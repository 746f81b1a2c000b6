"""The checks of a build: shapes, integrity, policy; one list of findings in words.

The shapes decide what they can say (:mod:`~pathways_ld.validation.shacl`); closures and references are
:mod:`~pathways_ld.validation.integrity`; what a release must keep is :mod:`~pathways_ld.validation.policy`.
The names below are looked up late: who shows a rule's page must not wait for pyshacl.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathways_ld.validation.checking import check, positions
    from pathways_ld.validation.integrity import check_integrity
    from pathways_ld.validation.policy import check_policy, compare_terms
    from pathways_ld.validation.shacl import check_shapes, read_shapes, validate_shapes
    from pathways_ld.validation.wording import MUST_FIX, SEVERITIES, SHOULD_FIX, TIP

__all__ = [
    "MUST_FIX",
    "SEVERITIES",
    "SHOULD_FIX",
    "TIP",
    "check",
    "check_integrity",
    "check_policy",
    "check_shapes",
    "compare_terms",
    "positions",
    "read_shapes",
    "validate_shapes",
]

_HOMES: Final = {
    "checking": ("check", "positions"),
    "integrity": ("check_integrity",),
    "policy": ("check_policy", "compare_terms"),
    "shacl": ("check_shapes", "read_shapes", "validate_shapes"),
    "wording": ("MUST_FIX", "SEVERITIES", "SHOULD_FIX", "TIP"),
}


def __getattr__(name: str) -> Any:
    """Give a name of :data:`__all__`."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(name)
