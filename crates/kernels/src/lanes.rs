//! Four-lane vectors of `f32`: SIMD128 with relaxed multiply-add in WebAssembly, arrays elsewhere.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::{F32x4, I32x4};
#[cfg(target_arch = "wasm32")]
pub use wasm::{F32x4, I32x4};

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
