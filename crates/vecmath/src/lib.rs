//! Number kernels of the compute core: type conversion, merging, sampling, resampling. The only crate of the core with
//! `unsafe`, which is loads and stores of vectors behind slice checks; the networks' kernels, in a module of their own, have
//! theirs in `kernels` and `executor`.
//!
//! Every kernel is written once over the lanes of [`simd`], which are SIMD128 registers in WebAssembly and plain arrays
//! elsewhere; relaxed SIMD is never used, so both give the same bits and `cargo test` speaks for the module that ships.

pub mod convert;
pub mod dot;
pub mod draw;
pub mod dtype;
pub mod embed;
pub mod f64x2;
pub mod fft;
pub mod history;
pub mod jpeg;
pub mod patches;
pub mod philox;
pub mod pixels;
pub mod reduce;
pub mod resample;
pub mod sampling;
pub mod simd;
pub mod topk;
pub mod vp8;
