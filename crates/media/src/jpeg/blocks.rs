//! Blocks of coefficients out of the bits of a scan. What damaged bits say is done as libjpeg does it.

use super::bits::{Bits, Codes};

/// Coefficients of a block in the order of a file; each is the place in the rows of the block. A damaged file runs over the
/// last one, by the longest run of zeros at most.
pub const ZIGZAG: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    63, 63, 63, 63, 63, 63,
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

impl Band {
    /// Whether a progressive scan of so many components may bring it.
    pub fn is_progressive(&self, components: usize) -> bool {
        let is_one_bit = self.high == 0 || self.high == self.low + 1;
        let is_band = match self.first {
            0 => self.last == 0,
            _ => self.first <= self.last && self.last < 64 && components == 1,
        };
        is_one_bit && is_band && self.low <= 13
    }
}

/// The first coefficient of a block: its difference to the one before.
#[inline(always)]
fn first_coefficient(bits: &mut Bits, codes: &Codes, before: &mut i32) {
    let size = bits.symbol(codes);
    *before = before.wrapping_add(bits.number(size.into()));
}

/// A whole block of a baseline scan. Returns whether it has found none but the first coefficient.
pub fn baseline(
    reader: &mut Bits,
    (first, rest): (&Codes, &Codes),
    before: &mut i32,
    block: &mut Block,
) -> bool {
    let mut bits = *reader;
    first_coefficient(&mut bits, first, before);
    block[0] = *before as i16;
    let mut k = 1;
    let mut is_flat = true;
    while k < 64 {
        match bits.run_and_value(rest) {
            Ok((zeros, value)) => {
                k += zeros;
                block[usize::from(ZIGZAG[k] & 63)] = value;
                is_flat = false;
                k += 1;
            }
            Err(0xf0) => k += 16,
            Err(_) => break,
        }
    }
    *reader = bits;
    is_flat
}

/// The first coefficient in a progressive scan.
pub fn progressive_first(
    bits: &mut Bits,
    codes: Option<&Codes>,
    band: Band,
    before: &mut i32,
    block: &mut Block,
) {
    match codes {
        Some(codes) => {
            first_coefficient(bits, codes, before);
            block[0] = (*before << band.low) as i16;
        }
        // One bit more.
        None => block[0] |= (bits.raw(1) << band.low) as i16,
    }
}

/// The other coefficients in a progressive scan; `run` counts the blocks that have none left, `present` has a bit for each of
/// the coefficients, in the order of a file, that is not zero.
pub fn progressive_rest(
    reader: &mut Bits,
    codes: &Codes,
    band: Band,
    run: &mut u32,
    (block, present): (&mut Block, &mut u64),
) {
    if band.high > 0 {
        return refine(reader, codes, band, run, (block, present));
    }
    if *run > 0 {
        *run -= 1;
        return;
    }
    let mut bits = *reader;
    let mut k = band.first;
    while k <= band.last {
        match bits.run_and_value(codes) {
            Ok((zeros, value)) => {
                k += zeros;
                set(block, present, k, value << band.low);
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
}

/// Sets a coefficient, `k` in the order of a file.
#[inline(always)]
fn set(block: &mut Block, present: &mut u64, k: usize, value: i16) {
    block[usize::from(ZIGZAG[k] & 63)] = value;
    let bit = 1 << k.min(63);
    *present |= bit;
    if value == 0 {
        *present &= !bit;
    }
}

/// One more bit of coefficients that earlier scans have begun.
fn refine(
    reader: &mut Bits,
    codes: &Codes,
    band: Band,
    run: &mut u32,
    (block, present): (&mut Block, &mut u64),
) {
    let mut bits = *reader;
    let bit = 1i16 << band.low;
    let until_last = u64::MAX >> (63 - band.last);
    let mut k = band.first;
    if *run == 0 {
        while k <= band.last {
            let symbol = bits.symbol(codes);
            let (zeros, size) = (symbol >> 4, symbol & 15);
            let mut new = 0;
            match size {
                0 if zeros < 15 => {
                    *run = (1 << zeros) + bits.raw(zeros.into());
                    break;
                }
                0 => {}
                _ => new = if bits.raw(1) == 1 { bit } else { -bit },
            }
            // Zeros that stay are counted, values that have begun are corrected on the way.
            let rest = until_last & (u64::MAX << k);
            let mut vacant = rest & !*present;
            for _ in 0..zeros {
                vacant &= vacant.wrapping_sub(1);
            }
            let (before, place) = match vacant.trailing_zeros() as usize {
                64 => (rest, band.last + 1),
                place => (rest & ((1 << place) - 1), place),
            };
            correct(&mut bits, before & *present, bit, block);
            if new != 0 {
                set(block, present, place, new);
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
}

/// Reads a bit for each coefficient of a set: whether it has this one.
#[inline(always)]
fn correct(bits: &mut Bits, mut set: u64, bit: i16, block: &mut Block) {
    while set != 0 {
        let count = set.count_ones().min(48);
        let mut next = bits.many(count) << (64 - count);
        for _ in 0..count {
            let value = &mut block[usize::from(ZIGZAG[set.trailing_zeros() as usize & 63] & 63)];
            // A value that has the bit already comes from a damaged file.
            if next >> 63 == 1 && *value & bit == 0 {
                *value = value.wrapping_add(if *value >= 0 { bit } else { -bit });
            }
            next <<= 1;
            set &= set - 1;
        }
    }
}
