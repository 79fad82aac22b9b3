//! Bits of an entropy-coded segment, and Huffman codes. What is damaged is read as libjpeg reads it: zeros behind the end, a
//! code that is none as the symbol 0.

use super::broken::Broken;
use super::segment::next_marker;

/// Bits that one look decodes.
const LOOK: u32 = 10;

/// A Huffman table.
pub struct Codes {
    /// For the next [`LOOK`] bits: the symbol, and in the lower byte the length of its code; 0: a longer code.
    short: Box<[u16; 1 << LOOK]>,
    /// For the next [`LOOK`] bits, where a code and the bits of its value fit: the value, 16 bits, the zeros in front of it, 8,
    /// and the bits of both; 0: they do not.
    values: Box<[i32; 1 << LOOK]>,
    /// For each length: the first code that is longer, aligned to 16 bits.
    limits: [u32; 18],
    /// For each length: what, added to a code, gives the place of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

/// A table that the codes of no tree fit.
const NO_TABLE: Broken = Broken::Found("a Huffman table with too many codes");

/// Bits that are taken for a code that is none.
const NO_CODE: u32 = 17;

impl Codes {
    /// Builds the table of a DHT segment: the number of codes of each length, and their symbols.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Broken> {
        let mut codes = Self {
            short: Box::new([0; 1 << LOOK]),
            values: Box::new([0; 1 << LOOK]),
            limits: [0; 18],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16u32 {
            codes.offsets[length as usize] = place as i32 - code as i32;
            for _ in 0..counts[length as usize - 1] {
                let &symbol = symbols.get(place).ok_or(NO_TABLE)?;
                // A code of ones alone is not allowed.
                if code + 1 >= 1 << length {
                    return Err(NO_TABLE);
                }
                if length <= LOOK {
                    codes.fill(code, length, symbol);
                }
                (code, place) = (code + 1, place + 1);
            }
            codes.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        codes.limits[17] = u32::MAX;
        Ok(codes)
    }

    /// Whether the symbols are numbers of bits, as those of first coefficients must be.
    pub fn has_sizes(&self) -> bool {
        self.symbols.iter().all(|&symbol| symbol < 16)
    }

    fn fill(&mut self, code: u32, length: u32, symbol: u8) {
        let spare = LOOK - length;
        let (zeros, size) = (i32::from(symbol >> 4), u32::from(symbol & 15));
        for rest in 0..1u32 << spare {
            let at = ((code << spare) | rest) as usize;
            self.short[at] = (u16::from(symbol) << 8) | length as u16;
            if size > 0 && size <= spare {
                let value = extend(rest >> (spare - size), size);
                self.values[at] = (value << 16) | (zeros << 8) | (length + size) as i32;
            }
        }
    }
}

/// The number that `size` bits stand for: half of them are negative.
#[inline(always)]
fn extend(bits: u32, size: u32) -> i32 {
    let (bits, size) = (bits as i32, size as i32);
    // All ones if the first bit is not set.
    let negative = (bits >> (size - 1)) - 1;
    bits + (negative & (1 - (1 << size)))
}

/// Reads bits up to a marker, and zeros behind it. Small enough to be worked on as a copy, which stays in registers.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the top.
    bits: u64,
    /// How many there are.
    count: u32,
    /// How many of them are zeros that stand behind the segment.
    beyond: u32,
}

impl<'a> Bits<'a> {
    /// Reads from `at` on.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            bits: 0,
            count: 0,
            beyond: 0,
        }
    }

    /// Sees to it that there are so many bits, 56 at most.
    #[inline(always)]
    fn fill(&mut self, wanted: u32) {
        if self.count >= wanted {
            return;
        }
        if let Some(next) = self.bytes[self.at..].first_chunk::<8>() {
            let next = u64::from_be_bytes(*next);
            let inverse = !next;
            let has_ff = inverse.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080;
            if has_ff == 0 {
                self.bits |= next >> self.count;
                let taken = (63 - self.count) >> 3;
                self.at += taken as usize;
                self.count += 8 * taken;
                // What lies below the counted bits will be written again.
                self.bits &= u64::MAX << (64 - self.count);
                return;
            }
        }
        *self = self.filled_slowly();
    }

    #[cold]
    #[inline(never)]
    fn filled_slowly(mut self) -> Self {
        while self.count <= 56 {
            // Behind the end there is no need to look again.
            let rest = match self.beyond {
                0 => &self.bytes[self.at..],
                _ => &[],
            };
            // Several of these in front of a zero are one byte.
            let fills = rest.iter().take_while(|&&byte| byte == 0xff).count();
            let byte = match rest.get(fills) {
                Some(&byte) if fills == 0 => {
                    self.at += 1;
                    byte
                }
                Some(0) => {
                    self.at += fills + 1;
                    0xff
                }
                _ => {
                    self.beyond = self.beyond.saturating_add(8);
                    0
                }
            };
            self.bits |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.bits <<= bits;
        self.count -= bits;
    }

    /// The next `size` bits, of which there are as many; at least one.
    #[inline(always)]
    fn take(&mut self, size: u32) -> u32 {
        let bits = (self.bits >> (64 - size)) as u32;
        self.skip(size);
        bits
    }

    /// One symbol, of at least 17 bits.
    #[inline(always)]
    fn symbol_of(&mut self, codes: &Codes) -> u8 {
        let short = codes.short[(self.bits >> (64 - LOOK)) as usize];
        if short > 0 {
            self.skip(u32::from(short) & 255);
            return (short >> 8) as u8;
        }
        let next = (self.bits >> 48) as u32;
        let length = (LOOK + 1..=16).find(|&length| next < codes.limits[length as usize]);
        self.skip(length.unwrap_or(NO_CODE));
        let symbol = length.and_then(|length| {
            let place = (next >> (16 - length)) as i32 + codes.offsets[length as usize];
            codes.symbols.get(place as usize).copied()
        });
        symbol.unwrap_or(0)
    }

    /// The next symbol.
    #[inline(always)]
    pub fn symbol(&mut self, codes: &Codes) -> u8 {
        self.fill(17);
        self.symbol_of(codes)
    }

    /// `size` bits as they are, at most 16.
    #[inline(always)]
    pub fn raw(&mut self, size: u32) -> u32 {
        if size == 0 {
            return 0;
        }
        self.fill(16);
        self.take(size)
    }

    /// One to 48 bits as they are.
    #[inline(always)]
    pub fn many(&mut self, size: u32) -> u64 {
        self.fill(48);
        let bits = self.bits >> (64 - size);
        self.skip(size);
        bits
    }

    /// The number that `size` bits stand for, at most 16.
    #[inline(always)]
    pub fn number(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        self.fill(16);
        extend(self.take(size), size)
    }

    /// A run of zeros and the value behind it, both of one code: `Ok((zeros, value))`; or a symbol without value.
    #[inline(always)]
    pub fn run_and_value(&mut self, codes: &Codes) -> Result<(usize, i16), u8> {
        self.fill(32);
        let packed = codes.values[(self.bits >> (64 - LOOK)) as usize];
        if packed != 0 {
            self.skip(packed as u32 & 255);
            return Ok(((packed >> 8) as usize & 255, (packed >> 16) as i16));
        }
        let symbol = self.symbol_of(codes);
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            return Err(symbol);
        }
        Ok((zeros, extend(self.take(size), size) as i16))
    }

    /// Whether bits have been taken that the segment does not have. An error if the file ends there without a marker.
    pub fn is_beyond(&self) -> Result<bool, Broken> {
        let is_beyond = self.count < self.beyond;
        if is_beyond && next_marker(self.bytes, self.at).is_none() {
            return Err(Broken::Cut);
        }
        Ok(is_beyond)
    }

    /// A place in front of the next marker, behind everything that has been taken.
    pub fn at(&self) -> usize {
        let left = self.count.saturating_sub(self.beyond) / 8;
        self.at.saturating_sub(left as usize)
    }
}
