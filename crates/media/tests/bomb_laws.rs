//! Small files that promise large pictures: what decoding takes stays within what the header's pixels allow, at the limit
//! that the server sets, and a file over the limit costs nothing.

use limbus_media::alpha::Alpha;
use limbus_media::decode::decode;
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

/// Writes bits, the lowest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    last: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.last |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.last as u8);
            self.last >>= 8;
            self.count -= 8;
        }
    }

    /// A code of one symbol, which takes no bit.
    fn put_symbol(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of sixteen symbols, up to fifteen bits long.
    fn put_long_code(&mut self) {
        self.put(0, 1);
        // Lengths 0 to 15 have codes of four bits each, the signs for repetition none.
        self.put(15, 4);
        (0..2).for_each(|_| self.put(0, 3));
        (0..6).for_each(|_| self.put(4, 3));
        self.put(0, 3);
        (0..10).for_each(|_| self.put(4, 3));
        // Sixteen lengths are given: 1, 2, ... 15, 15.
        self.put(0b0011, 4);
        self.put(14, 4);
        let lengths = (1..=15u8).chain([15]);
        lengths.for_each(|length| self.put(u32::from(length.reverse_bits() >> 4), 4));
    }

    /// A code of 256 symbols, eight bits each.
    fn put_level_code(&mut self) {
        self.put(0, 1);
        // Length 8 alone has a code, which takes no bit; 256 lengths are given.
        self.put(8, 4);
        (0..11).for_each(|_| self.put(0, 3));
        self.put(1, 3);
        self.put(0b0111, 4);
        self.put(254, 8);
    }

    /// As the bitstream of a file.
    fn webp(mut self) -> Vec<u8> {
        self.put(0, 7);
        let length = self.bytes.len() as u32;
        let padded = length.next_multiple_of(2);
        let mut file = b"RIFF".to_vec();
        file.extend((12 + padded).to_le_bytes());
        file.extend(b"WEBPVP8L");
        file.extend(length.to_le_bytes());
        file.extend(self.bytes);
        file.resize(20 + padded as usize, 0);
        file
    }
}

fn webp_begin(width: u32, height: u32) -> Bits {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    // No alpha, version 0; no transform, no recent colours.
    bits.put(0, 6);
    bits
}

/// A lossless WebP file of one colour: every code has one symbol, so that pixels take no bit at all.
fn plain_webp(width: u32, height: u32) -> Vec<u8> {
    let mut bits = webp_begin(width, height);
    bits.put(0, 1); // one set of codes
    for level in [10, 20, 30, 255, 0] {
        bits.put_symbol(level);
    }
    bits.webp()
}

/// A lossless WebP file of 65,536 sets of codes: of which the last one is used alone, or each in turn by squares of four pixels
/// a side.
fn webp_of_codes(width: u32, height: u32, are_used: bool) -> Vec<u8> {
    let mut bits = webp_begin(width, height);
    bits.put(1, 1);
    bits.put(0, 3); // squares of four pixels
    bits.put(0, 1); // no recent colours
    if are_used {
        bits.put_level_code();
        bits.put_level_code();
        (0..3).for_each(|_| bits.put_symbol(0));
        for square in 0..width.div_ceil(4) * height.div_ceil(4) {
            let [low, high, ..] = square.to_le_bytes();
            bits.put(low.reverse_bits().into(), 8);
            bits.put(high.reverse_bits().into(), 8);
        }
    } else {
        for level in [255, 255, 0, 0, 0] {
            bits.put_symbol(level);
        }
    }
    (0..5 << 16).for_each(|_| bits.put_long_code());
    // Four codes of one bit for every pixel.
    (0..width * height).for_each(|_| bits.put(0, 4));
    bits.webp()
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
    // WebP may have many more codes than pixels.
    for (width, height, are_used) in [(16, 16, false), (1024, 1024, true), (8192, 4096, true)] {
        let file = webp_of_codes(width, height, are_used);
        let (known, taken) =
            memory::most_bytes(|| image::check(&file, Format::Webp, SERVER_PIXELS));
        assert!(known);
        println!(
            "webp: {} bytes of file, {taken} bytes of memory",
            file.len()
        );
        let decoded = decode(&file, SERVER_PIXELS, Alpha::Drop);
        assert_eq!(decoded.is_ok(), !are_used, "{width} x {height}");
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
