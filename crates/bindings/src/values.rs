//! Border of values that the caller has room for.

use crate::kernels::fail;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// The caller's values; what is computed is copied into them, once.
    #[wasm_bindgen(js_name = Float32Array)]
    pub type Values;
    #[wasm_bindgen(method, getter)]
    fn length(this: &Values) -> usize;
    #[wasm_bindgen(method)]
    pub fn set(this: &Values, values: &[f32], at: usize);
}

impl Values {
    /// Refuses to write `count` values where there is no room for them.
    pub(crate) fn check_room(&self, offset: usize, count: usize) -> Result<(), JsError> {
        let end = offset.checked_add(count);
        if end.is_none_or(|end| end > self.length()) {
            return Err(fail(
                "invalid_length",
                format!(
                    "Expected room for {count} values at {offset}: found {} values",
                    self.length()
                ),
            ));
        }
        Ok(())
    }
}
