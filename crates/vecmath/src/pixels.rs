//! From 8-bit pixels to the planes of a network: crop, rescale and normalize in one pass.

use crate::simd::F32x4;

/// Where a window of `size` lies in a picture of `extent`, one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Pixels of padding in front; zero where the picture is larger.
    pub pad: usize,
    /// First pixel of the picture that is seen.
    pub first: usize,
    /// Pixels of the picture that are seen.
    pub seen: usize,
}

/// The centre window of one axis. What is too small is padded, the smaller half in front; what is too large loses the
/// smaller half in front: torchvision's `center_crop`.
pub fn center(extent: usize, size: usize) -> Crop {
    if size > extent {
        Crop {
            pad: (size - extent) / 2,
            first: 0,
            seen: extent,
        }
    } else {
        Crop {
            pad: 0,
            first: (extent - size) / 2,
            seen: size,
        }
    }
}

/// Writes the centre `[height, width]` of `pixels` `[rows, columns, 3]` as planes `[3, height, width]`, each value looked
/// up in its channel's table; padding counts as value 0.
///
/// # Panics
/// If `pixels` or `out` have another length.
pub fn crop_and_normalize(
    pixels: &[u8],
    (rows, columns): (usize, usize),
    (height, width): (usize, usize),
    tables: &[[f32; 256]; 3],
    out: &mut [f32],
) {
    assert_eq!(
        pixels.len(),
        rows * columns * 3,
        "pixels are [rows, columns, 3]"
    );
    assert_eq!(out.len(), 3 * height * width, "out is [3, height, width]");
    let (down, across) = (center(rows, height), center(columns, width));
    let is_padded = down.seen < height || across.seen < width;
    let (red, rest) = out.split_at_mut(height * width);
    let (green, blue) = rest.split_at_mut(height * width);
    if is_padded {
        for (plane, table) in [&mut *red, &mut *green, &mut *blue].into_iter().zip(tables) {
            plane.fill(table[0]);
        }
    }
    for y in 0..down.seen {
        let from = &pixels[((down.first + y) * columns + across.first) * 3..][..across.seen * 3];
        let start = (down.pad + y) * width + across.pad;
        let to = start..start + across.seen;
        let planes = [&mut *red, &mut *green, &mut *blue].map(|plane| &mut plane[to.clone()]);
        normalize_row(from, tables, planes);
    }
}

/// Spreads RGB pixels over three rows of planes, each value looked up in its channel's table.
///
/// Four pixels at a time: three loads, and a store for four values, as each access costs an address check on some hosts.
pub fn normalize_row(pixels: &[u8], tables: &[[f32; 256]; 3], planes: [&mut [f32]; 3]) {
    let (pixels, _) = pixels.as_chunks::<3>();
    let [reds, greens, blues] = planes.map(|plane| &mut plane[..pixels.len()]);
    let (fours, rest) = pixels.as_chunks::<4>();
    let ((red_fours, reds), (green_fours, greens), (blue_fours, blues)) = (
        reds.as_chunks_mut::<4>(),
        greens.as_chunks_mut::<4>(),
        blues.as_chunks_mut::<4>(),
    );
    let outs = red_fours.iter_mut().zip(green_fours).zip(blue_fours);
    for (four, ((red, green), blue)) in fours.iter().zip(outs) {
        let ([first, second, third], _) = four.as_flattened().as_chunks::<4>() else {
            unreachable!("twelve bytes");
        };
        let words = [first, second, third].map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let byte = |at: usize| words[at / 4] >> (8 * (at % 4)) & 255;
        for (channel, to) in [red, green, blue].into_iter().enumerate() {
            let table = &tables[channel];
            let values = [0, 1, 2, 3].map(|i| table[byte(3 * i + channel)]);
            F32x4::load(&values).store(to);
        }
    }
    for (((pixel, red), green), blue) in rest.iter().zip(reds).zip(greens).zip(blues) {
        *red = tables[0][usize::from(pixel[0])];
        *green = tables[1][usize::from(pixel[1])];
        *blue = tables[2][usize::from(pixel[2])];
    }
}
