"""tenferro-einsum: a plan for each step, made ahead."""

from __future__ import annotations

from peer.rust import RustPeer


class Tenferro(RustPeer):
    name = "tenferro"
    source = "tenferro"
    crates = {"tenferro-einsum": "=0.9.0", "tenferro-cpu": "=0.9.0", "tenferro-tensor": "=0.9.0"}


PEERS = (Tenferro,)
