//! Runs programs of kernels: flat lists of steps over one memory, on one or several threads.
//!
//! The module imports its memory, which is shared, so that each thread is an instance of its own over the same bytes. It
//! allocates nothing: who writes programs also lays out weights, buffers, stacks and the [`control`] block.
//!
//! `unsafe`: programs are addresses. `src/graph/program` and `src/runtime/core_*` write them; in WebAssembly a mistake there
//! cannot leave this module's memory.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg_attr(
    all(target_arch = "wasm32", target_feature = "atomics"),
    feature(stdarch_wasm_atomic_wait)
)]

pub mod control;
#[cfg(target_arch = "wasm32")]
mod exports;
pub mod program;
pub mod step;
