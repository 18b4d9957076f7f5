"""strided-opteinsum, the engine of the report that tnbench began with. For
contractions over several labels its results depend on their order."""

from __future__ import annotations

from peer.rust import RustPeer


class Strided(RustPeer):
    name = "strided"
    source = "strided"
    crates = {"strided-opteinsum": "=0.4.4", "strided-view": "=0.4.4"}


PEERS = (Strided,)
