//! Padding in front of a resize.

use crate::decode::Image;

/// Centres the picture in a square of its longer side, on a plain colour; the smaller half lies left and on top.
pub fn to_square(image: &Image, color: [u8; 3]) -> Image {
    let side = image.width.max(image.height);
    let (left, top) = ((side - image.width) / 2, (side - image.height) / 2);
    let mut data = color.repeat(side * side);
    for (y, row) in image.data.chunks_exact(image.width * 3).enumerate() {
        let start = ((top + y) * side + left) * 3;
        data[start..start + row.len()].copy_from_slice(row);
    }
    Image {
        width: side,
        height: side,
        data,
    }
}
