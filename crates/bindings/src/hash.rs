//! Border of the content hash: BLAKE3, by the crate of its authors, in SIMD128.

use crate::kernels::fail;
use crate::region::CoreBytes;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// BLAKE3 of bytes that come in parts.
#[wasm_bindgen(js_name = CoreHasher)]
#[derive(Default)]
pub struct CoreHasher(blake3::Hasher);

#[wasm_bindgen(js_class = CoreHasher)]
impl CoreHasher {
    /// Has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> CoreHasher {
        Self::default()
    }

    /// Takes the first `length` bytes of a region.
    pub fn update(&mut self, bytes: &CoreBytes, length: usize) -> Result<(), JsError> {
        let part = bytes.0.get(..length).ok_or_else(|| {
            fail(
                "invalid_length",
                "Expected a part inside the region: found one that ends behind it",
            )
        })?;
        self.0.update(part);
        Ok(())
    }

    /// The digest of what was taken so far, 32 bytes, in hexadecimal.
    pub fn digest(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
