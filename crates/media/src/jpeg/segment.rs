//! Markers of a JPEG file and what follows them.

use super::broken::Broken;

/// The code of the next marker from `at` on, whatever lies before it, and the place behind it.
pub fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        at += bytes[at..].iter().position(|&byte| byte != 0xff)?;
        // A zero behind it makes it a byte of a scan.
        if bytes[at] != 0 {
            return Some((bytes[at], at + 1));
        }
    }
}

/// What follows a marker. A segment may say a length that its contents do not have, or that the file does not: a cut one that is
/// broken before the cut counts as broken.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    /// Bytes from behind the length to the end of the file.
    pub rest: &'a [u8],
    /// Bytes of the segment behind its length; negative where that leaves no room for itself.
    pub length: isize,
}

impl<'a> Segment<'a> {
    /// The segment of the marker in front of `at`.
    pub fn new(bytes: &'a [u8], at: usize) -> Result<Self, Broken> {
        let behind = bytes.get(at..).ok_or(Broken::Cut)?;
        let (&length, rest) = behind.split_first_chunk().ok_or(Broken::Cut)?;
        let length = u16::from_be_bytes(length) as isize - 2;
        Ok(Self { rest, length })
    }

    /// Its first bytes, or all of them.
    pub fn first(&self, count: usize) -> Result<&'a [u8], Broken> {
        self.rest.get(..count).ok_or(Broken::Cut)
    }

    /// Bytes to the end of the segment, those of its length included.
    pub fn size(&self) -> usize {
        2 + self.length.max(0) as usize
    }
}
