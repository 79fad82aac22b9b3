//! JPEG files to RGB. The decoder is byte-exact to libjpeg-turbo, hence to Pillow.

use crate::error::ImageError;
use crate::jpeg_header::JpegHeader;
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

/// Scans of one file; a progressive file has some ten. More would make a small file cost minutes.
const MAX_SCANS: usize = 100;

/// Pixels as stored, `[height, width, 3]`, not yet upright.
pub fn decode(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, ImageError> {
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
    Ok(match header.components {
        1 => data.iter().flat_map(|&v| [v; 3]).collect(),
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
