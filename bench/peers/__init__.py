"""The peers that are compared with; every one is optional."""

from __future__ import annotations

from typing import Final

from peers.base import Peer
from peers.fuseki import Fuseki
from peers.oxigraph import Oxigraph
from peers.rdflib_endpoint import RdflibEndpoint
from peers.trifid import Trifid
from peers.virtuoso import Virtuoso

PEERS: Final[tuple[Peer, ...]] = (Trifid(), RdflibEndpoint(), Virtuoso(), Fuseki(), Oxigraph())

__all__ = ["PEERS", "Peer"]
