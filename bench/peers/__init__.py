"""The peers that are compared with; every one is optional."""

from __future__ import annotations

from typing import Final

from peers.base import Peer
from peers.rdflib_endpoint import RdflibEndpoint
from peers.trifid import Trifid
from peers.virtuoso import Virtuoso

PEERS: Final[tuple[Peer, ...]] = (Trifid(), RdflibEndpoint(), Virtuoso())

__all__ = ["PEERS", "Peer"]
