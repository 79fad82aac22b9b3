//! Class bits of characters, in one table read.

use std::sync::OnceLock;

use crate::unicode_tables::RANGES;
pub use crate::unicode_tables::{LETTER, LOWER, NUMBER, SIGN, SPACE, UPPER, WORD};

/// Code points of at most three bytes are below this.
const LOW: usize = 0x1_0000;

/// A byte for each code point.
pub struct ByteTable {
    /// Of those of at most three bytes, which are nearly all that is asked for: one read each.
    low: Box<[u8; LOW]>,
    /// Of the others by blocks of 256, equal ones kept once, end to end.
    blocks: Vec<u8>,
    /// Number of the block of each 256 of the others.
    index: [u8; 0x1000],
}

impl ByteTable {
    /// Builds the table from what `fill` writes into a flat one.
    pub fn new(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut flat = vec![0u8; 0x11_0000];
        fill(&mut flat);
        let mut low = Box::new([0; LOW]);
        low.copy_from_slice(&flat[..LOW]);
        let mut blocks: Vec<u8> = Vec::new();
        let mut index = [0; 0x1000];
        for (entry, chunk) in index.iter_mut().zip(flat[LOW..].chunks_exact(256)) {
            let found = blocks.chunks_exact(256).position(|block| block == chunk);
            let at = found.unwrap_or_else(|| {
                blocks.extend_from_slice(chunk);
                blocks.len() / 256 - 1
            });
            *entry = u8::try_from(at).expect("Unicode 17 has fewer than 256 different blocks");
        }
        Self { low, blocks, index }
    }

    /// The byte of a code point.
    #[inline]
    pub fn of_code(&self, code: usize) -> u8 {
        match self.low.get(code) {
            Some(&byte) => byte,
            None => {
                let block = self.index.get((code - LOW) >> 8).copied().unwrap_or(0);
                self.blocks[usize::from(block) << 8 | code & 255]
            }
        }
    }

    /// The byte, and the length in bytes, of the character that starts at byte `at` of a text; `(0, 0)` at the end.
    #[inline(always)]
    pub fn at(&self, text: &[u8], at: usize) -> (u8, usize) {
        // Four bytes at once, but at the end of the text.
        let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<4>) else {
            return self.at_end(text, at);
        };
        let word = u32::from_le_bytes(*chunk) as usize;
        let (code, length) = match word & 0x80 {
            0 => (word & 0x7f, 1),
            _ => decode_word(word),
        };
        (self.of_code(code), length)
    }

    /// As [`Self::at`] where less than four bytes are left.
    #[inline(never)]
    fn at_end(&self, text: &[u8], at: usize) -> (u8, usize) {
        let (code, length) = match text.get(at) {
            None => return (0, 0),
            Some(&byte) if byte < 0x80 => (usize::from(byte), 1),
            Some(_) => decode(text, at),
        };
        (self.of_code(code), length)
    }
}

/// Class bits of all code points.
pub struct Classes(ByteTable);

impl Classes {
    /// The one table, built on first use.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<Classes> = OnceLock::new();
        TABLE.get_or_init(Self::build)
    }

    fn build() -> Self {
        Self(ByteTable::new(|flat| {
            for (position, &(first, bits)) in RANGES.iter().enumerate() {
                let end = RANGES.get(position + 1).map_or(0x11_0000, |next| next.0);
                flat[first as usize..end as usize].fill(bits);
            }
        }))
    }

    /// Class bits of one character.
    #[inline]
    pub fn of(&self, c: char) -> u8 {
        self.0.of_code(c as usize)
    }

    /// Class bits and length in bytes of the character that starts at byte `at` of a text; `(0, 0)` at the end.
    #[inline(always)]
    pub fn at(&self, text: &[u8], at: usize) -> (u8, usize) {
        self.0.at(text, at)
    }

    /// Whether the character is white space.
    #[inline]
    pub fn is_space(&self, c: char) -> bool {
        self.of(c) & SPACE != 0
    }

    /// Whether the character is part of a word (`\w`).
    #[inline]
    pub fn is_word(&self, c: char) -> bool {
        self.of(c) & WORD != 0
    }
}

/// Code point and length of the character that starts at `at`, which is not ASCII.
#[inline]
pub fn decode(text: &[u8], at: usize) -> (usize, usize) {
    // Four bytes at once, but at the end of the text.
    let word = match text.get(at..).and_then(<[u8]>::first_chunk::<4>) {
        Some(chunk) => u32::from_le_bytes(*chunk) as usize,
        None => {
            let byte = |offset: usize| usize::from(text.get(at + offset).copied().unwrap_or(0));
            byte(0) | byte(1) << 8 | byte(2) << 16
        }
    };
    decode_word(word)
}

/// Code point and length of the character with which four bytes begin, the first of them at the bottom; it is not ASCII.
#[inline(always)]
fn decode_word(word: usize) -> (usize, usize) {
    let bits = |offset: usize| word >> (8 * offset) & 0x3f;
    if word & 0x20 == 0 {
        ((word & 0x1f) << 6 | bits(1), 2)
    } else if word & 0x10 == 0 {
        ((word & 0xf) << 12 | bits(1) << 6 | bits(2), 3)
    } else {
        let code = (word & 7) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
        (code, 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_the_awkward_characters() {
        let classes = Classes::get();
        assert!(classes.is_space('\u{85}') && classes.is_space('\u{3000}'));
        for c in ['\u{feff}', '\u{180e}', '\u{200b}'] {
            assert!(!classes.is_space(c), "{c:?} is no white space");
        }
        assert_eq!(
            classes.of('\u{212a}') & (LETTER | UPPER | LOWER),
            LETTER | UPPER
        );
        assert_eq!(
            classes.of('\u{301}') & (LETTER | UPPER | LOWER),
            UPPER | LOWER
        );
        assert_eq!(classes.of('²') & NUMBER, NUMBER);
        assert_eq!(classes.at(b"", 0), (0, 0));
    }

    #[test]
    fn every_character_is_read_from_its_bytes() {
        let classes = Classes::get();
        for c in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            assert_eq!(classes.at(bytes, 0), (classes.of(c), c.len_utf8()));
        }
    }

    #[test]
    fn agrees_with_the_standard_library_on_ascii() {
        let classes = Classes::get();
        for byte in 0..128u8 {
            let c = byte as char;
            assert_eq!(classes.of(c) & LETTER != 0, c.is_alphabetic());
            assert_eq!(classes.of(c) & NUMBER != 0, c.is_numeric());
            assert_eq!(classes.is_space(c), c.is_whitespace());
        }
    }
}
