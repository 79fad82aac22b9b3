//! Border of the number kernels.

use wasm_bindgen::prelude::wasm_bindgen;

/// Version of the core, to be compared with the glue's.
#[wasm_bindgen(js_name = coreVersion)]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
