//! Four-lane vectors of `f32`: SIMD128 with relaxed multiply-add in WebAssembly, arrays elsewhere.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::{F32x4, I32x4};
#[cfg(target_arch = "wasm32")]
pub use wasm::{F32x4, I32x4};

/// Lanes that are known beforehand, as they lie in memory.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Fixed(pub [f32; 4]);

/// A number that is known beforehand, in every lane.
macro_rules! fixed {
    ($value:expr) => {{
        static LANES: $crate::lanes::Fixed = $crate::lanes::Fixed([$value; 4]);
        $crate::lanes::F32x4::fixed(&LANES)
    }};
}
pub(crate) use fixed;

/// 1.5 * 2^23: added to a number below 2^22 it leaves the nearest whole number in the low bits.
pub const SHIFT: f32 = 12_582_912.0;

impl F32x4 {
    /// All lanes together.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + b) + (c + d)
    }
    /// The largest lane.
    #[inline(always)]
    pub fn largest(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        a.max(b).max(c.max(d))
    }
}

/// Square root.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
    F32x4::splat(x).sqrt().to_array()[0]
}
