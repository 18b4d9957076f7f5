//! strided-opteinsum: the contraction tree made ahead, intermediates from a pool
//! that lives as long as the peer.

#[macro_use]
mod network;

use network::{strides, Network, Outcome, Peer};
use strided_opteinsum::{BufferPool, EinsumCode, EinsumNode, EinsumOperand};
use strided_view::{StridedView, StridedViewMut};

pub struct Strided {
    code: EinsumCode,
    views: Vec<StridedView<'static, f64>>,
    shape: Vec<usize>,
    pool: BufferPool,
}

export!(Strided);

/// The letter for a label: it takes any, and alphabets are too short.
fn letters(labels: &[usize]) -> Vec<char> {
    labels.iter().map(|&label| char::from_u32(0x10000 + label as u32).expect("too many labels")).collect()
}

impl Peer for Strided {
    fn prepare(network: Network) -> Outcome<Self> {
        let mut views = Vec::new();
        let mut nodes = Vec::new();
        for (t, labels) in network.inputs.iter().enumerate() {
            let shape = network.shape(labels);
            views.push(StridedView::new(network.tensors[t], &shape, &strides(&shape), 0)?);
            nodes.push(Some(EinsumNode::Leaf { ids: letters(labels), tensor_index: t }));
        }
        for pair in &network.path {
            let args = pair.iter().map(|&id| nodes[id].take().expect("used twice")).collect();
            nodes.push(Some(EinsumNode::Contract { args }));
        }
        let mut root = nodes.pop().flatten().expect("no tensors");
        if network.path.is_empty() {
            root = EinsumNode::Contract { args: vec![root] };
        }
        let code = EinsumCode { root, output_ids: letters(&network.output) };
        Ok(Self { code, views, shape: network.shape(&network.output), pool: BufferPool::new() })
    }

    fn contract(&mut self, result: &mut [f64]) -> Outcome<()> {
        let operands = self.views.iter().map(EinsumOperand::from_view).collect();
        let view = StridedViewMut::new(result, &self.shape, &strides(&self.shape), 0)?;
        self.code.evaluate_into_with_pool(operands, view, 1.0, 0.0, None, Some(&mut self.pool))?;
        Ok(())
    }
}
