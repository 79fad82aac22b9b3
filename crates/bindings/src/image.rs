//! Border of the image functions.

use crate::image_filter::{MAX_PIXELS_BETWEEN, ResizeFilter, check_resize};
use crate::kernels::fail;
use crate::values::Values;
use limbus_media::alpha::Alpha;
use limbus_media::crop::crop;
use limbus_media::decode::{Image, decode};
use limbus_media::error::{ImageError, ImageErrorKind};
use limbus_media::filter::Exact;
use limbus_media::pad::{Border, pad, to_square};
use limbus_media::planes::{Part, write_patches, write_planes};
use limbus_media::resize::{nearest, resize, resize_as_pillow};
use limbus_vecmath::patches::Patches;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

pub(crate) fn refuse(error: ImageError) -> JsError {
    let code = match error.kind {
        ImageErrorKind::Invalid => "invalid_image",
        ImageErrorKind::TooLarge => "image_too_large",
        ImageErrorKind::Unsupported => "unsupported_image",
    };
    fail(code, error)
}

/// Upright RGB pixels in the core's memory.
#[wasm_bindgen(js_name = CoreImage)]
pub struct CoreImage(Image);

#[wasm_bindgen(js_class = CoreImage)]
impl CoreImage {
    /// Decodes a picture file; `drop_alpha` leaves transparency out where it would be composited onto white.
    pub fn decode(bytes: &[u8], max_pixels: f64, drop_alpha: bool) -> Result<CoreImage, JsError> {
        let alpha = if drop_alpha {
            Alpha::Drop
        } else {
            Alpha::White
        };
        decode(bytes, max_pixels as u64, alpha)
            .map(CoreImage)
            .map_err(refuse)
    }

    /// Takes pixels `[height, width, 3]`.
    #[wasm_bindgen(js_name = fromPixels)]
    pub fn from_pixels(data: Vec<u8>, width: usize, height: usize) -> Result<CoreImage, JsError> {
        if width == 0
            || height == 0
            || width.checked_mul(height).and_then(|n| n.checked_mul(3)) != Some(data.len())
        {
            return Err(fail(
                "invalid_length",
                "Expected pixels of the shape given: found another number",
            ));
        }
        Ok(CoreImage(Image {
            width,
            height,
            data,
        }))
    }

