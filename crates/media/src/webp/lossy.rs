//! Lossy frames: VP8 key frames to RGB, byte for byte as libwebp decodes them.

use super::Broken;
use super::headers::{self, Headers};
use super::modes::{Block, Modes};
use super::planes::Plane;
use super::predict::{predict_part, predict_whole};
use super::tokens::{self, Context, Extent, Residuals};
use limbus_vecmath::jpeg::SLACK;
use limbus_vecmath::vp8::{self, EdgeLimits};

/// The planes of a frame: luminance, and two of colour at half the size.
struct Planes {
    luma: Plane,
    chroma: [Plane; 2],
}

/// What filters have to know of a block.
#[derive(Clone, Copy, Default)]
struct Edges {
    segment: u8,
    is_split: bool,
    /// Whether the edges inside are filtered.
    has_inner: bool,
}

/// Pixels `[height, width, 3]` of a bitstream that states this size itself.
pub fn decode(data: &[u8], width: usize, height: usize) -> Result<Vec<u8>, Broken> {
    let mut headers = headers::read(data, width, height)?;
    let (columns, rows) = (headers.columns, headers.rows);
    let mut planes = Planes {
        luma: Plane::new(columns, rows, 16),
        chroma: [(); 2].map(|()| Plane::new(columns, rows, 8)),
    };
    let mut modes = Modes::new(columns);
    let mut blocks = vec![Block::default(); columns];
    let mut above = vec![Context::default(); columns];
    let mut edges = vec![Edges::default(); columns * rows];
    let mut residuals = Residuals::new();
    for (y, edges) in edges.chunks_exact_mut(columns).enumerate() {
        modes.read_row(&mut headers, &mut blocks);
        if headers.modes.is_over() {
            return Err(Broken);
        }
        let which = y % headers.partitions.len();
        let mut bools = headers.partitions[which];
        let mut left = Context::default();
        for (x, (block, above)) in blocks.iter().zip(&mut above).enumerate() {
            let contexts = (above, &mut left);
            let any = tokens::read(&headers, &mut bools, block, contexts, &mut residuals);
            if bools.is_over() {
                return Err(Broken);
            }
            let is_split = block.parts.is_some();
            edges[x] = Edges {
                segment: block.segment,
                is_split,
                has_inner: any || is_split,
            };
            reconstruct(&mut planes, (x, y), columns, block, &residuals);
        }
        headers.partitions[which] = bools;
    }
    filter(&mut planes, &headers, &edges);
    Ok(to_rgb(&planes, width, height))
}

/// Predicts a block and adds its coefficients.
fn reconstruct(
    planes: &mut Planes,
    (x, y): (usize, usize),
    columns: usize,
    block: &Block,
    residuals: &Residuals,
) {
    let around = (y > 0, x > 0);
    let luma = &mut planes.luma;
    let stride = luma.stride;
    let at = luma.at(16 * x, 16 * y);
    let part_at = |i: usize| at + 4 * (i / 4) * stride + 4 * (i % 4);
    if let Some(parts) = &block.parts {
        let above = &luma.data[at - stride + 15..at - stride + 20];
        // The pixels above and to the right of the block serve all of its last parts.
        let mut beyond = [above[1], above[2], above[3], above[4]];
        if y > 0 && x + 1 == columns {
            beyond = [above[0]; 4];
        }
        for (i, &mode) in parts.iter().enumerate() {
            let above_right = match i % 4 {
                3 => beyond,
                _ => {
                    let right = part_at(i) - stride + 4;
                    let above = &luma.data[right..right + 4];
                    [above[0], above[1], above[2], above[3]]
                }
            };
            predict_part(luma, part_at(i), mode, above_right);
            add(luma, part_at(i), residuals, i);
        }
    } else {
        predict_whole::<16>(luma, at, block.luma, around);
        for i in 0..16 {
            add(luma, part_at(i), residuals, i);
        }
    }
    for (color, plane) in planes.chroma.iter_mut().enumerate() {
        let at = plane.at(8 * x, 8 * y);
        predict_whole::<8>(plane, at, block.chroma, around);
        for i in 0..4 {
            let at = at + 4 * (i / 2) * plane.stride + 4 * (i % 2);
            add(plane, at, residuals, 16 + 4 * color + i);
        }
    }
}

