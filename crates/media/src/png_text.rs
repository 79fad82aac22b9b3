//! Text chunks of a PNG file that can say how the picture lies: EXIF in hexadecimal digits, and XMP.

use crate::exif;
use fdeflate::Decompressor;

/// Bytes of an inflated text; Pillow refuses files with longer ones.
const MAX_TEXT: usize = 1 << 20;
/// Texts that are inflated; more would make a small file cost much.
const MAX_INFLATED: usize = 16;

/// What chunks have said so far of how the picture lies.
#[derive(Default)]
pub struct Metadata {
    /// eXIf, or a text of that name.
    exif: Option<Vec<u8>>,
    /// The text `Raw profile type exif`.
    profile: Option<Vec<u8>>,
    /// The text `XML:com.adobe.xmp`.
    packet: Option<Vec<u8>>,
    /// The same, not of UTF-8.
    stray_packet: Option<Vec<u8>>,
    inflated: usize,
}

impl Metadata {
    /// Takes in a chunk of any kind; of chunks that say the same the last one counts.
    pub fn read(&mut self, kind: &[u8], data: &[u8]) {
        match kind {
            b"eXIf" => self.exif = Some(data.to_vec()),
            b"tEXt" => {
                let (name, text) = split(data).unwrap_or((data, &[]));
                match name {
                    b"exif" => self.exif = Some(text.to_vec()),
                    _ => self.set(name, || Some(text.to_vec())),
                }
            }
            b"zTXt" => {
                let (name, text) = split(data).unwrap_or((data, &[]));
                let text = text.get(1..).unwrap_or_default();
                let mut inflated = self.inflated;
                self.set(name, || {
                    Some(inflate(text, &mut inflated).unwrap_or_default())
                });
                self.inflated = inflated;
            }
            b"iTXt" => drop(self.read_international(data)),
            _ => {}
        }
    }

    /// Name, whether and how compressed, language, translated name, text.
    fn read_international(&mut self, data: &[u8]) -> Option<()> {
        let (name, rest) = split(data)?;
        let (&[compressed, method], rest) = rest.split_first_chunk()?;
        let (language, rest) = split(rest)?;
        let (translated, text) = split(rest)?;
        if compressed != 0 && method != 0 {
            return None;
        }
        if !matches!(name, b"XML:com.adobe.xmp" | b"Raw profile type exif") {
            return None;
        }
        let text = match compressed {
            0 => text.to_vec(),
            _ => inflate(text, &mut self.inflated)?,
        };
        let is_text = [language, translated, &text]
            .iter()
            .all(|part| std::str::from_utf8(part).is_ok());
        match name {
            _ if is_text => self.set(name, || Some(text)),
            b"XML:com.adobe.xmp" => self.stray_packet = Some(text),
            _ => {}
        }
        Some(())
    }

    fn set(&mut self, name: &[u8], text: impl FnOnce() -> Option<Vec<u8>>) {
        match name {
            b"Raw profile type exif" => self.profile = text(),
            b"XML:com.adobe.xmp" => self.packet = text(),
            _ => {}
        }
    }

    /// The orientation, 1 to 8.
    pub fn orientation(&self) -> u8 {
        let from_profile = || digits(self.profile.as_ref()?);
        let exif = self.exif.clone().or_else(from_profile);
        let packet = self.packet.as_ref().filter(|packet| !packet.is_empty());
        let packet = packet.or(self.stray_packet.as_ref());
        exif::orientation(exif.as_deref(), packet.map(|packet| &packet[..]))
    }
}

/// What lies before and behind the first zero.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// A zlib stream, as far as it goes; `None` where it is broken or too long.
fn inflate(stream: &[u8], inflated: &mut usize) -> Option<Vec<u8>> {
    *inflated += 1;
    if *inflated > MAX_INFLATED {
        return None;
    }
    let mut decompressor = Decompressor::new();
    let (mut out, mut read, mut written) = (vec![0; 1 << 12], 0, 0);
    while !decompressor.is_done() {
        let (consumed, produced) = decompressor
            .read(&stream[read..], &mut out, written, false)
            .ok()?;
        (read, written) = (read + consumed, written + produced);
        if written == out.len() {
            if written >= MAX_TEXT {
                return None;
            }
            out.resize(2 * written, 0);
        } else if consumed == 0 && produced == 0 {
            break;
        }
    }
    out.truncate(written);
    Some(out)
}

/// The bytes of a profile: three lines, then hexadecimal digits.
fn digits(profile: &[u8]) -> Option<Vec<u8>> {
    let lines = profile.split(|&byte| byte == b'\n').skip(3);
    let mut digits = lines.flatten().filter(|byte| !byte.is_ascii_whitespace());
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let mut bytes = Vec::new();
    while let Some(high) = digits.next() {
        bytes.push((value(high)? << 4 | value(digits.next()?)?) as u8);
    }
    Some(bytes)
}
