//! JPEG files to RGB, byte for byte as libjpeg-turbo decodes them, hence Pillow.
//!
//! Whole files of usual making are decoded by our own stages; anything else, and whatever they stumble over, goes to a port of
//! libjpeg-turbo, which is slower. So what our stages accept must be exact, and what they refuse costs time alone.

mod bits;
mod blocks;
mod frame;
mod output;
mod tables;

use crate::error::ImageError;
use crate::jpeg_header::JpegHeader;
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

/// Scans of one file; a progressive file has some ten. More would make a small file cost minutes.
const MAX_SCANS: usize = 100;

/// Pixels as stored, `[height, width, 3]`, not yet upright.
pub fn decode(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, ImageError> {
    let data = match decode_usual(bytes, header) {
        Ok(data) => data,
        Err(bits::Unusual) => decode_any(bytes, header)?,
    };
    Ok(match header.components {
        1 if data.len() == header.width * header.height => {
            data.iter().flat_map(|&v| [v; 3]).collect()
        }
        4 => data.chunks_exact(4).flat_map(inks_to_rgb).collect(),
        _ => data,
    })
}

/// RGB, or four inks; also of grey.
fn decode_usual(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, bits::Unusual> {
    let frame = frame::decode(bytes, MAX_SCANS)?;
    // What was held against the limits must be what is decoded.
    if (frame.width, frame.height, frame.components.len())
        != (header.width, header.height, header.components)
    {
        return Err(bits::Unusual);
    }
    output::pixels(&frame)
}

/// RGB, four inks, or grey.
fn decode_any(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, ImageError> {
    if !header.is_usual_sampling {
        return Err(ImageError::unsupported(
            "Expected a whole, valid JPEG of four inks: found a broken one of unusual sampling factors",
        ));
    }
    let broken =
        |_| ImageError::invalid("Expected a whole, valid JPEG file: found a broken or cut one");
    // Pillow refuses a file without its end marker; in a scan these two bytes can be nothing else.
    if !bytes[header.scan.min(bytes.len())..]
        .windows(2)
        .any(|pair| pair == [0xff, 0xd9])
    {
        return Err(ImageError::invalid(
            "Expected a whole JPEG file: found no end of image",
        ));
    }
    let limits = DecodeLimits {
        max_pixels: (header.width * header.height) as u64,
        max_scans: MAX_SCANS,
        ..DecodeLimits::default()
    };
    let mut decoder = Decoder::new_with_limits(bytes, limits).map_err(broken)?;
    // What was held against the limits must be what is decoded.
    let frame = decoder.header();
    if (frame.width(), frame.height(), frame.components.len())
        != (header.width, header.height, header.components)
    {
        return Err(ImageError::invalid(
            "Expected a JPEG of one frame: found two",
        ));
    }
    // Damaged scans are refused: Pillow shows them with stray blocks, which no two decoders place alike.
    decoder.set_lenient(false);
    decoder.set_output_format(match header.components {
        1 => PixelFormat::Grayscale,
        4 => PixelFormat::Cmyk,
        _ => PixelFormat::Rgb,
    });
    let data = decoder.decode_image().map_err(broken)?.data;
    let pixels = header.width * header.height;
    let expected = pixels * header.components;
    if data.len() != expected {
        return Err(ImageError::invalid(
            "Expected a JPEG of one size: found two",
        ));
    }
    Ok(data)
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
    use libjpeg_turbo_rs::{Encoder, Subsampling};

    struct Lcg(u32);
    impl Lcg {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 9) as usize % n
        }
    }

    /// Noise, plain colours and slopes in turns.
    fn pixels(rng: &mut Lcg, length: usize) -> Vec<u8> {
        let kind = rng.below(3);
        let plain = rng.below(256);
        let level = |i: usize, rng: &mut Lcg| match kind {
            0 => rng.below(256),
            1 => plain,
            _ => i / 3 % 256,
        };
        (0..length).map(|i| level(i, rng) as u8).collect()
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
        let mut rng = Lcg(21);
        for round in 0..400 {
            let (width, height) = (1 + rng.below(70), 1 + rng.below(70));
            // The port cannot write four inks; those files are compared with Pillow's, among the goldens.
            let (format, channels) = match round % 5 {
                0 => (PixelFormat::Grayscale, 1),
                _ => (PixelFormat::Rgb, 3),
            };
            let pixels = pixels(&mut rng, width * height * channels);
            let mut encoder = Encoder::new(&pixels, width, height, format)
                .quality(1 + rng.below(100) as u8)
                .progressive(rng.below(2) == 0);
            if channels == 3 {
                encoder = encoder.subsampling(SAMPLINGS[rng.below(6)]);
            } else {
                encoder = encoder.subsampling(Subsampling::S444);
            }
            if rng.below(3) == 0 {
                encoder = encoder.restart_blocks(1 + rng.below(9) as u16);
            }
            let file = encoder.encode().expect("a picture that can be written");
            let header = jpeg_header::read(&file).expect("a header");
            let got = decode_usual(&file, &header).expect("a usual file");
            let any = decode_any(&file, &header).expect("a whole file");
            let want = match channels {
                1 => any.iter().flat_map(|&v| [v; 3]).collect(),
                _ => any,
            };
            assert!(got == want, "{width} x {height}, {channels} channels");
        }
    }

    #[test]
    fn damaged_files_are_left_to_the_port() {
        let mut rng = Lcg(22);
        let mut refused = 0;
        for round in 0..300 {
            let (width, height) = (1 + rng.below(50), 1 + rng.below(50));
            let pixels = pixels(&mut rng, width * height * 3);
            let encoder = Encoder::new(&pixels, width, height, PixelFormat::Rgb);
            let encoder = encoder.progressive(round % 2 == 0).restart_blocks(3);
            let mut file = encoder.encode().expect("a picture that can be written");
            let scan = jpeg_header::read(&file).expect("a header").scan;
            let at = scan + rng.below(file.len() - scan);
            match round % 3 {
                0 => file.truncate(at),
                1 => file[at] ^= 1 << rng.below(8),
                _ => drop(file.remove(at)),
            }
            let Ok(header) = jpeg_header::read(&file) else {
                continue;
            };
            // It may still be a valid file; if so both agree.
            match (decode_usual(&file, &header), decode_any(&file, &header)) {
                (Err(_), _) => refused += 1,
                (Ok(got), Ok(want)) => assert!(got == want),
                (Ok(_), Err(error)) => panic!("accepted alone: {error}"),
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