    /// Pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width
    }

    /// Pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.height
    }

    /// A copy of the pixels, `[height, width, 3]`.
    pub fn pixels(&self) -> Vec<u8> {
        self.0.data.clone()
    }

    /// The picture in the middle of a square of its longer side, on a plain colour.
    #[wasm_bindgen(js_name = padToSquare)]
    pub fn pad_to_square(&self, red: u8, green: u8, blue: u8) -> Result<CoreImage, JsError> {
        let side = self.0.width.max(self.0.height);
        if side.saturating_mul(side) > MAX_PIXELS_BETWEEN {
            return Err(fail(
                "image_too_large",
                "Expected a picture of a usual shape: found one too long to pad",
            ));
        }
        Ok(CoreImage(to_square(&self.0, [red, green, blue])))
    }

    /// Resizes the whole picture to `width` x `height`, as Pillow 12 does.
    #[wasm_bindgen(js_name = resizeAsPillow)]
    pub fn resize_as_pillow(
        &self,
        width: usize,
        height: usize,
        filter: ResizeFilter,
    ) -> Result<CoreImage, JsError> {
        let rows_between = self.0.height.max(height);
        check_resize(width, height, rows_between.saturating_mul(width))?;
        Ok(CoreImage(match filter.read()? {
            Some(filter) => resize_as_pillow(&self.0, (width, height), filter),
            None => nearest(&self.0, width, height),
        }))
    }

    /// Resizes the whole picture to `width` x `height`, as torchvision does.
    pub fn resize(
        &self,
        width: usize,
        height: usize,
        filter: ResizeFilter,
    ) -> Result<CoreImage, JsError> {
        let rows_between = self.0.height.max(height);
        check_resize(width, height, rows_between.saturating_mul(width))?;
        let filter = filter.read_torchvision()?;
        Ok(CoreImage(resize(
            &self.0,
            (width, height),
            filter,
            Exact::Torchvision,
        )))
    }

    /// The part of `width` x `height` pixels whose first one is (`x`, `y`).
    pub fn crop(
        &self,
        x: usize,
        y: usize,
        width: usize,
        height: usize,
    ) -> Result<CoreImage, JsError> {
        let (right, bottom) = (x.saturating_add(width), y.saturating_add(height));
        if width == 0 || height == 0 || right > self.0.width || bottom > self.0.height {
            return Err(fail(
                "invalid_length",
                format!(
                    "Expected a part of {} x {} pixels: found {width} x {height} at ({x}, {y})",
                    self.0.width, self.0.height
                ),
            ));
        }
        Ok(CoreImage(crop(&self.0, x..right, y..bottom)))
    }

    /// The picture with a border of `color`, three levels.
    pub fn pad(
        &self,
        left: usize,
        top: usize,
        right: usize,
        bottom: usize,
        color: &[u8],
    ) -> Result<CoreImage, JsError> {
        let color: [u8; 3] = color.try_into().map_err(|_| {
            fail(
                "invalid_length",
                format!("Expected three levels of a colour: found {}", color.len()),
            )
        })?;
        let width = self.0.width.saturating_add(left).saturating_add(right);
        let height = self.0.height.saturating_add(top).saturating_add(bottom);
        if width.saturating_mul(height) > MAX_PIXELS_BETWEEN {
            return Err(fail(
                "image_too_large",
                "Expected a picture of a usual shape: found one too long to pad",
            ));
        }
        let border = Border {
            left,
            top,
            right,
            bottom,
        };
        Ok(CoreImage(pad(&self.0, border, color)))
    }

    /// Resizes to `width` x `height`, as torchvision does, and writes the part of `part_width` x `part_height` pixels at
    /// (`x`, `y`) into `out` from `offset` on, as `[3, part_height, part_width]`, each value looked up in its channel's 256
    /// entries of `tables`. The part may reach beyond the picture, where every level is 0.
    #[wasm_bindgen(js_name = writePlanes)]
    #[allow(clippy::too_many_arguments)]
    pub fn write_planes(
        &self,
        width: usize,
        height: usize,
        x: i32,
        y: i32,
        part_width: usize,
        part_height: usize,
        filter: ResizeFilter,
        tables: &[f32],
        out: &Values,
        offset: usize,
    ) -> Result<(), JsError> {
        let rows_between = self.0.height.max(part_height.min(height));
        check_resize(
            width,
            height,
            rows_between.saturating_mul(part_width.min(width)),
        )?;
        let count = part_width.saturating_mul(part_height).saturating_mul(3);
        out.check_room(offset, count)?;
        let part = Part {
            x: x as isize,
            y: y as isize,
            width: part_width,
            height: part_height,
        };
        let filter = filter.read_torchvision()?;
        let emit = |values: &[f32], at: usize| out.set(values, offset + at);
        write_planes(
            &self.0,
            (width, height),
            part,
            filter,
            read_tables(tables)?,
            emit,
        );
        Ok(())
    }

    /// Resizes to `width` x `height`, as torchvision does, and writes patches `[num_patches, 3, frames, size, size]` into
    /// `out` from `offset` on, those of a cell of `merge` x `merge` together, each value looked up in its channel's 256
    /// entries of `tables`.
    #[wasm_bindgen(js_name = writePatches)]
    #[allow(clippy::too_many_arguments)]
    pub fn write_patches(
        &self,
        width: usize,
        height: usize,
        filter: ResizeFilter,
        size: usize,
        merge: usize,
        frames: usize,
        tables: &[f32],
        out: &Values,
        offset: usize,
    ) -> Result<(), JsError> {
        check_resize(
            width,
            height,
            self.0.height.max(height).saturating_mul(width),
        )?;
        let side = size.saturating_mul(merge);
        if side == 0 || !width.is_multiple_of(side) || !height.is_multiple_of(side) {
            return Err(fail(
                "invalid_length",
                format!("Expected sides that are multiples of {side}: found {width} x {height}"),
            ));
        }
        let count = width.saturating_mul(height).saturating_mul(3);
        out.check_room(offset, count.saturating_mul(frames))?;
        let patches = Patches {
            size,
            merge,
            frames,
        };
        let filter = filter.read_torchvision()?;
        let mut at = offset;
        let emit = |values: &[f32]| {
            out.set(values, at);
            at += values.len();
        };
        write_patches(
            &self.0,
            (width, height),
            filter,
            patches,
            read_tables(tables)?,
            emit,
        );
        Ok(())
    }
}

/// Three tables of 256 values, one behind the other.
fn read_tables(tables: &[f32]) -> Result<&[[f32; 256]; 3], JsError> {
    let wrong = || {
        fail(
            "invalid_length",
            "Expected three tables of 256 entries: found another number",
        )
    };
    let (tables, rest) = tables.as_chunks::<256>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    tables.try_into().map_err(|_| wrong())
}
