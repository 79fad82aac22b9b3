//! WebP files against the `image-webp` crate: lossless ones drawn here, those of the goldens, and what becomes of damaged ones.

use fastrand::Rng;
use image_webp::{ColorType, EncoderParams, WebPDecoder, WebPEncoder};
use limbus_media::alpha::Alpha;
use limbus_media::decode::decode;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

/// Noise, slopes, few colours or one.
fn pixels(rng: &mut Rng, width: usize, height: usize, channels: usize) -> Vec<u8> {
    let (kind, base) = (rng.u8(..4), rng.usize(..256));
    let mut level = |x: usize, y: usize| match kind {
        0 => rng.usize(..256),
        1 => x * 3 + y * 2 + rng.usize(..4),
        2 => base + 60 * (x / 5 % 2 + y / 7 % 3),
        _ => base,
    };
    let length = width * height * channels;
    let place = |i: usize| (i / channels % width, i / channels / width);
    (0..length)
        .map(|i| level(place(i).0 + i % channels, place(i).1) as u8)
        .collect()
}

/// What the other decoder gives, `[height, width, 3]`.
fn other(file: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
    let mut pixels = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut pixels).ok()?;
    if !decoder.has_alpha() {
        return Some(pixels);
    }
    let (pixels, _) = pixels.as_chunks::<4>();
    Some(pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect())
}

fn ours(file: &[u8]) -> Option<Vec<u8>> {
    decode(file, 1 << 20, Alpha::Drop)
        .ok()
        .map(|image| image.data)
}

#[test]
fn lossless_files_are_decoded_as_by_another_decoder() {
    let mut rng = Rng::with_seed(31);
    for round in 0..300 {
        let (width, height) = (rng.usize(1..=60), rng.usize(1..=60));
        let (color, channels) = match round % 4 {
            0 => (ColorType::Rgba8, 4),
            1 => (ColorType::L8, 1),
            2 => (ColorType::La8, 2),
            _ => (ColorType::Rgb8, 3),
        };
        let pixels = pixels(&mut rng, width, height, channels);
        let mut params = EncoderParams::default();
        params.use_predictor_transform = rng.bool();
        let mut file = Vec::new();
        let mut encoder = WebPEncoder::new(&mut file);
        encoder.set_params(params);
        encoder
            .encode(&pixels, width as u32, height as u32, color)
            .expect("a picture that can be written");
        let got = ours(&file).expect("a whole file");
        assert!(Some(got) == other(&file), "{width} x {height}");
        // Without its last bytes, and their padding, it is refused.
        assert_eq!(ours(&file[..file.len() - 3]), None);
    }
}

#[test]
fn goldens_are_decoded_as_by_another_decoder() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/testdata/image");
    let mut rng = Rng::with_seed(32);
    let (mut alike, mut refused) = (0, 0);
    for name in [
        "lossy.webp",
        "lossy_alpha.webp",
        "lossy_low.webp",
        "lossless.webp",
        "lossless_alpha.webp",
        "lossless_palette.webp",
    ] {
        let file = fs::read(folder.join(name)).expect("a picture");
        assert!(ours(&file) == other(&file), "{name}");
        for _ in 0..300 {
            // Damage may lead the two apart, where libwebp is more lenient or numbers overflow; it must not lead into a panic.
            let mut file = file.clone();
            for _ in 0..rng.usize(1..=3) {
                let at = rng.usize(20..file.len());
                file[at] = rng.u8(..);
            }
            match ours(&file) {
                Some(got) => alike += usize::from(Some(got) == other(&file)),
                None => refused += 1,
            }
        }
    }
    assert!(
        alike > 400 && refused > 100,
        "{alike} alike, {refused} refused"
    );
}

#[test]
fn a_bitstream_may_go_on_in_the_padding_of_its_chunk() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/testdata/image");
    for name in ["lossless_alpha.webp", "lossy.webp"] {
        let whole = fs::read(folder.join(name)).expect("a picture");
        let mut padded = whole.clone();
        let length: &mut [u8; 4] = padded[16..].first_chunk_mut().expect("a chunk");
        let shorter = u32::from_le_bytes(*length) - 1;
        assert_eq!(shorter % 2, 1, "{name} has an even length");
        *length = shorter.to_le_bytes();
        assert!(ours(&padded) == ours(&whole), "{name}");
        // The same in front of its last two bytes, of which the second is padding then, leaves something out.
        let mut cut = padded;
        cut[16..20].copy_from_slice(&(shorter - 2).to_le_bytes());
        cut.truncate(cut.len() - 2);
        let size = (cut.len() as u32 - 8).to_le_bytes();
        cut[4..8].copy_from_slice(&size);
        assert!(ours(&cut) != ours(&whole), "{name}");
    }
}
