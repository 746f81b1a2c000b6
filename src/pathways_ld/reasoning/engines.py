"""HermiT and Pellet by way of owlready2: consistency, unsatisfiable classes and the inferred hierarchy."""

from __future__ import annotations

import io
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, Literal

from pathways_ld.namespaces import OWL
from pathways_ld.rdfio import Statement, line
from pathways_ld.reasoning import java

if TYPE_CHECKING:
    from collections.abc import Iterator

Reasoner = Literal["hermit", "pellet"]
REASONERS: Final[tuple[Reasoner, ...]] = ("hermit", "pellet")

_ONE_AT_A_TIME: Final = threading.Lock()
"""owlready2 keeps the path of Java, and more, in module variables."""

_ONTOLOGY: Final = "urn:pathways-ld:ontology"


@dataclass(frozen=True)
class Classification:
    """What a reasoner found out: IRIs only.

    `parents` gives, for each named class, the closest classes above it; `equivalent` those that mean the
    same. Where the ontology is not consistent, all but `consistent` is empty: everything would follow.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...] = ()
    parents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    equivalent: Mapping[str, Sequence[str]] = field(default_factory=dict)


def classify(statements: Iterable[Statement], reasoner: Reasoner = "hermit") -> Classification:
    """Run a reasoner over logical statements; about a second, most of it for starting Java.

    Raises :class:`InputError` where the reasoner is missing, gives up or takes too long.
    """
    java.require_owlready()
    # Only who reasons pays for the imports.
    import owlready2  # noqa: PLC0415
    import owlready2.reasoning  # noqa: PLC0415

    document = "".join(map(line, dict.fromkeys(each._replace(graph="") for each in statements))).encode()
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="pathways-ld-") as folder:
        owlready2.JAVA_EXE = java.java()
        owlready2.reasoning.JAVA_MEMORY = java.JAVA_MEMORY
        owlready2.reasoning._subprocess_kargs = {"timeout": java.JAVA_SECONDS, "stdin": subprocess.DEVNULL}
        # It leaves its temporary file behind where the ontology is inconsistent.
        owlready2.reasoning.tempfile = SimpleNamespace(
            NamedTemporaryFile=partial(tempfile.NamedTemporaryFile, dir=folder)
        )
        world = owlready2.World()
        try:
            world.get_ontology(f"{_ONTOLOGY}#").load(fileobj=io.BytesIO(document), only_local=True)
            with world.get_ontology(f"{_ONTOLOGY}-inferred#"):
                _sync(owlready2, world, reasoner)
            return _read(world)
        except owlready2.OwlReadyInconsistentOntologyError:
            return Classification(consistent=False)
        except owlready2.OwlReadyJavaError as error:
            raise java.explain_failure(str(error)) from None
        except subprocess.TimeoutExpired:
            raise java.too_slow() from None
        finally:
            world.close()


def _sync(owlready2: Any, world: Any, reasoner: Reasoner) -> None:
    if reasoner == "pellet":
        owlready2.sync_reasoner_pellet(world, debug=0)
    else:
        owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)


def _read(world: Any) -> Classification:
    unsatisfiable = {found.iri for found in world.inconsistent_classes()} - {OWL.Nothing}
    classes = [each for each in world.classes() if each.iri not in unsatisfiable and each.iri != OWL.Nothing]
    return Classification(
        consistent=True,
        unsatisfiable=tuple(sorted(unsatisfiable)),
        parents={each.iri: sorted(_named(each.is_a, each)) for each in classes},
        equivalent={
            each.iri: found for each in classes if (found := sorted(_named(each.equivalent_to, each)))
        },
    )


def _named(related: Iterable[Any], itself: Any) -> Iterator[str]:
    """Give the IRIs of named classes: restrictions and unions have none."""
    for each in related:
        found = getattr(each, "iri", None)
        if isinstance(found, str) and found != OWL.Thing and each is not itself:
            yield found
