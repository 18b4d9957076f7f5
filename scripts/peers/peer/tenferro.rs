//! tenferro-einsum: a plan for each step, made ahead by contracting once; the last
//! writes into the result.

#[macro_use]
mod network;

use network::{strides, Network, Outcome, Peer};
use tenferro_cpu::{CpuEngine, Pool};
use tenferro_einsum::{ConcreteEinsumPlan, EinsumSubscripts};
use tenferro_tensor::{TypedTensor, TypedTensorViewMut};

type Tensor = TypedTensor<f64>;

pub struct Tenferro {
    inputs: Vec<Tensor>,
    program: Vec<(ConcreteEinsumPlan, Vec<usize>)>, // ids count the inputs, then the results
    shape: Vec<usize>,
    engine: CpuEngine,
}

export!(Tenferro);

impl Peer for Tenferro {
    fn prepare(network: Network) -> Outcome<Self> {
        let engine = match network.threads {
            1 => CpuEngine::serial(),
            threads => CpuEngine::new(Pool::builder().threads(threads).build()?),
        };
        let mut inputs = Vec::new();
        for (labels, tensor) in network.inputs.iter().zip(&network.tensors) {
            inputs.push(Tensor::from_vec_col_major(network.shape(labels), tensor.to_vec())?);
        }
        let mut peer = Self { inputs, program: Vec::new(), shape: network.shape(&network.output), engine };
        let mut labels: Vec<Vec<u32>> = network.inputs.iter().map(numbers).collect();
        let mut results: Vec<Option<Tensor>> = Vec::new();
        let mut steps: Vec<Vec<usize>> = network.path.iter().map(|pair| pair.to_vec()).collect();
        if steps.is_empty() {
            steps.push(vec![0]);
        }
        for (n, operands) in steps.iter().enumerate() {
            let later = steps[n + 1..].iter().flatten().filter(|&&id| id < labels.len()).map(|&id| &labels[id]);
            let output = numbers(&network.output);
            let wanted: Vec<u32> = later.flatten().chain(&output).copied().collect();
            let kept = if n + 1 == steps.len() { output } else { kept(operands.iter().map(|&id| &labels[id]), &wanted) };
            let terms: Vec<&[u32]> = operands.iter().map(|&id| labels[id].as_slice()).collect();
            let subscripts = EinsumSubscripts::new(&terms, &kept);
            let tensors: Vec<&Tensor> = operands.iter().map(|&id| find(&peer.inputs, &results, id)).collect();
            let plan = ConcreteEinsumPlan::prepare_typed_subscripts(&tensors, &subscripts)?;
            let made = if n + 1 == steps.len() { None } else { Some(plan.execute_typed(&tensors, &mut peer.engine)?) };
            free(&mut results, peer.inputs.len(), operands);
            results.push(made);
            labels.push(kept);
            peer.program.push((plan, operands.clone()));
        }
        Ok(peer)
    }

    fn contract(&mut self, result: &mut [f64]) -> Outcome<()> {
        let mut results: Vec<Option<Tensor>> = Vec::with_capacity(self.program.len());
        let (last, before) = self.program.split_last().expect("there is a step");
        for (plan, operands) in before {
            let tensors: Vec<&Tensor> = operands.iter().map(|&id| find(&self.inputs, &results, id)).collect();
            let made = plan.execute_typed(&tensors, &mut self.engine)?;
            free(&mut results, self.inputs.len(), operands);
            results.push(Some(made));
        }
        let tensors: Vec<&Tensor> = last.1.iter().map(|&id| find(&self.inputs, &results, id)).collect();
        let view = TypedTensorViewMut::from_slice(&self.shape, strides(&self.shape), 0, result)?;
        last.0.execute_typed_into(&tensors, &mut self.engine, view)?;
        Ok(())
    }
}

fn numbers(labels: &Vec<usize>) -> Vec<u32> {
    labels.iter().map(|&label| label as u32).collect()
}

/// The labels of a step's result: those that are wanted, each once.
fn kept<'a>(operands: impl Iterator<Item = &'a Vec<u32>>, wanted: &[u32]) -> Vec<u32> {
    let mut kept = Vec::new();
    for label in operands.flatten() {
        if wanted.contains(label) && !kept.contains(label) {
            kept.push(*label);
        }
    }
    kept
}

fn find<'a>(inputs: &'a [Tensor], results: &'a [Option<Tensor>], id: usize) -> &'a Tensor {
    inputs.get(id).unwrap_or_else(|| results[id - inputs.len()].as_ref().expect("used twice"))
}

fn free(results: &mut [Option<Tensor>], inputs: usize, operands: &[usize]) {
    for &id in operands.iter().filter(|&&id| id >= inputs) {
        results[id - inputs] = None;
    }
}
