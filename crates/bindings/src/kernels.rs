//! Border of the number kernels that need no object of their own, and what all borders share.

use crate::region::CoreBytes;
use limbus_vecmath::convert::convert;
use limbus_vecmath::dtype::Dtype;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// An error that the other side can tell apart: `src/compute/core_error.ts` splits it at the line break.
pub(crate) fn fail(code: &str, message: impl std::fmt::Display) -> JsError {
    JsError::new(&format!("{code}\n{message}"))
}

pub(crate) fn dtype_named(name: &str) -> Result<Dtype, JsError> {
    Dtype::from_name(name).ok_or_else(|| {
        fail(
            "invalid_dtype",
            "Expected float32, float16 or bfloat16: found another name",
        )
    })
}

/// Converts the first `count` little-endian elements from one of `float32`, `float16`, `bfloat16` to another.
#[wasm_bindgen(js_name = convertElements)]
pub fn convert_elements(
    from: &CoreBytes,
    from_dtype: &str,
    to: &mut CoreBytes,
    to_dtype: &str,
    count: usize,
) -> Result<(), JsError> {
    let (source, target) = (dtype_named(from_dtype)?, dtype_named(to_dtype)?);
    let parts = (
        from.0.get(..count.saturating_mul(source.size())),
        to.0.get_mut(..count.saturating_mul(target.size())),
    );
    let (Some(from), Some(to)) = parts else {
        return Err(fail(
            "invalid_length",
            "Expected room for every element: found regions that are too small",
        ));
    };
    convert(from, source, to, target);
    Ok(())
}
