//! From a picture to the values of a network, without a picture in between: resize, crop, pad, rescale, normalize and
//! reorder row by row. What comes out is handed over in pieces, so that memory for a few rows is enough.

use crate::decode::Image;
use crate::filter::{Exact, Filter};
use crate::resize::resize_rows;
use limbus_vecmath::patches::{Patches, normalize_patches};
use limbus_vecmath::pixels::normalize_row;
use limbus_vecmath::resample::CHANNELS;
use std::ops::Range;

/// The value of each 8-bit level of each channel.
pub type Levels = [[f32; 256]; CHANNELS];

/// Values that are collected before they are handed over.
const PIECE: usize = 1 << 16;

/// A rectangle of a picture; it may reach beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First column; negative left of the picture.
    pub x: isize,
    /// First row; negative above the picture.
    pub y: isize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// Resizes the picture to `size`, as torchvision does, and gives the values of a part of the result as planes
/// `[3, part.height, part.width]`; beyond the picture is level 0. `emit` gets pieces and where in the planes each begins.
///
/// # Panics
/// If a size is zero.
pub fn write_planes(
    image: &Image,
    size: (usize, usize),
    part: Part,
    filter: Filter,
    levels: &Levels,
    emit: impl FnMut(&[f32], usize),
) {
    let (left, columns) = seen(part.x, part.width, size.0);
    let (top, rows) = seen(part.y, part.height, size.1);
    let mut planes = Planes::new(part, left, levels, emit);
    (0..top).for_each(|_| planes.push(&[]));
    let below = part.height - top - rows.len();
    if columns.is_empty() {
        rows.for_each(|_| planes.push(&[]));
    } else if !rows.is_empty() {
        let kind = (filter, Exact::Torchvision);
        resize_rows(image, size, (columns, rows), kind, |row| planes.push(row));
    }
    (0..below).for_each(|_| planes.push(&[]));
}

/// What lies in front of a picture of `extent`, and what of the picture is seen, of a window of `size` at `first`.
fn seen(first: isize, size: usize, extent: usize) -> (usize, Range<usize>) {
    let before = first.min(0).unsigned_abs().min(size);
    let start = (first.max(0) as usize).min(extent);
    (before, start..(start + size - before).min(extent))
}

/// Collects rows of planes.
struct Planes<'a, F> {
    part: Part,
    left: usize,
    levels: &'a Levels,
    /// `[3, rows, part.width]`.
    values: Vec<f32>,
    /// Rows that fit `values`.
    rows: usize,
    filled: usize,
    /// Rows handed over before.
    done: usize,
    emit: F,
}

impl<'a, F: FnMut(&[f32], usize)> Planes<'a, F> {
    fn new(part: Part, left: usize, levels: &'a Levels, emit: F) -> Self {
        let row = CHANNELS * part.width;
        let rows = (PIECE / row.max(1)).clamp(1, part.height.max(1));
        Self {
            part,
            left,
            levels,
            values: vec![0.0; rows * row],
            rows,
            filled: 0,
            done: 0,
            emit,
        }
    }

    /// Takes the pixels that are seen of the next row.
    fn push(&mut self, pixels: &[u8]) {
        let width = self.part.width;
        let (red, rest) = self.values.split_at_mut(self.rows * width);
        let (green, blue) = rest.split_at_mut(self.rows * width);
        let row = self.filled * width..(self.filled + 1) * width;
        let mut planes = [red, green, blue].map(|plane| &mut plane[row.clone()]);
        let right = self.left + pixels.len() / CHANNELS;
        for (plane, levels) in planes.iter_mut().zip(self.levels) {
            plane[..self.left].fill(levels[0]);
            plane[right..].fill(levels[0]);
        }
        let planes = planes.map(|plane| &mut plane[self.left..right]);
        normalize_row(pixels, self.levels, planes);
        self.filled += 1;
        if self.filled == self.rows || self.done + self.filled == self.part.height {
            for (c, plane) in self.values.chunks_exact(self.rows * width).enumerate() {
                let at = (c * self.part.height + self.done) * width;
                (self.emit)(&plane[..self.filled * width], at);
            }
            self.done += self.filled;
            self.filled = 0;
        }
    }
}

/// Resizes the picture to `size`, as torchvision does, and gives it as patches in the order of [`normalize_patches`], one
/// row of cells after the other.
///
/// # Panics
/// If `size` is no whole number of cells.
pub fn write_patches(
    image: &Image,
    size: (usize, usize),
    filter: Filter,
    patches: Patches,
    levels: &Levels,
    mut emit: impl FnMut(&[f32]),
) {
    let (width, height) = size;
    let side = patches.size * patches.merge;
    assert!(
        side > 0 && width.is_multiple_of(side) && height.is_multiple_of(side),
        "whole cells"
    );
    let row_bytes = width * CHANNELS;
    let mut pixels = Vec::with_capacity(side * row_bytes);
    let mut values = vec![0.0; side * row_bytes * patches.frames];
    let kind = (filter, Exact::Torchvision);
    resize_rows(image, size, (0..width, 0..height), kind, |row| {
        pixels.extend_from_slice(row);
        if pixels.len() == side * row_bytes {
            normalize_patches(&pixels, (side, width), patches, levels, &mut values);
            emit(&values);
            pixels.clear();
        }
    });
}
