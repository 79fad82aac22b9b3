//! Prefix codes of a lossless bitstream.

use super::super::Broken;
use super::bits::Bits;

/// Bits that one look decodes.
const LOOK: u32 = 9;
/// Bits of the longest code.
const LONGEST: usize = 15;
/// Symbols that stand for lengths of codes, in the order in which their own lengths are given.
const LENGTH_ORDER: [u8; 19] = [
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

/// A code: how bits become symbols, below 4096.
#[derive(Default)]
pub struct Code {
    /// For the next bits, as many as the longest code has but at most [`LOOK`]: the symbol times 16, and the length of its
    /// code; a length of 0: a longer code. One entry: the only symbol, which takes no bit.
    short: Box<[u16]>,
    /// What longer codes need.
    long: Option<Box<Long>>,
}

/// Codes longer than one look.
struct Long {
    /// For each length: the first code that is longer, aligned to 16 bits.
    limits: [u32; LONGEST + 1],
    /// For each length: what, added to a code, gives the place of its symbol.
    offsets: [i32; LONGEST + 1],
    symbols: Box<[u16]>,
}

impl Code {
    /// Makes the code of symbols that have codes of these lengths; none has one where the length is 0.
    fn new(lengths: &[u8]) -> Result<Self, Broken> {
        let mut counts = [0u32; LONGEST + 1];
        for &length in lengths {
            counts[usize::from(length)] += 1;
        }
        counts[0] = 0;
        let used = counts.iter().sum::<u32>();
        let longest = counts.iter().rposition(|&count| count > 0).ok_or(Broken)?;
        if used == 1 {
            let only = lengths.iter().position(|&length| length > 0);
            return Ok(Self {
                short: Box::new([(only.unwrap_or(0) as u16) << 4]),
                long: None,
            });
        }
        let mut limits = [0; LONGEST + 1];
        let mut offsets = [0; LONGEST + 1];
        let mut places = [0; LONGEST + 1];
        let (mut code, mut place) = (0u32, 0u32);
        for length in 1..=LONGEST {
            offsets[length] = place as i32 - code as i32;
            places[length] = place;
            (code, place) = (code + counts[length], place + counts[length]);
            if code > 1 << length {
                return Err(Broken);
            }
            limits[length] = code << (16 - length);
            code <<= 1;
        }
        // Every run of bits must be a code.
        if limits[LONGEST] != 1 << 16 {
            return Err(Broken);
        }
        let mut symbols = vec![0u16; used as usize];
        for (symbol, &length) in lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| **length > 0)
        {
            let place = &mut places[usize::from(length)];
            symbols[*place as usize] = symbol as u16;
            *place += 1;
        }
        let look = LOOK.min(longest as u32);
        let mut short = vec![0u16; 1 << look].into_boxed_slice();
        let (mut code, mut place) = (0u32, 0);
        for length in 1..=look {
            for _ in 0..counts[length as usize] {
                let first = (code as u16).reverse_bits() >> (16 - length);
                for at in (usize::from(first)..short.len()).step_by(1 << length) {
                    short[at] = symbols[place] << 4 | length as u16;
                }
                (code, place) = (code + 1, place + 1);
            }
            code <<= 1;
        }
        let long = (longest as u32 > look).then(|| {
            Box::new(Long {
                limits,
                offsets,
                symbols: symbols.into_boxed_slice(),
            })
        });
        Ok(Self { short, long })
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        let long = self.long.as_ref();
        size_of::<Self>()
            + size_of_val(&*self.short)
            + long.map_or(0, |long| size_of::<Long>() + size_of_val(&*long.symbols))
    }

    /// The only symbol, which takes no bit.
    pub fn only(&self) -> Option<u16> {
        (self.short.len() == 1).then(|| self.short[0] >> 4)
    }

    /// The next symbol, of at least 15 bits.
    #[inline(always)]
    pub fn read(&self, bits: &mut Bits<'_>) -> u16 {
        let next = bits.peek();
        let entry = self.short[usize::from(next) & (self.short.len() - 1)];
        if entry & 15 > 0 || self.long.is_none() {
            bits.skip(u32::from(entry) & 15);
            return entry >> 4;
        }
        let (symbol, length) = self.look_longer(next);
        bits.skip(length);
        symbol
    }

    #[inline(never)]
    fn look_longer(&self, next: u16) -> (u16, u32) {
        let Some(long) = &self.long else {
            return (0, 0);
        };
        let next = u32::from(next.reverse_bits());
        let length = (LOOK as usize + 1..LONGEST)
            .find(|&length| next < long.limits[length])
            .unwrap_or(LONGEST);
        let place = (next >> (16 - length)) as i32 + long.offsets[length];
        let symbol = long.symbols.get(place as usize).copied();
        (symbol.unwrap_or(0), length as u32)
    }
}

/// Reads the code of an alphabet. `lengths` is only a place to work in, of at least as many entries as there are symbols,
/// and at least 256.
pub fn read(bits: &mut Bits<'_>, alphabet: usize, lengths: &mut [u8]) -> Result<Code, Broken> {
    lengths.fill(0);
    if bits.flag()? {
        let has_two = bits.flag()?;
        let size = if bits.flag()? { 8 } else { 1 };
        lengths[bits.number(size)? as usize] = 1;
        if has_two {
            lengths[bits.number(8)? as usize] = 1;
        }
    } else {
        let mut of_lengths = [0; 19];
        let given = 4 + bits.number(4)? as usize;
        for &symbol in &LENGTH_ORDER[..given] {
            of_lengths[usize::from(symbol)] = bits.number(3)? as u8;
        }
        let code = Code::new(&of_lengths)?;
        read_lengths(bits, &code, &mut lengths[..alphabet])?;
    }
    Code::new(&lengths[..alphabet])
}

fn read_lengths(bits: &mut Bits<'_>, code: &Code, lengths: &mut [u8]) -> Result<(), Broken> {
    let mut left = lengths.len();
    if bits.flag()? {
        let size = 2 + 2 * bits.number(3)?;
        left = 2 + bits.number(size)? as usize;
        if left > lengths.len() {
            return Err(Broken);
        }
    }
    let (mut at, mut last) = (0, 8);
    while at < lengths.len() && left > 0 {
        left -= 1;
        bits.fill();
        let symbol = code.read(bits) as u8;
        let (repeated, times) = match symbol {
            0..16 => (symbol, 1),
            16 => (last, 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            _ => (0, 11 + bits.take(7)),
        };
        bits.check()?;
        if symbol < 16 && symbol > 0 {
            last = symbol;
        }
        let end = at + times as usize;
        lengths.get_mut(at..end).ok_or(Broken)?.fill(repeated);
        at = end;
    }
    Ok(())
}
