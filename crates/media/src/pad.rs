//! Plain colour around a picture.

use crate::decode::Image;

/// Pixels added on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// Columns in front of each row.
    pub left: usize,
    /// Rows above.
    pub top: usize,
    /// Columns behind each row.
    pub right: usize,
    /// Rows below.
    pub bottom: usize,
}

/// Adds a border of a plain colour.
pub fn pad(image: &Image, border: Border, color: [u8; 3]) -> Image {
    let width = border.left + image.width + border.right;
    let height = border.top + image.height + border.bottom;
    let mut data = color.repeat(width * height);
    for (y, row) in image.data.chunks_exact(image.width * 3).enumerate() {
        let start = ((border.top + y) * width + border.left) * 3;
        data[start..start + row.len()].copy_from_slice(row);
    }
    Image {
        width,
        height,
        data,
    }
}

/// Centres the picture in a square of its longer side, on a plain colour; the smaller half lies left and on top.
pub fn to_square(image: &Image, color: [u8; 3]) -> Image {
    let side = image.width.max(image.height);
    let (left, top) = ((side - image.width) / 2, (side - image.height) / 2);
    let border = Border {
        left,
        top,
        right: side - image.width - left,
        bottom: side - image.height - top,
    };
    pad(image, border, color)
}
