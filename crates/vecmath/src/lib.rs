//! Number kernels: type conversion, merging, sampling, resampling. The only crate with `unsafe`.
//!
//! Every kernel is written once over the lanes of [`simd`], which are SIMD128 registers in WebAssembly and plain arrays
//! elsewhere; relaxed SIMD is never used, so both give the same bits and `cargo test` speaks for the module that ships.

pub mod convert;
pub mod dtype;
pub mod embed;
pub mod patches;
pub mod philox;
pub mod pixels;
pub mod reduce;
pub mod resample;
pub mod sampling;
pub mod simd;
pub mod topk;
