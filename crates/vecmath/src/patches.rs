//! From 8-bit pixels to rows of patches: rescale, normalize and reorder in one pass.

use crate::pixels::normalize_row;

/// How a picture is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Height and width of a patch, pixels.
    pub size: usize,
    /// Patches along a side of a cell; the patches of a cell follow each other.
    pub merge: usize,
    /// How often each patch is written, as frames of a film that stands still.
    pub frames: usize,
}

/// Writes `pixels` `[rows, columns, 3]` as patches `[num_patches, 3, frames, size, size]`, each value looked up in its
/// channel's table. Cells come row by row, and in each cell its patches row by row: `patchify` of transformers'
/// `Qwen2VLImageProcessor`.
///
/// # Panics
/// If the picture has no whole number of cells, or `pixels` or `out` have another length.
pub fn normalize_patches(
    pixels: &[u8],
    (rows, columns): (usize, usize),
    patches: Patches,
    tables: &[[f32; 256]; 3],
    out: &mut [f32],
) {
    let Patches {
        size,
        merge,
        frames,
    } = patches;
    let side = size * merge;
    assert!(
        rows.is_multiple_of(side) && columns.is_multiple_of(side),
        "the picture has whole cells"
    );
    assert_eq!(
        pixels.len(),
        rows * columns * 3,
        "pixels are [rows, columns, 3]"
    );
    assert_eq!(
        out.len(),
        pixels.len() * frames,
        "out is [num_patches, 3, frames, size, size]"
    );
    let area = size * size;
    let across = columns / side;
    for (index, patch) in out.chunks_exact_mut(3 * frames * area).enumerate() {
        let (cell, inner) = (index / (merge * merge), index % (merge * merge));
        let top = cell / across * side + inner / merge * size;
        let left = cell % across * side + inner % merge * size;
        let (red, rest) = patch.split_at_mut(frames * area);
        let (green, blue) = rest.split_at_mut(frames * area);
        for y in 0..size {
            let from = &pixels[((top + y) * columns + left) * 3..][..size * 3];
            let line = y * size..(y + 1) * size;
            let planes = [&mut *red, &mut *green, &mut *blue].map(|plane| &mut plane[line.clone()]);
            normalize_row(from, tables, planes);
        }
        for channel in [red, green, blue] {
            for frame in 1..frames {
                channel.copy_within(..area, frame * area);
            }
        }
    }
}
