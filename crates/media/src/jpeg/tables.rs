//! Segments of a JPEG file, and the tables that they set.

use super::bits::{Codes, Unusual};
use super::blocks::ZIGZAG;

/// Everything that segments set.
#[derive(Default)]
pub struct Tables {
    /// Quantization tables, row by row.
    pub quants: [Option<[i16; 64]>; 4],
    /// Codes of first coefficients.
    pub first: [Option<Codes>; 4],
    /// Codes of the other coefficients.
    pub rest: [Option<Codes>; 4],
    /// Units between restart markers; 0: there are none.
    pub interval: usize,
}

/// The next marker, its segment, and what follows.
pub fn segment(bytes: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), Unusual> {
    if bytes.get(at) != Some(&0xff) {
        return Err(Unusual);
    }
    while bytes.get(at) == Some(&0xff) {
        at += 1;
    }
    let &marker = bytes.get(at).ok_or(Unusual)?;
    at += 1;
    if marker == 0xd9 {
        return Ok((marker, &[], at));
    }
    let length = match bytes.get(at..at + 2) {
        Some(&[high, low]) => usize::from(high) << 8 | usize::from(low),
        _ => return Err(Unusual),
    };
    let segment = bytes.get(at + 2..at + length).ok_or(Unusual)?;
    Ok((marker, segment, at + length))
}

/// Reads a DQT segment.
pub fn read_quants(mut segment: &[u8], tables: &mut Tables) -> Result<(), Unusual> {
    while let [kind, rest @ ..] = segment {
        let wide = usize::from(kind >> 4);
        let values = rest.get(..64 << wide).ok_or(Unusual)?;
        let table = tables
            .quants
            .get_mut(usize::from(kind & 15))
            .ok_or(Unusual)?;
        let mut quants = [0; 64];
        for (i, &place) in ZIGZAG.iter().enumerate() {
            quants[usize::from(place)] = match wide {
                0 => i16::from(values[i]),
                1 => i16::from_be_bytes([values[2 * i], values[2 * i + 1]]),
                _ => return Err(Unusual),
            };
        }
        *table = Some(quants);
        segment = &rest[64 << wide..];
    }
    Ok(())
}

/// Reads a DHT segment.
pub fn read_codes(mut segment: &[u8], tables: &mut Tables) -> Result<(), Unusual> {
    while let [kind, rest @ ..] = segment {
        let counts: &[u8; 16] = rest.first_chunk().ok_or(Unusual)?;
        let total = counts.iter().map(|&n| usize::from(n)).sum::<usize>();
        let symbols = rest.get(16..16 + total).ok_or(Unusual)?;
        let tables = match kind >> 4 {
            0 => &mut tables.first,
            1 => &mut tables.rest,
            _ => return Err(Unusual),
        };
        let table = tables.get_mut(usize::from(kind & 15)).ok_or(Unusual)?;
        *table = Some(Codes::new(counts, symbols)?);
        segment = &rest[16 + total..];
    }
    Ok(())
}
