//! Numbers that stay in the core's memory: TypeScript writes them once, functions take and give them without a copy, and
//! TypeScript reads them through a view.
//!
//! The address crosses the border, not the bytes. `src/compute/region.ts` makes the views and keeps the rule that none is
//! held across a call; here a region is an ordinary vector that functions borrow.

use crate::kernels::fail;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// The memory in which all regions lie; it grows, and its older views are then of length zero.
#[wasm_bindgen(js_name = coreMemory)]
pub fn core_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Makes room for `length` elements; those that were there stay, new ones are zero.
pub(crate) fn resize<T: Clone + Default>(
    vector: &mut Vec<T>,
    length: usize,
) -> Result<(), JsError> {
    let missing = length.saturating_sub(vector.len());
    vector.try_reserve_exact(missing).map_err(|_| {
        fail(
            "out_of_memory",
            "Expected room in the core's memory: found none",
        )
    })?;
    vector.resize(length, T::default());
    Ok(())
}

/// Zeroed elements, or an error where an abort would kill the instance.
pub(crate) fn zeros<T: Clone + Default>(length: usize) -> Result<Vec<T>, JsError> {
    let mut vector = Vec::new();
    resize(&mut vector, length)?;
    Ok(vector)
}

macro_rules! region {
    ($name:ident, $element:ty, $what:literal) => {
        #[doc = $what]
        #[wasm_bindgen]
        pub struct $name(pub(crate) Vec<$element>);

        #[wasm_bindgen]
        impl $name {
            /// Takes the memory, zeroed.
            #[wasm_bindgen(constructor)]
            pub fn new(length: usize) -> Result<$name, JsError> {
                Ok(Self(zeros(length)?))
            }

            /// First byte in the core's memory; another one after `resize`.
            #[wasm_bindgen(getter)]
            pub fn address(&self) -> usize {
                self.0.as_ptr() as usize
            }

            /// Number of elements.
            #[wasm_bindgen(getter)]
            pub fn length(&self) -> usize {
                self.0.len()
            }

            /// Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
            pub fn resize(&mut self, length: usize) -> Result<(), JsError> {
                resize(&mut self.0, length)
            }
        }
    };
}

region!(CoreBytes, u8, "Bytes in the core's memory.");
region!(CoreFloats, f32, "32-bit floats in the core's memory.");
region!(
    CoreWords,
    u32,
    "32-bit unsigned integers in the core's memory."
);
