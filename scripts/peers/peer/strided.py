"""strided-opteinsum, the engine of the report that tnbench began with. Its results
can be wrong where both operands have several labels in another order."""

from __future__ import annotations

from peer.rust import RustPeer


class Strided(RustPeer):
    name = "strided"
    source = "strided"
    crates = {"strided-opteinsum": "=0.4.4", "strided-view": "=0.4.4"}


PEERS = (Strided,)
