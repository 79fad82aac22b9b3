//! The chunks of a RIFF file.

/// One chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    /// Four characters.
    pub id: [u8; 4],
    /// First byte of the body in the file.
    pub start: usize,
    /// What is there of the body.
    pub body: &'a [u8],
    /// Bytes that the body should have.
    pub size: usize,
}

/// Chunks from byte 12 on, until the file ends. An odd body is followed by a byte of padding.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let head = bytes.get(at..)?.first_chunk::<8>()?;
        let id = [head[0], head[1], head[2], head[3]];
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let start = at + 8;
        let end = start.saturating_add(size).min(bytes.len());
        at = start.saturating_add(size).saturating_add(size & 1);
        Some(Chunk {
            id,
            start,
            body: &bytes[start..end],
            size,
        })
    })
}

/// A little-endian 16-bit number at a place.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A little-endian 32-bit number at a place.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A little-endian 64-bit number at a place.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
