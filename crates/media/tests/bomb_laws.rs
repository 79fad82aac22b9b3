//! Small files that promise large pictures: what decoding takes stays within what the header's pixels allow, at the limit
//! that the server sets, and a file over the limit costs nothing.

use limbus_media::header::Format;
use std::fs;
use std::path::PathBuf;

#[path = "../../fuzz/entries/image.rs"]
mod image;
#[path = "../../fuzz/entries/memory.rs"]
mod memory;

/// Pixels that the server takes unless told otherwise.
const SERVER_PIXELS: u64 = 33_554_432;

fn picture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/testdata/image");
    fs::read(folder.join(name)).expect("a picture")
}

/// A JPEG file with another size in its frame header.
fn jpeg(name: &str, width: u16, height: u16) -> Vec<u8> {
    let mut file = picture(name);
    let frame = file
        .windows(2)
        .position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2]))
        .expect("a frame header");
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

/// A lossless WebP file of one colour: every code has one symbol, so that pixels take no bit at all.
fn plain_webp(width: u32, height: u32) -> Vec<u8> {
    let mut bits = u128::from((width - 1) | ((height - 1) << 14));
    let mut at = 32;
    let mut put = |value: u128, count: u32| {
        bits |= value << at;
        at += count;
    };
    put(0, 3); // no transform, no colour cache, one set of codes
    for level in [10, 20, 30, 255, 0] {
        put(0b101, 3); // a simple code of one symbol of eight bits
        put(level, 8);
    }
    let mut body = vec![0x2f];
    body.extend(&bits.to_le_bytes()[..13]);
    let mut file = b"RIFF".to_vec();
    file.extend((12 + body.len() as u32).to_le_bytes());
    file.extend(b"WEBPVP8L");
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

/// A BMP file of runs whose pixels are all skipped.
fn skipped_bmp(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    file.extend([0; 8]);
    file.extend(54u32.to_le_bytes());
    file.extend(40u32.to_le_bytes());
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([1, 0, 8, 0, 1, 0, 0, 0]);
    file.extend([0; 20]);
    file.extend([0; 4 * 256]);
    for _ in 0..height.div_ceil(255) {
        file.extend([0, 2, 0, 255]);
    }
    file
}

/// A GIF file whose screen is large and whose frame is one pixel.
fn small_gif(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([0, 0, 0]);
    file.extend([b',', 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0, b';']);
    file
}

/// One test: memory is counted for the whole process.
#[test]
fn small_files_of_large_pictures_stay_within_the_budget_of_their_header() {
    let at_limit = [
        (Format::Jpeg, jpeg("rgb_444.jpg", 8192, 4096)),
        (Format::Jpeg, jpeg("rgb_420_progressive.jpg", 8192, 4096)),
        (Format::Jpeg, jpeg("cmyk.jpg", 8192, 4096)),
        (Format::Webp, plain_webp(8192, 4096)),
        (Format::Bmp, skipped_bmp(8192, 4096)),
        (Format::Gif, small_gif(8192, 4096)),
    ];
    for (format, file) in at_limit {
        let (known, taken) = memory::most_bytes(|| image::check(&file, format, SERVER_PIXELS));
        assert!(known);
        println!(
            "{}: {} bytes of file, {:.1} bytes of memory a pixel",
            format.name(),
            file.len(),
            taken as f64 / SERVER_PIXELS as f64
        );
    }
    let over_limit = [
        (Format::Jpeg, jpeg("rgb_444.jpg", 65_535, 65_535)),
        (Format::Webp, plain_webp(16_384, 16_384)),
        (Format::Bmp, skipped_bmp(1 << 30, 1 << 20)),
        (Format::Gif, small_gif(65_535, 65_535)),
    ];
    for (format, file) in over_limit {
        assert!(image::check(&file, format, image::MAX_PIXELS));
    }
}
