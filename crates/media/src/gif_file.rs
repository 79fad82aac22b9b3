//! GIF files to RGB: the first frame on its screen, as Pillow shows it.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::gif_header::{GifHeader, sub_blocks};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// First row and step of the four passes of an interlaced frame.
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

/// Pixels `[height, width, 3]`. Around a frame that does not fill its screen lies the transparent colour, or the first one if
/// there is none; the background colour is not looked at.
pub fn decode(header: &GifHeader<'_>, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let indices = unpack(header)?;
    let colors = colors(header, alpha);
    let around = colors[usize::from(header.transparent.unwrap_or(0))];
    let mut out = around.repeat(header.width * header.height);
    let rows = indices.chunks_exact(header.frame_width);
    for (y, row) in row_order(header).zip(rows) {
        let start = ((header.y + y) * header.width + header.x) * 3;
        let to = &mut out[start..start + row.len() * 3];
        for (to, &index) in to.chunks_exact_mut(3).zip(row) {
            to.copy_from_slice(&colors[usize::from(index)]);
        }
    }
    Ok(out)
}

/// The palette indices of the first frame, rows as they are stored. All must be there; what follows them is not looked at.
fn unpack(header: &GifHeader<'_>) -> Result<Vec<u8>, ImageError> {
    let data = sub_blocks(header.data).collect::<Vec<_>>().concat();
    let mut indices = vec![0; header.frame_width * header.frame_height];
    let mut decoder = Decoder::new(BitOrder::Lsb, header.code_size);
    let (mut read, mut written) = (0, 0);
    while written < indices.len() {
        let step = decoder.decode_bytes(&data[read..], &mut indices[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        let goes_on = step.consumed_in + step.consumed_out > 0;
        if !matches!(step.status, Ok(LzwStatus::Ok)) || !goes_on {
            break;
        }
    }
    if written < indices.len() {
        return Err(ImageError::invalid(
            "Expected a whole, valid GIF frame: found a broken or cut one",
        ));
    }
    Ok(indices)
}

/// The row of the frame that each stored row is.
fn row_order(header: &GifHeader<'_>) -> impl Iterator<Item = usize> {
    let passes: &[_] = if header.interlaced {
        &PASSES
    } else {
        &[(0, 1)]
    };
    let height = header.frame_height;
    passes
        .iter()
        .flat_map(move |&(first, step)| (first..height).step_by(step))
}

/// The colour of each index; those that the file does not give are black.
fn colors(header: &GifHeader<'_>, alpha: Alpha) -> [[u8; 3]; 256] {
    std::array::from_fn(|index| {
        let [r, g, b] = match header.palette {
            None => [index as u8; 3],
            Some(table) => match table.get(3 * index..3 * index + 3) {
                Some(color) => [color[0], color[1], color[2]],
                None => [0; 3],
            },
        };
        let is_transparent = header.transparent.map(usize::from) == Some(index);
        alpha.flatten([r, g, b, if is_transparent { 0 } else { 255 }])
    })
}
