//! Resizing, byte for byte as torchvision's `resize(..., antialias=True)` of an 8-bit tensor on a CPU, or as Pillow's.
//!
//! Both run the horizontal pass first and keep eight bits in between. Pillow up to version 12 does so too, but for very tall
//! pictures; version 13 chooses the order by the sizes.

use crate::decode::Image;
use crate::filter::{Exact, Filter, weights};
use limbus_vecmath::resample::{Across, CHANNELS, Down, PairBlock, SPARE, pair_rows};
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
    let mut data = Vec::with_capacity(width * height * CHANNELS);
    let whole = (0..width, 0..height);
    resize_rows(image, (width, height), whole, (filter, exact), |row| {
        data.extend_from_slice(row)
    });
    Image {
        width,
        height,
        data,
    }
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

/// Gives `take` the rows of the part `columns` x `rows` of the picture resized to `(width, height)`, one after the other; the
/// rest is never computed, and between the passes only those rows are kept that the next output looks at.
///
/// An axis that keeps its size is not touched.
///
/// # Panics
/// If a size is zero or a range does not lie in its size.
pub fn resize_rows(
    image: &Image,
    (width, height): (usize, usize),
    (columns, rows): (Range<usize>, Range<usize>),
    (filter, exact): (Filter, Exact),
    mut take: impl FnMut(&[u8]),
) {
    assert!(
        width > 0 && height > 0 && columns.end <= width && rows.end <= height,
        "a window inside a picture"
    );
    let across = (width != image.width)
        .then(|| weights(filter, exact, image.width, width, columns.clone()))
        .map(|weights| Across::new(image.width, &weights));
    let seen = columns.len() * CHANNELS;
    if height == image.height && across.is_none() {
        let from = columns.start * CHANNELS;
        let stored = image.data.chunks_exact(image.width * CHANNELS);
        for row in stored.skip(rows.start).take(rows.len()) {
            take(&row[from..from + seen]);
        }
        return;
    }
    let down = (height != image.height)
        .then(|| weights(filter, exact, image.height, height, rows.clone()))
        .map(|weights| Down::new(&weights));
    let Some(down) = down else {
        let across = across.expect("an axis that changes its size");
        resize_rows_across(image, across, rows, seen, take);
        return;
    };
    let tallest = (0..rows.len()).map(|y| down.window(y).len()).max();
    let top = down.window(0).start;
    let mut between = RowsBetween::new(image, across, columns, top, tallest.unwrap_or(0));
    let mut out = vec![[0; 16]; seen.div_ceil(16)];
    for y in 0..rows.len() {
        // A window may reach one row below the picture, where it weighs nothing.
        between.fill(down.window(y).end.min(image.height));
        down.resize(y, |y| between.pair(y), &mut out);
        take(&out.as_flattened()[..seen]);
    }
}

/// Rows of a picture that only changes its width, of `seen` bytes each.
fn resize_rows_across(
    image: &Image,
    mut across: Across,
    rows: Range<usize>,
    seen: usize,
    mut take: impl FnMut(&[u8]),
) {
    // The byte behind a row is overwritten by the pass.
    let mut out = vec![0; 4 * (seen + 1)];
    for first in rows.clone().step_by(4) {
        across.resize(four_rows(image, first), &mut out, seen + 1);
        for row in out.chunks_exact(seen + 1).take(rows.end - first) {
            take(&row[..seen]);
        }
    }
}

/// Four rows from `first` on; below the picture the last one again.
fn four_rows(image: &Image, first: usize) -> [&[u8]; 4] {
    let stride = image.width * CHANNELS;
    [0, 1, 2, 3].map(|i| {
        let y = (first + i).min(image.height - 1);
        &image.data[y * stride..(y + 1) * stride]
    })
}

/// Rows that the horizontal pass has made, as many of the last ones as the vertical pass looks at.
struct RowsBetween<'a> {
    image: &'a Image,
    across: Option<Across>,
    columns: Range<usize>,
    /// A ring of pairs of rows.
    ring: Vec<PairBlock>,
    /// Blocks of a pair.
    blocks: usize,
    /// Rows of the ring, a multiple of four.
    capacity: usize,
    /// First row that was ever made, an even one.
    top: usize,
    /// The row behind the last one made.
    bottom: usize,
}

impl<'a> RowsBetween<'a> {
    fn new(
        image: &'a Image,
        across: Option<Across>,
        columns: Range<usize>,
        top: usize,
        tallest: usize,
    ) -> Self {
        let blocks = (columns.len() * CHANNELS + SPARE).div_ceil(16);
        let capacity = (tallest + 3).next_multiple_of(4);
        Self {
            image,
            across,
            columns,
            ring: vec![PairBlock::default(); capacity / 2 * blocks],
            blocks,
            capacity,
            top,
            bottom: top,
        }
    }

    /// Makes the rows above `bottom`, four at a time.
    fn fill(&mut self, bottom: usize) {
        while self.bottom < bottom {
            let at = (self.bottom - self.top) % self.capacity / 2 * self.blocks;
            let (above, below) = self.ring[at..at + 2 * self.blocks].split_at_mut(self.blocks);
            let rows = four_rows(self.image, self.bottom);
            match &mut self.across {
                Some(across) => {
                    let numbers = [above, below].map(|pair| pair.as_flattened_mut());
                    across.resize_to_pairs(rows, numbers.map(|blocks| blocks.as_flattened_mut()));
                }
                None => {
                    let seen = self.columns.start * CHANNELS..self.columns.end * CHANNELS;
                    let [a, b, c, d] = rows.map(|row| &row[seen.clone()]);
                    pair_rows(a, b, above);
                    pair_rows(c, d, below);
                }
            }
            self.bottom += 4;
        }
    }

    /// The pair that begins at row `y`, which has been made and is still there.
    fn pair(&self, y: usize) -> &[PairBlock] {
        &self.ring[(y - self.top) % self.capacity / 2 * self.blocks..][..self.blocks]
    }
}
