//! Kernels of the networks on a CPU, in `f32`.
//!
//! # Why this crate has `unsafe`
//! Several threads fill disjoint parts of one buffer at the same time (column panels of a matrix product, heads of an
//! attention), which slices cannot express, and the inner loop of the product runs at the speed of the machine's multiply-add
//! units only if no load is checked twice: Deno's WebAssembly checks every address already. So kernels take raw pointers, and
//! each says what must be readable and writable. Who plans the buffers (`src/graph/program`) keeps to it; in WebAssembly a
//! mistake there cannot leave the module's own memory.
//!
//! # Relaxed SIMD
//! Multiply-adds are fused where the machine has that. The last bits of a sum may differ from one machine to another, and
//! between [`lanes`] and the plain arithmetic of `cargo test`: every law here has a tolerance.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod activation;
pub mod attention;
pub mod cache;
pub mod copy;
pub mod elementwise;
pub mod gather;
pub mod gemm;
pub mod gemm_q8;
pub mod im2col;
pub mod lanes;
pub mod norm;
pub mod pack;
pub mod quantize;
pub mod rotary;
