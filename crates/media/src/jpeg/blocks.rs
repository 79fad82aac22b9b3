//! Blocks of coefficients out of the bits of a scan.

use super::bits::{Bits, Codes, Unusual};

/// Coefficients of a block in the order of a file; each is the place in the rows of the block.
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A block, row by row.
pub type Block = [i16; 64];

/// What a scan codes of its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// First and last coefficient.
    pub first: usize,
    /// Last coefficient.
    pub last: usize,
    /// Bits that earlier scans have left out; 0 in a first scan.
    pub high: u32,
    /// Bits that this scan leaves out.
    pub low: u32,
}

/// The first coefficient of a block: its difference to the one before.
#[inline(always)]
fn first_coefficient(bits: &mut Bits, codes: &Codes, before: &mut i32) -> Result<(), Unusual> {
    let size = bits.symbol(codes)?;
    if size > 11 {
        return Err(Unusual);
    }
    *before += bits.number(size.into());
    // Eight bits a sample do not come to more.
    (-4096..4096).contains(before).then_some(()).ok_or(Unusual)
}

/// A whole block of a baseline scan. Returns whether all coefficients but the first are zero.
pub fn baseline(
    reader: &mut Bits,
    (first, rest): (&Codes, &Codes),
    before: &mut i32,
    block: &mut Block,
) -> Result<bool, Unusual> {
    let mut bits = *reader;
    first_coefficient(&mut bits, first, before)?;
    block[0] = *before as i16;
    let mut k = 1;
    let mut is_flat = true;
    while k < 64 {
        match bits.run_and_value(rest)? {
            Ok((zeros, value)) => {
                k += zeros;
                let &place = ZIGZAG.get(k).ok_or(Unusual)?;
                block[usize::from(place & 63)] = value;
                is_flat = false;
                k += 1;
            }
            Err(0xf0) => k += 16,
            Err(0) => break,
            Err(_) => return Err(Unusual),
        }
    }
    *reader = bits;
    Ok(is_flat)
}

/// The first coefficient in a progressive scan.
pub fn progressive_first(
    bits: &mut Bits,
    codes: Option<&Codes>,
    band: Band,
    before: &mut i32,
    block: &mut Block,
) -> Result<(), Unusual> {
    if band.high > 0 {
        block[0] |= (bits.raw(1) << band.low) as i16;
        return Ok(());
    }
    first_coefficient(bits, codes.ok_or(Unusual)?, before)?;
    block[0] = (*before << band.low) as i16;
    Ok(())
}

/// The other coefficients in a progressive scan; `run` counts the blocks that have none left, `present` has a bit for each of
/// the coefficients, in the order of a file, that is not zero.
pub fn progressive_rest(
    reader: &mut Bits,
    codes: &Codes,
    band: Band,
    run: &mut u32,
    (block, present): (&mut Block, &mut u64),
) -> Result<(), Unusual> {
    if band.high > 0 {
        return refine(reader, codes, band, run, (block, present));
    }
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let mut bits = *reader;
    let mut k = band.first;
    while k <= band.last {
        match bits.run_and_value(codes)? {
            Ok((zeros, value)) => {
                k += zeros;
                if k > band.last {
                    return Err(Unusual);
                }
                let value = value << band.low;
                block[usize::from(ZIGZAG[k])] = value;
                *present |= u64::from(value != 0) << k;
                k += 1;
            }
            Err(0xf0) => k += 16,
            Err(symbol) => {
                let size = u32::from(symbol >> 4);
                *run = (1 << size) - 1 + bits.raw(size);
                break;
            }
        }
    }
    *reader = bits;
    Ok(())
}

/// One more bit of coefficients that earlier scans have begun.
fn refine(
    reader: &mut Bits,
    codes: &Codes,
    band: Band,
    run: &mut u32,
    (block, present): (&mut Block, &mut u64),
) -> Result<(), Unusual> {
    let mut bits = *reader;
    let bit = 1i16 << band.low;
    let until_last = u64::MAX >> (63 - band.last);
    let mut k = band.first;
    if *run == 0 {
        while k <= band.last {
            let symbol = bits.symbol(codes)?;
            let (zeros, size) = (symbol >> 4, symbol & 15);
            let mut new = 0;
            match size {
                0 if zeros < 15 => {
                    *run = (1 << zeros) + bits.raw(zeros.into());
                    break;
                }
                0 => {}
                1 => new = if bits.raw(1) == 1 { bit } else { -bit },
                _ => return Err(Unusual),
            }
            // Zeros that stay are counted, values that have begun are corrected on the way.
            let rest = until_last & (u64::MAX << k);
            let mut vacant = rest & !*present;
            for _ in 0..zeros {
                vacant &= vacant.wrapping_sub(1);
            }
            let place = vacant.trailing_zeros() as usize;
            if place < 64 {
                correct(&mut bits, rest & *present & ((1 << place) - 1), bit, block);
                if new != 0 {
                    block[usize::from(ZIGZAG[place])] = new;
                    *present |= 1 << place;
                }
            } else {
                correct(&mut bits, rest & *present, bit, block);
                if new != 0 {
                    return Err(Unusual);
                }
            }
            k = place + 1;
        }
    }
    if *run > 0 {
        let rest = until_last & u64::MAX.checked_shl(k as u32).unwrap_or(0);
        correct(&mut bits, rest & *present, bit, block);
        *run -= 1;
    }
    *reader = bits;
    Ok(())
}

/// Reads a bit for each coefficient of a set: whether it has this one.
#[inline(always)]
fn correct(bits: &mut Bits, mut set: u64, bit: i16, block: &mut Block) {
    while set != 0 {
        let count = set.count_ones().min(48);
        let mut next = bits.many(count) << (64 - count);
        for _ in 0..count {
            let value = &mut block[usize::from(ZIGZAG[set.trailing_zeros() as usize & 63])];
            // A value that has the bit already comes from a damaged file.
            if next >> 63 == 1 && *value & bit == 0 {
                *value = value.wrapping_add(if *value >= 0 { bit } else { -bit });
            }
            next <<= 1;
            set &= set - 1;
        }
    }
}
