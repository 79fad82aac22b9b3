//! Markers of a JPEG file in front of its first scan.

use crate::error::ImageError;
use crate::exif;
use crate::header::{Format, Header};

/// What the markers say.
pub struct JpegHeader {
    /// Pixels, as stored.
    pub width: usize,
    /// Pixels, as stored.
    pub height: usize,
    /// 1 grey, 3 colour, 4 inks.
    pub components: usize,
    /// From the EXIF block or the XMP packet.
    pub orientation: u8,
}

impl JpegHeader {
    /// The part that all formats have.
    pub fn header(&self) -> Header {
        let (mut width, mut height) = (self.width, self.height);
        if exif::is_turned(self.orientation) {
            std::mem::swap(&mut width, &mut height);
        }
        Header {
            format: Format::Jpeg,
            width,
            height,
            frames: 1,
            channels: self.components,
            orientation: self.orientation,
        }
    }
}

/// Reads the markers up to the first scan.
pub fn read(bytes: &[u8]) -> Result<JpegHeader, ImageError> {
    let broken = || {
        ImageError::invalid("Expected JPEG markers up to a frame header: found a broken or cut one")
    };
    let (mut blocks, mut packet) = (Vec::new(), None);
    let mut frame = None;
    let mut at = 2;
    loop {
        // Any bytes may stand between segments, and any number of fill bytes before a marker.
        let skipped = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&b| b == 0xff))
            .ok_or_else(broken)?;
        at += skipped;
        let fills = bytes[at..]
            .iter()
            .position(|&b| b != 0xff)
            .ok_or_else(broken)?;
        let marker = bytes[at + fills];
        at += fills + 1;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => return Err(broken()),
            _ => {}
        }
        let length = bytes
            .get(at..at + 2)
            .map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])))
            .ok_or_else(broken)?;
        let segment = bytes.get(at + 2..at + length.max(2)).ok_or_else(broken)?;
        at += length.max(2);
        match marker {
            0xda => break,
            0xe1 => {
                // A block may be cut into several segments; of packets the last one counts.
                if let Some(block) = segment.strip_prefix(b"Exif\0\0") {
                    blocks.push(block);
                } else if let Some(xmp) = segment.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
                    packet = Some(xmp);
                }
            }
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => {
                if frame.is_some() {
                    return Err(broken());
                }
                frame = Some(read_frame(marker, segment)?);
            }
            _ => {}
        }
    }
    let (width, height, components) = frame.ok_or_else(broken)?;
    let block = (!blocks.is_empty()).then(|| blocks.concat());
    Ok(JpegHeader {
        width,
        height,
        components,
        orientation: exif::orientation(block.as_deref(), packet),
    })
}

fn read_frame(marker: u8, segment: &[u8]) -> Result<(usize, usize, usize), ImageError> {
    let &[precision, h0, h1, w0, w1, components, ..] = segment else {
        return Err(ImageError::invalid(
            "Expected a JPEG frame header: found a cut one",
        ));
    };
    if !matches!(marker, 0xc0..=0xc2) || precision != 8 {
        return Err(ImageError::unsupported(
            "Expected a baseline or progressive JPEG of 8 bits a sample: found another kind",
        ));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(ImageError::unsupported(format!(
            "Expected a JPEG of 1, 3 or 4 components: found {components}"
        )));
    }
    if segment.len() != 6 + 3 * usize::from(components) {
        return Err(ImageError::invalid(
            "Expected a JPEG frame header that lists its components: found a broken one",
        ));
    }
    let (width, height) = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
    if width == 0 || height == 0 {
        return Err(ImageError::invalid(
            "Expected a JPEG of at least one pixel: found none",
        ));
    }
    Ok((width.into(), height.into(), components.into()))
}
