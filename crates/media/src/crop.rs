//! A part of a picture.

use crate::decode::Image;
use std::ops::Range;

/// The part `columns` x `rows` of a picture.
///
/// # Panics
/// If a range is empty or does not lie in the picture.
pub fn crop(image: &Image, columns: Range<usize>, rows: Range<usize>) -> Image {
    assert!(
        !columns.is_empty() && !rows.is_empty(),
        "a part of at least one pixel"
    );
    let seen = columns.start * 3..columns.end * 3;
    let mut data = Vec::with_capacity(rows.len() * seen.len());
    let lines = image.data.chunks_exact(image.width * 3);
    for line in lines.skip(rows.start).take(rows.len()) {
        data.extend_from_slice(&line[seen.clone()]);
    }
    assert_eq!(
        data.len(),
        columns.len() * rows.len() * 3,
        "a part inside the picture"
    );
    Image {
        width: columns.len(),
        height: rows.len(),
        data,
    }
}
