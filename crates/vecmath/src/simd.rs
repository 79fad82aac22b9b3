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

/// Lanes of the first and the fifth vector in turns, `low` those of their lower halves and `high` those of their upper ones;
/// then of the second and the sixth, and so on. Three times this transposes eight rows of eight lanes.
#[inline(always)]
pub fn interleave<T: Copy>(x: [T; 8], low: impl Fn(T, T) -> T, high: impl Fn(T, T) -> T) -> [T; 8] {
    [
        low(x[0], x[4]),
        high(x[0], x[4]),
        low(x[1], x[5]),
        high(x[1], x[5]),
        low(x[2], x[6]),
        high(x[2], x[6]),
        low(x[3], x[7]),
        high(x[3], x[7]),
    ]
}
