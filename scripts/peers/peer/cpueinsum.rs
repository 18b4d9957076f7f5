//! cpueinsum: a plan for all steps made ahead, one scratch for all intermediates.
//! With the feature `blas` large steps are handed to the CBLAS that is loaded.

#[macro_use]
mod network;

use cpueinsum::strided_view::{StridedView, StridedViewMut};
use cpueinsum::{EinsumPlan, EinsumSpec, Exec, Layout, Pool, Scratch};
use network::{strides, Network, Outcome, Peer};

#[cfg(feature = "blas")]
type Backend = cpueinsum_blas::Blas;
#[cfg(not(feature = "blas"))]
type Backend = cpueinsum::Tcontract;

pub struct Cpueinsum {
    plan: EinsumPlan<f64, Backend>,
    views: Vec<StridedView<'static, f64>>,
    shape: Vec<usize>,
    scratch: Scratch<f64>,
    team: threadteam::Pool,
    threads: usize,
}

export!(Cpueinsum);

impl Peer for Cpueinsum {
    fn prepare(network: Network) -> Outcome<Self> {
        let numbers = |labels: &Vec<usize>| labels.iter().map(|&label| label as i64).collect::<Vec<_>>();
        let inputs: Vec<Vec<i64>> = network.inputs.iter().map(numbers).collect();
        let inputs: Vec<&[i64]> = inputs.iter().map(Vec::as_slice).collect();
        let spec = EinsumSpec::new(&inputs, &numbers(&network.output), &network.path)?;
        let mut views = Vec::new();
        for (labels, tensor) in network.inputs.iter().zip(&network.tensors) {
            let shape = network.shape(labels);
            views.push(StridedView::new(*tensor, &shape, &strides(&shape), 0)?);
        }
        let layouts: Vec<_> = views.iter().map(Layout::of).collect();
        let shape = network.shape(&network.output);
        #[allow(clippy::default_constructed_unit_structs)]
        let plan = EinsumPlan::with_backend(Backend::default(), &spec, &layouts, Layout::new(&shape, &strides(&shape))?)?;
        let scratch = Scratch::with_len(plan.scratch_len());
        let team = threadteam::Pool::builder().threads(network.threads).build()?;
        Ok(Self { plan, views, shape, scratch, team, threads: network.threads })
    }

    fn contract(&mut self, result: &mut [f64]) -> Outcome<()> {
        let pool = Pool::borrow(&self.team);
        let mut exec = if self.threads == 1 { Exec::serial() } else { Exec::new(&pool, self.threads)? };
        let mut view = StridedViewMut::new(result, &self.shape, &strides(&self.shape), 0)?;
        self.plan.execute_into(&mut exec, &self.views, &mut view, &mut self.scratch)?;
        Ok(())
    }
}
