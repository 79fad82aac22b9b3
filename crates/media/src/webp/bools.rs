//! The arithmetic decoder of VP8: one bit at a time, each of a stated probability.

/// Reads bits. Small enough to be worked on as a copy, which stays in registers.
#[derive(Clone, Copy)]
pub struct Bools<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bits that have been loaded; the upper ones have been taken off.
    value: u64,
    /// How many of them lie below the eight that are looked at next; below zero: too few have been loaded.
    bits: i32,
    /// Size of the interval less one, 127 to 254.
    range: u32,
    /// Whether a bit was asked for that lies behind the end.
    is_over: bool,
}

impl<'a> Bools<'a> {
    /// Reads all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            value: 0,
            bits: -8,
            range: 254,
            is_over: false,
        }
    }

    /// Whether more has been read than there is: the file is cut.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    #[inline(always)]
    fn load(&mut self) {
        if self.bits >= 0 {
            return;
        }
        if let Some(next) = self.bytes[self.at..].first_chunk::<8>() {
            self.value = self.value << 56 | u64::from_be_bytes(*next) >> 8;
            self.bits += 56;
            self.at += 7;
        } else {
            *self = self.loaded_slowly();
        }
    }

    #[cold]
    #[inline(never)]
    fn loaded_slowly(mut self) -> Self {
        match self.bytes.get(self.at) {
            Some(&byte) => {
                self.value = self.value << 8 | u64::from(byte);
                self.bits += 8;
                self.at += 1;
            }
            None if self.is_over => self.bits = 0,
            None => {
                self.value <<= 8;
                self.bits += 8;
                self.is_over = true;
            }
        }
        self
    }

    /// One bit, which is zero in `probability` of 256 cases.
    #[inline(always)]
    pub fn bit(&mut self, probability: u8) -> bool {
        self.load();
        let split = (self.range * u32::from(probability)) >> 8;
        let value = (self.value >> self.bits) as u32;
        let bit = value > split;
        let size = if bit {
            self.value -= u64::from(split + 1) << self.bits;
            self.range - split
        } else {
            split + 1
        };
        let shift = size.leading_zeros() - 24;
        self.range = (size << shift) - 1;
        self.bits -= shift as i32;
        bit
    }

    /// One bit that is as often zero as not.
    pub fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// Gives `value` the sign that one bit says; never the first bit, of which the interval is larger than it ever is again.
    #[inline(always)]
    pub fn with_sign(&mut self, value: i32) -> i32 {
        self.load();
        let split = self.range >> 1;
        let next = (self.value >> self.bits) as u32;
        // All ones if the bit is set.
        let mask = (split.wrapping_sub(next) as i32) >> 31;
        self.value -= u64::from((split + 1) & mask as u32) << self.bits;
        self.range = self.range.wrapping_add(mask as u32) | 1;
        self.bits -= 1;
        (value ^ mask) - mask
    }

    /// An unsigned number of `size` bits.
    pub fn number(&mut self, size: u32) -> u32 {
        (0..size).fold(0, |number, _| number << 1 | u32::from(self.flag()))
    }

    /// A number of `size` bits and its sign, if a flag says that it is there.
    pub fn optional(&mut self, size: u32) -> Option<i32> {
        self.flag().then(|| {
            let size = self.number(size) as i32;
            if self.flag() { -size } else { size }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The encoder of the format's specification, bit by bit.
    fn encode(bits: &[(bool, u8)]) -> Vec<u8> {
        let (mut bytes, mut range, mut bottom, mut left) = (Vec::<u8>::new(), 255u32, 0u32, 24);
        for &(bit, probability) in bits.iter().chain(&[(false, 128); 32]) {
            let split = 1 + (((range - 1) * u32::from(probability)) >> 8);
            if bit {
                bottom += split;
                range -= split;
            } else {
                range = split;
            }
            while range < 128 {
                if bottom >> 31 == 1 {
                    // Carry.
                    for byte in bytes.iter_mut().rev() {
                        *byte = byte.wrapping_add(1);
                        if *byte != 0 {
                            break;
                        }
                    }
                }
                (range, bottom, left) = (range << 1, bottom << 1, left - 1);
                if left == 0 {
                    bytes.push((bottom >> 24) as u8);
                    (bottom, left) = (bottom & 0xff_ffff, 8);
                }
            }
        }
        bytes
    }

    #[test]
    fn bits_are_those_that_were_written() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let length = rng.usize(..400);
            let bits: Vec<(bool, u8)> = (0..length)
                .map(|_| {
                    let probability = [rng.u8(1..), 128][rng.usize(..2)];
                    (rng.u8(..) >= probability, probability)
                })
                .collect();
            let bytes = encode(&bits);
            let mut bools = Bools::new(&bytes);
            for (at, &(bit, probability)) in bits.iter().enumerate() {
                let got = match probability {
                    128 if at % 2 == 1 => bools.with_sign(1) < 0,
                    _ => bools.bit(probability),
                };
                assert_eq!(got, bit, "bit {at} of {length}");
            }
            assert!(!bools.is_over());
            for _ in 0..80 {
                bools.flag();
            }
            assert!(bools.is_over());
        }
    }
}
