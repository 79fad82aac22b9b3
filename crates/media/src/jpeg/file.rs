//! The segments of a JPEG file, one behind the other.

use super::broken::Broken;
use super::frame::{Frame, transform};
use super::output::Output;
use super::scan::read_scan;
use super::segment::{Segment, next_marker};
use super::smooth::{Smoothing, transform_smoothly};
use super::tables::{Tables, check_arithmetic};

/// Bytes of a file that Pillow hands to libjpeg at a time: behind the last row of the only scan it reads no further ones.
const CHUNK: usize = 65_536;
/// Bytes that libjpeg wants behind the last bits of the only scan, unless a marker comes before.
const LOOK_AHEAD: usize = 7;

const TWO_FRAMES: Broken = Broken::Found("two frames");

/// What one segment is to the file.
enum Next<'a> {
    /// Read on here.
    At(usize),
    /// A scan with this header begins here.
    Scan {
        header: &'a [u8],
        start: usize,
    },
    End,
}

/// A file as far as it has been read.
struct Reading<'a> {
    bytes: &'a [u8],
    tables: Tables,
    frame: Option<Frame>,
    is_jfif: bool,
    adobe: Option<u8>,
}

impl<'a> Reading<'a> {
    /// Reads the segment of the next marker from `at` on; of a scan the header alone.
    fn next(&mut self, at: usize) -> Result<Next<'a>, Broken> {
        let (marker, at) = next_marker(self.bytes, at).ok_or(Broken::Cut)?;
        match marker {
            0xd9 => return Ok(Next::End),
            0x01 | 0xd0..=0xd7 => return Ok(Next::At(at)),
            0xc0..=0xc2 if self.frame.is_some() => return Err(TWO_FRAMES),
            0xc0..=0xc2 | 0xc4 | 0xcc | 0xda..=0xdd | 0xe0..=0xef | 0xfe => {}
            _ => return Err(Broken::Found("a marker that has no meaning")),
        }
        let segment = Segment::new(self.bytes, at)?;
        match marker {
            0xdb => self.tables.read_quants(segment)?,
            0xc4 => self.tables.read_codes(segment)?,
            0xcc => check_arithmetic(segment)?,
            0xdd => self.tables.read_interval(segment)?,
            0xe0 if segment.length >= 14 => {
                self.is_jfif |= segment.first(14)?.starts_with(b"JFIF\0");
            }
            0xee if segment.length >= 12 => {
                if let [b'A', b'd', b'o', b'b', b'e', .., transform] = *segment.first(12)? {
                    self.adobe = Some(transform);
                }
            }
            0xc0..=0xc2 => self.frame = Some(Frame::new(segment, marker == 0xc2)?),
            0xda => {
                let count = segment.first(1)?[0];
                if segment.length != 4 + 2 * isize::from(count) {
                    return Err(Broken::Found("a broken scan header"));
                }
                return Ok(Next::Scan {
                    header: segment.first(segment.length as usize)?,
                    start: at + segment.size(),
                });
            }
            _ => {}
        }
        Ok(Next::At(at + segment.size()))
    }
}

/// Decodes a file, of at most `max_scans` scans, whose frame has the `shape` that is expected.
pub fn decode(
    bytes: &[u8],
    shape: (usize, usize, usize),
    max_scans: usize,
) -> Result<Vec<u8>, Broken> {
    let mut reading = Reading {
        bytes,
        tables: Tables::default(),
        frame: None,
        is_jfif: false,
        adobe: None,
    };
    let mut at = 2;
    loop {
        match reading.next(at)? {
            Next::End => break,
            Next::At(next) => at = next,
            Next::Scan { header, start } => {
                let frame = reading.frame.as_mut();
                let frame = frame.ok_or(Broken::Found("a scan in front of the frame header"))?;
                frame.scans += 1;
                if frame.scans > max_scans {
                    return Err(Broken::TooMuch("more than 100 scans"));
                }
                if frame.scans == 1 {
                    if frame.shape() != shape {
                        return Err(TWO_FRAMES);
                    }
                    (frame.is_jfif, frame.adobe) = (reading.is_jfif, reading.adobe);
                    frame.begin(header.first().copied().unwrap_or(0).into())?;
                    if !frame.is_progressive {
                        reading.tables.add_standard();
                    }
                }
                if !frame.is_kept {
                    let mut output = Output::new(frame)?;
                    let tables = &reading.tables;
                    at = read_scan(bytes, start, header, frame, tables, Some(&mut output))?;
                    let pixels = output.finish(frame);
                    finish(&mut reading, at)?;
                    return Ok(pixels);
                }
                at = read_scan(bytes, start, header, frame, &reading.tables, None)?;
            }
        }
    }
    let frame = reading.frame.ok_or(Broken::Found("no frame header"))?;
    if frame.scans == 0 {
        return Err(Broken::Found("no scan"));
    }
    show(frame)
}

/// The pixels of a file of several scans.
fn show(mut frame: Frame) -> Result<Vec<u8>, Broken> {
    let mut output = Output::new(&frame)?;
    let smoothing = Smoothing::of(&frame);
    for row in 0..frame.units().1 {
        for component in &mut frame.components {
            let rows_a_unit = component.factors.1;
            for y in row * rows_a_unit..(row + 1) * rows_a_unit {
                match &smoothing {
                    Some(smoothing) => transform_smoothly(component, y, smoothing),
                    None => transform(component, y),
                }
            }
        }
        output.write(&frame, (row + 1) * 8 * frame.largest.1);
    }
    Ok(output.finish(&frame))
}

/// Looks at what follows the only scan, as far as Pillow has read the file by then.
fn finish(reading: &mut Reading, mut at: usize) -> Result<(), Broken> {
    let left = reading.bytes.len() - at;
    if left < LOOK_AHEAD && next_marker(reading.bytes, at).is_none() {
        return Err(Broken::Cut);
    }
    let read = (at + LOOK_AHEAD).next_multiple_of(CHUNK);
    reading.bytes = &reading.bytes[..read.min(reading.bytes.len())];
    loop {
        match reading.next(at) {
            Ok(Next::At(next)) => at = next,
            Ok(Next::End) | Err(Broken::Cut) => return Ok(()),
            Ok(Next::Scan { .. }) => return Err(Broken::Found("a scan behind the last one")),
            Err(broken) => return Err(broken),
        }
    }
}
