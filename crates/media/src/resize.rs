//! Resizing, byte for byte as torchvision's `resize(..., antialias=True)` of an 8-bit tensor on a CPU.

use crate::decode::Image;
use crate::filter::{Filter, weights};
use limbus_vecmath::resample::{CHANNELS, horizontal, vertical};
use std::ops::Range;

/// Longest side that a picture may be resized to: all weights of a side are computed, also for what is not kept.
pub const MAX_EXTENT: usize = 1 << 24;

/// Resizes the whole picture.
///
/// # Panics
/// If a size is zero.
pub fn resize(image: &Image, width: usize, height: usize, filter: Filter) -> Image {
    resize_window(image, (width, height), 0..width, 0..height, filter)
}

/// The part `columns` x `rows` of the picture resized to `(width, height)`; the rest is never computed.
///
/// Horizontal pass first, eight bits in between; an axis that keeps its size is not touched.
///
/// # Panics
/// If a size is zero or a range does not lie in its size.
pub fn resize_window(
    image: &Image,
    (width, height): (usize, usize),
    columns: Range<usize>,
    rows: Range<usize>,
    filter: Filter,
) -> Image {
    assert!(
        width > 0 && height > 0 && columns.end <= width && rows.end <= height,
        "a window inside a picture"
    );
    let down =
        (height != image.height).then(|| weights(filter, image.height, height, rows.clone()));
    // The rows of the source that the vertical pass will look at.
    let (top, bottom) = match &down {
        None => (rows.start, rows.end),
        Some(w) => {
            let top = w.first.iter().min().copied().unwrap_or(0);
            let bottom = w.first.iter().max().copied().unwrap_or(0) + w.taps;
            (top, bottom.min(image.height))
        }
    };
    let stride = image.width * CHANNELS;
    let source = &image.data[top * stride..bottom * stride];
    let across = if width != image.width {
        horizontal(
            source,
            image.width,
            &weights(filter, image.width, width, columns.clone()),
        )
    } else {
        let seen = columns.start * CHANNELS..columns.end * CHANNELS;
        source
            .chunks_exact(stride)
            .flat_map(|row| &row[seen.clone()])
            .copied()
            .collect()
    };
    let data = match down {
        None => across,
        Some(mut w) => {
            w.first.iter_mut().for_each(|first| *first -= top);
            vertical(&across, columns.len(), &w)
        }
    };
    Image {
        width: columns.len(),
        height: rows.len(),
        data,
    }
}
