//! JPEG files to RGB, byte for byte as libjpeg-turbo decodes them, hence Pillow: damaged files too, which it shows as far as
//! they can be read. Files that Pillow refuses are refused.
//!
//! Two rare cases differ. Of several 0xff in front of a zero, which no encoder writes, libjpeg-turbo makes one byte, but leaves
//! stray coefficients in a unit if it was reading ahead just then. And a file that ends within the seven bytes behind its only
//! scan, without any marker, is refused here; there it depends on how far libjpeg has read ahead.

mod bits;
mod blocks;
mod broken;
mod file;
mod frame;
mod output;
mod scan;
mod segment;
mod smooth;
mod standard_codes;
mod tables;

use crate::error::ImageError;
use crate::jpeg_header::JpegHeader;

/// Scans of one file; a progressive file has some ten. More would make a small file cost minutes.
const MAX_SCANS: usize = 100;

/// Pixels as stored, `[height, width, 3]`, not yet upright.
pub fn decode(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, ImageError> {
    // What was held against the limits must be what is decoded.
    let shape = (header.width, header.height, header.components);
    let data = file::decode(bytes, shape, MAX_SCANS)?;
    Ok(match header.components {
        4 => data.chunks_exact(4).flat_map(inks_to_rgb).collect(),
        _ => data,
    })
}

/// Inks as Adobe stores them, inverted, to RGB as Pillow does it.
fn inks_to_rgb(inks: &[u8]) -> [u8; 3] {
    // Stored is 255 - ink, so what is stored of black is what is left of light.
    let light = u32::from(inks[3]);
    [inks[0], inks[1], inks[2]].map(|stored| {
        let product = (255 - u32::from(stored)) * light + 128;
        light.saturating_sub(((product >> 8) + product) >> 8) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg_header;
    use fastrand::Rng;
    use libjpeg_turbo_rs::{Decoder, Encoder, PixelFormat, Subsampling};

    /// Noise, plain colours and slopes in turns.
    fn pixels(rng: &mut Rng, length: usize) -> Vec<u8> {
        let (kind, plain) = (rng.u8(..3), rng.u8(..));
        let level = |i: usize| match kind {
            0 => rng.u8(..),
            1 => plain,
            _ => (i / 3) as u8,
        };
        (0..length).map(level).collect()
    }

    const SAMPLINGS: [Subsampling; 6] = [
        Subsampling::S444,
        Subsampling::S422,
        Subsampling::S420,
        Subsampling::S440,
        Subsampling::S411,
        Subsampling::S441,
    ];

    #[test]
    fn usual_files_are_decoded_as_by_the_port_of_libjpeg_turbo() {
        let mut rng = Rng::with_seed(21);
        for round in 0..400 {
            let (width, height) = (rng.usize(1..=70), rng.usize(1..=70));
            // The port cannot write four inks; those files are compared with Pillow's, among the goldens.
            let (format, channels) = match round % 5 {
                0 => (PixelFormat::Grayscale, 1),
                _ => (PixelFormat::Rgb, 3),
            };
            let pixels = pixels(&mut rng, width * height * channels);
            let mut encoder = Encoder::new(&pixels, width, height, format)
                .quality(rng.u8(1..=100))
                .progressive(rng.bool());
            if channels == 3 {
                encoder = encoder.subsampling(SAMPLINGS[rng.usize(..6)]);
            } else {
                encoder = encoder.subsampling(Subsampling::S444);
            }
            if rng.u8(..3) == 0 {
                encoder = encoder.restart_blocks(rng.u16(1..=9));
            }
            let file = encoder.encode().expect("a picture that can be written");
            let header = jpeg_header::read(&file).expect("a header");
            let got = decode(&file, &header).expect("a whole file");
            let mut decoder = Decoder::new(&file).expect("a whole file");
            decoder.set_output_format(format);
            let want = decoder.decode_image().expect("a whole file").data;
            let want: Vec<u8> = match channels {
                1 => want.iter().flat_map(|&v| [v; 3]).collect(),
                _ => want,
            };
            assert!(got == want, "{width} x {height}, {channels} channels");
        }
    }

    /// What a file shows that ends behind so many bytes of its only scan, and the file whole: 64 x 64 pixels, in units of 16 x 16.
    fn shown_of(file: &[u8], taken: impl Fn(usize) -> usize) -> Result<Vec<u8>, ImageError> {
        let header = jpeg_header::read(file).expect("a header");
        let scan = file.windows(2).position(|pair| pair == [0xff, 0xda]);
        let scan = scan.expect("a scan") + 14;
        let mut cut = file[..scan + taken(file.len() - 2 - scan)].to_vec();
        let error = decode(&cut, &header).expect_err("a file without an end");
        assert!(error.message.ends_with("found no end of image"));
        cut.extend([0xff, 0xd9]);
        decode(&cut, &header)
    }

    #[test]
    fn what_lies_in_front_of_the_damage_stays_and_what_is_missing_is_grey() {
        let mut rng = Rng::with_seed(22);
        for _ in 0..100 {
            let pixels = pixels(&mut rng, 64 * 64 * 3);
            let encoder = Encoder::new(&pixels, 64, 64, PixelFormat::Rgb).quality(90);
            let encoder = encoder.subsampling(Subsampling::S420);
            let file = encoder.encode().expect("a picture that can be written");
            let whole = shown_of(&file, |all| all).expect("a whole file");
            let half = shown_of(&file, |all| all / 2).expect("half a file");
            // Colours of the first unit's last columns are mixed with those of the next.
            for row in 0..15 {
                let columns = row * 64 * 3..(row * 64 + 15) * 3;
                assert_eq!(half[columns.clone()], whole[columns]);
            }
            assert_eq!(half[half.len() - 3..], [128; 3]);
            let none = shown_of(&file, |_| 0).expect("a file without bits");
            assert!(none[17 * 64 * 3..].iter().all(|&value| value == 128));
        }
    }
}
