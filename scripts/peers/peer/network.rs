//! How contract.py hands a network to a peer in Rust, and has it contracted.
//!
//! A peer implements `Peer` and says `export!(ItsName);`. Elements are
//! float64. Labels come in reversed order, so that what is row-major in Python
//! is column-major here: the order that these libraries prefer.

use std::error::Error;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A network, its path and its inputs, which outlive the peer.
pub struct Network {
    pub threads: usize,
    pub dims: Vec<usize>, // by label
    pub inputs: Vec<Vec<usize>>,
    pub output: Vec<usize>,
    pub path: Vec<[usize; 2]>, // ids count the inputs, then the results
    pub tensors: Vec<&'static [f64]>,
}

impl Network {
    pub fn shape(&self, labels: &[usize]) -> Vec<usize> {
        labels.iter().map(|&label| self.dims[label]).collect()
    }
}

/// Strides in elements of a column-major tensor.
#[allow(dead_code)] // not every peer asks for them
pub fn strides(shape: &[usize]) -> Vec<isize> {
    (0..shape.len()).map(|axis| shape[..axis].iter().product::<usize>() as isize).collect()
}

pub type Outcome<T> = Result<T, Box<dyn Error>>;

pub trait Peer: Sized {
    /// All that depends on labels and dimensions only: outside the clock.
    fn prepare(network: Network) -> Outcome<Self>;
    /// One contraction: overwrites the result, which lies outside the clock.
    fn contract(&mut self, result: &mut [f64]) -> Outcome<()>;
}

/// Reads what engine.py wrote: counts before what they count.
///
/// # Safety
/// tensors has an address for each input, of as many elements as its shape says.
pub unsafe fn read(words: &[usize], tensors: *const *const f64) -> Network {
    let mut words = words.iter().copied();
    let mut next = || words.next().expect("the description of the network ends too early");
    let list = |next: &mut dyn FnMut() -> usize| (0..next()).map(|_| next()).collect::<Vec<_>>();
    let threads = next();
    let dims = list(&mut next);
    let inputs: Vec<Vec<usize>> = (0..next()).map(|_| list(&mut next)).collect();
    let output = list(&mut next);
    let path = (0..next()).map(|_| [next(), next()]).collect();
    let mut network = Network { threads, dims, inputs, output, path, tensors: Vec::new() };
    for t in 0..network.inputs.len() {
        let size = network.shape(&network.inputs[t]).iter().product();
        network.tensors.push(std::slice::from_raw_parts(*tensors.add(t), size));
    }
    network
}

/// Runs work; what goes wrong is written as text with a zero behind it.
pub fn guarded<T>(text: &mut [u8], work: impl FnOnce() -> Outcome<T>) -> Option<T> {
    let message = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => return Some(done),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(panic) => panic.downcast::<&str>().map_or("panicked".into(), |message| message.to_string()),
        },
    };
    let length = message.len().min(text.len() - 1);
    text[..length].copy_from_slice(&message.as_bytes()[..length]);
    text[length] = 0;
    None
}

/// The two functions that contract.py calls. Both write an error to text, of room bytes.
macro_rules! export {
    ($peer:ty) => {
        /// Returns a peer, or null.
        #[no_mangle]
        pub unsafe extern "C" fn prepare(words: *const usize, count: usize, tensors: *const *const f64, text: *mut u8, room: usize) -> *mut $peer {
            let network = || <$peer as crate::network::Peer>::prepare(crate::network::read(std::slice::from_raw_parts(words, count), tensors));
            let text = std::slice::from_raw_parts_mut(text, room);
            crate::network::guarded(text, network).map_or(std::ptr::null_mut(), |peer| Box::into_raw(Box::new(peer)))
        }

        /// Returns 1 if all went well.
        #[no_mangle]
        pub unsafe extern "C" fn contract(peer: *mut $peer, result: *mut f64, size: usize, text: *mut u8, room: usize) -> i32 {
            let result = std::slice::from_raw_parts_mut(result, size);
            let text = std::slice::from_raw_parts_mut(text, room);
            crate::network::guarded(text, || crate::network::Peer::contract(&mut *peer, result)).is_some() as i32
        }
    };
}
