//! Border of the headers of picture files.

use crate::image::refuse;
use limbus_media::header::probe;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// What a header says: sizes are upright, `channels` those stored.
#[wasm_bindgen(js_name = CoreImageHeader, getter_with_clone)]
pub struct ImageHeader {
    /// `png`, `jpeg`, `webp`, `gif` or `bmp`.
    pub format: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 to 4.
    pub channels: u32,
    /// Pictures in the file; the first is decoded.
    pub frames: u32,
}

/// Reads the header of a picture file.
#[wasm_bindgen(js_name = probeImageHeader)]
pub fn probe_image_header(bytes: &[u8]) -> Result<ImageHeader, JsError> {
    let header = probe(bytes).map_err(refuse)?;
    Ok(ImageHeader {
        format: header.format.name().to_owned(),
        width: header.width as u32,
        height: header.height as u32,
        channels: header.channels as u32,
        frames: header.frames as u32,
    })
}