#[inline(always)]
fn add(plane: &mut Plane, at: usize, residuals: &Residuals, part: usize) {
    let coefficients = &residuals.parts[part];
    let pixels = &mut plane.data[at..];
    match residuals.extents[part] {
        Extent::Nothing => {}
        Extent::Mean => vp8::add_flat(coefficients[0], pixels, plane.stride),
        Extent::Whole => vp8::add_transformed(coefficients, pixels, plane.stride),
    }
}

/// Filters the edges of all blocks, in their order.
fn filter(planes: &mut Planes, headers: &Headers<'_>, edges: &[Edges]) {
    let Some(is_simple) = headers.is_simple else {
        return;
    };
    for (y, edges) in edges.chunks_exact(headers.columns).enumerate() {
        for (x, edges) in edges.iter().enumerate() {
            let segment = &headers.segments[usize::from(edges.segment & 3)];
            let filter = segment.filters[usize::from(edges.is_split)];
            if filter.limit == 0 {
                continue;
            }
            // Edges between blocks may be steeper than those inside.
            let [outer, inner] = [4, 0].map(|more| EdgeLimits {
                across: filter.limit + more,
                beside: filter.inside,
                steep: filter.edge,
            });
            let limits = (outer, edges.has_inner.then_some(inner));
            match is_simple {
                true => filter_simply(&mut planes.luma, (x, y), limits),
                false => filter_usually(planes, (x, y), limits),
            }
        }
    }
}

fn filter_simply(
    plane: &mut Plane,
    (x, y): (usize, usize),
    (outer, inner): (EdgeLimits, Option<EdgeLimits>),
) {
    let (at, stride) = (plane.at(16 * x, 16 * y), plane.stride);
    let data = &mut plane.data;
    if x > 0 {
        vp8::filter_simply_between_columns(data, at, stride, outer.across);
    }
    if let Some(inner) = inner {
        for i in [4, 8, 12] {
            vp8::filter_simply_between_columns(data, at + i, stride, inner.across);
        }
    }
    if y > 0 {
        vp8::filter_simply_between_rows(data, at, stride, outer.across);
    }
    if let Some(inner) = inner {
        for i in [4, 8, 12] {
            vp8::filter_simply_between_rows(data, at + i * stride, stride, inner.across);
        }
    }
}

fn filter_usually(
    planes: &mut Planes,
    (x, y): (usize, usize),
    (outer, inner): (EdgeLimits, Option<EdgeLimits>),
) {
    let plane = &mut planes.luma;
    let (at, stride) = (plane.at(16 * x, 16 * y), plane.stride);
    let luma = &mut plane.data;
    let [blue, red] = &mut planes.chroma;
    let (half_at, half) = (blue.at(8 * x, 8 * y), blue.stride);
    let mut both = [&mut blue.data[..], &mut red.data[..]];
    if x > 0 {
        vp8::filter_between_columns(luma, at, stride, outer, false);
        vp8::filter_both_between_columns(&mut both, half_at, half, outer, false);
    }
    if let Some(inner) = inner {
        for i in [4, 8, 12] {
            vp8::filter_between_columns(luma, at + i, stride, inner, true);
        }
        vp8::filter_both_between_columns(&mut both, half_at + 4, half, inner, true);
    }
    if y > 0 {
        vp8::filter_between_rows(luma, at, stride, outer, false);
        vp8::filter_both_between_rows(&mut both, half_at, half, outer, false);
    }
    if let Some(inner) = inner {
        for i in [4, 8, 12] {
            vp8::filter_between_rows(luma, at + i * stride, stride, inner, true);
        }
        vp8::filter_both_between_rows(&mut both, half_at + 4 * half, half, inner, true);
    }
}

/// Brings colour to the size of luminance, and both to RGB.
fn to_rgb(planes: &Planes, width: usize, height: usize) -> Vec<u8> {
    let half = width.div_ceil(2);
    let last = height.div_ceil(2) - 1;
    let mut out = vec![0; 3 * (width * height + SLACK)];
    let mut wide = vec![0; half + SLACK];
    let mut colors = [(); 2].map(|()| vec![0; 2 * half + SLACK]);
    for y in 0..height {
        let near = y / 2;
        let far = match y % 2 {
            0 => near.saturating_sub(1),
            _ => last.min(near + 1),
        };
        for (plane, to) in planes.chroma.iter().zip(&mut colors) {
            vp8::double_rows(plane.row(near), plane.row(far), half, &mut wide, to);
        }
        let [blue, red] = &colors;
        let to = &mut out[3 * width * y..];
        vp8::to_rgb(planes.luma.row(y), blue, red, width, to);
    }
    out.truncate(3 * width * height);
    out
}
