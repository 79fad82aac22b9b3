//! Resizing, byte for byte as torchvision's `resize(..., antialias=True)` of an 8-bit tensor on a CPU, or as Pillow's.
//!
//! Both run the horizontal pass first and keep eight bits in between. Pillow up to version 12 does so too, but for very tall
//! pictures; version 13 chooses the order by the sizes.

use crate::decode::Image;
use crate::filter::{Exact, Filter, weights};
use limbus_vecmath::resample::{CHANNELS, horizontal, vertical};
use std::ops::Range;

/// Longest side that a picture may be resized to: all weights of a side are computed, also for what is not kept.
pub const MAX_EXTENT: usize = 1 << 24;

/// Resizes the whole picture.
///
/// # Panics
/// If a size is zero.
pub fn resize(
    image: &Image,
    (width, height): (usize, usize),
    filter: Filter,
    exact: Exact,
) -> Image {
    resize_window(image, (width, height), 0..width, 0..height, (filter, exact))
}

/// As [`resize`] with Pillow's weights and Pillow's order: a picture more than a hundred times as high as wide is first made
/// lower.
///
/// # Panics
/// If a size is zero.
pub fn resize_as_pillow(image: &Image, (width, height): (usize, usize), filter: Filter) -> Image {
    if image.height > image.width * 100 && height < image.height {
        let lower = resize(image, (image.width, height), filter, Exact::Pillow);
        return resize(&lower, (width, height), filter, Exact::Pillow);
    }
    resize(image, (width, height), filter, Exact::Pillow)
}

/// Takes for each output the input pixel below its middle, as Pillow's `NEAREST` does.
///
/// # Panics
/// If a size is zero.
pub fn nearest(image: &Image, width: usize, height: usize) -> Image {
    let (columns, rows) = (middles(image.width, width), middles(image.height, height));
    let mut data = Vec::with_capacity(width * height * CHANNELS);
    for y in rows {
        let row = &image.data[y * image.width * CHANNELS..][..image.width * CHANNELS];
        for &x in &columns {
            data.extend_from_slice(&row[x * CHANNELS..][..CHANNELS]);
        }
    }
    Image {
        width,
        height,
        data,
    }
}

/// The input below the middle of each output. The middles are added up, not multiplied: Pillow's rounding.
fn middles(input: usize, output: usize) -> Vec<usize> {
    assert!(output > 0, "a size of at least one pixel");
    let step = input as f64 / output as f64;
    let sums = std::iter::successors(Some(step * 0.5), |at| Some(at + step));
    sums.take(output)
        .map(|at| (at as usize).min(input - 1))
        .collect()
}

/// The part `columns` x `rows` of the picture resized to `(width, height)`; the rest is never computed.
///
/// An axis that keeps its size is not touched.
///
/// # Panics
/// If a size is zero or a range does not lie in its size.
pub fn resize_window(
    image: &Image,
    (width, height): (usize, usize),
    columns: Range<usize>,
    rows: Range<usize>,
    (filter, exact): (Filter, Exact),
) -> Image {
    assert!(
        width > 0 && height > 0 && columns.end <= width && rows.end <= height,
        "a window inside a picture"
    );
    let down = (height != image.height)
        .then(|| weights(filter, exact, image.height, height, rows.clone()));
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
            &weights(filter, exact, image.width, width, columns.clone()),
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
