//! Bits of a lossless bitstream, the lowest of each byte first.

use super::super::Broken;

/// Reads bits. Small enough to be worked on as a copy, which stays in registers.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the bottom.
    bits: u64,
    /// How many there are.
    count: u32,
    /// How many of them are zeros that stand behind the end.
    beyond: u32,
}

impl<'a> Bits<'a> {
    /// Reads all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            bits: 0,
            count: 0,
            beyond: 0,
        }
    }

    /// Sees to it that there are 56 bits.
    #[inline(always)]
    pub fn fill(&mut self) {
        if let Some(next) = self.bytes[self.at..].first_chunk::<8>() {
            self.bits |= u64::from_le_bytes(*next) << self.count;
            let taken = (63 - self.count) >> 3;
            self.at += taken as usize;
            self.count += 8 * taken;
            // What lies above the counted bits will be written again.
            self.bits &= u64::MAX >> (64 - self.count);
        } else {
            *self = self.filled_slowly();
        }
    }

    #[cold]
    #[inline(never)]
    fn filled_slowly(mut self) -> Self {
        while self.count <= 55 {
            match self.bytes.get(self.at) {
                Some(&byte) => {
                    self.bits |= u64::from(byte) << self.count;
                    self.at += 1;
                }
                None => self.beyond = self.beyond.saturating_add(8),
            }
            self.count += 8;
        }
        self
    }

    /// The next sixteen bits, of which there are as many.
    #[inline(always)]
    pub fn peek(&self) -> u16 {
        self.bits as u16
    }

    /// Goes on by bits that have been peeked at.
    #[inline(always)]
    pub fn skip(&mut self, bits: u32) {
        self.bits >>= bits;
        self.count -= bits;
    }

    /// The next bits, of which there are as many.
    #[inline(always)]
    pub fn take(&mut self, size: u32) -> u32 {
        let value = self.bits & ((1 << size) - 1);
        self.skip(size);
        value as u32
    }

    /// Up to 24 bits.
    pub fn number(&mut self, size: u32) -> Result<u32, Broken> {
        self.fill();
        let number = self.take(size);
        self.check()?;
        Ok(number)
    }

    /// One bit.
    pub fn flag(&mut self) -> Result<bool, Broken> {
        Ok(self.number(1)? == 1)
    }

    /// An error if bits have been taken that are not there.
    #[inline(always)]
    pub fn check(&self) -> Result<(), Broken> {
        if self.count < self.beyond {
            return Err(Broken);
        }
        Ok(())
    }
}
