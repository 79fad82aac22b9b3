//! Border of a resize: its filters and its limits.

use crate::kernels::fail;
use limbus_media::filter::Filter;
use limbus_media::resize::MAX_EXTENT;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Pixels of an intermediate picture; only a picture of an extreme shape has so many.
pub(crate) const MAX_PIXELS_BETWEEN: usize = 1 << 28;

/// How neighbouring pixels are weighed by a resize.
#[wasm_bindgen]
pub enum ResizeFilter {
    /// The one below the middle.
    Nearest = "nearest",
    /// All alike.
    Box = "box",
    /// Two pixels an axis.
    Bilinear = "bilinear",
    /// Two, of a windowed sinc.
    Hamming = "hamming",
    /// Four.
    Bicubic = "bicubic",
    /// Six.
    Lanczos = "lanczos",
}

impl ResizeFilter {
    /// The filter; `None` for the nearest pixel.
    pub(crate) fn read(self) -> Result<Option<Filter>, JsError> {
        match self {
            Self::Nearest => Ok(None),
            Self::Box => Ok(Some(Filter::Box)),
            Self::Bilinear => Ok(Some(Filter::Bilinear)),
            Self::Hamming => Ok(Some(Filter::Hamming)),
            Self::Bicubic => Ok(Some(Filter::Bicubic)),
            Self::Lanczos => Ok(Some(Filter::Lanczos)),
            Self::__Invalid => Err(fail(
                "invalid_filter",
                "Expected the name of a filter: found another",
            )),
        }
    }

    /// The filter, if torchvision has it.
    pub(crate) fn read_torchvision(self) -> Result<Filter, JsError> {
        match self.read()? {
            Some(f @ (Filter::Bilinear | Filter::Bicubic | Filter::Lanczos)) => Ok(f),
            _ => Err(fail(
                "invalid_filter",
                "Expected bilinear, bicubic or lanczos: found another filter",
            )),
        }
    }
}

/// Refuses sizes that a resize does not go to, and pictures that are too large between its passes.
pub(crate) fn check_resize(
    width: usize,
    height: usize,
    pixels_between: usize,
) -> Result<(), JsError> {
    if !(1..=MAX_EXTENT).contains(&width) || !(1..=MAX_EXTENT).contains(&height) {
        return Err(fail(
            "image_too_large",
            format!(
                "Expected a size of 1 to {MAX_EXTENT} after resizing: found {width} x {height}"
            ),
        ));
    }
    if pixels_between > MAX_PIXELS_BETWEEN {
        return Err(fail(
            "image_too_large",
            "Expected a picture of a usual shape: found one too long to resize",
        ));
    }
    Ok(())
}
