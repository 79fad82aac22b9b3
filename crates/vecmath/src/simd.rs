//! Four-lane vectors: SIMD128 in WebAssembly, arrays elsewhere, the same bits from both.
//!
//! The `unsafe` of the crate lives here: unaligned loads and stores, each behind a slice check.
#![allow(unsafe_code)]

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::{F32x4, FourRows, I16x8, I32x4, U8x16, U16x8, U32x4, store_rgb};
#[cfg(target_arch = "wasm32")]
pub use wasm::{F32x4, FourRows, I16x8, I32x4, U8x16, U16x8, U32x4, store_rgb};
