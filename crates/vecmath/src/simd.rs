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

/// Lanes of the first vector and of that in the middle in turns, `low` those of their lower halves and `high` those of their
/// upper ones; then of the second and the one behind the middle, and so on. As often as the logarithm of their number this
/// turns rows into columns.
#[inline(always)]
pub fn interleave<T: Copy, const N: usize>(
    x: [T; N],
    low: impl Fn(T, T) -> T,
    high: impl Fn(T, T) -> T,
) -> [T; N] {
    std::array::from_fn(|i| {
        let (a, b) = (x[i / 2], x[i / 2 + N / 2]);
        if i % 2 == 0 { low(a, b) } else { high(a, b) }
    })
}
