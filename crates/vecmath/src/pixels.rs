//! From 8-bit pixels to the planes of a network: rescale and normalize in one pass.

use crate::simd::F32x4;

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
