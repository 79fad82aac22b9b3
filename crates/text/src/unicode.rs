//! Class bits of characters, in two table reads.

use std::sync::OnceLock;

use crate::unicode_tables::RANGES;
pub use crate::unicode_tables::{LETTER, LOWER, NUMBER, SPACE, UPPER, WORD};

/// Two-level table over all code points: 256 code points a block, equal blocks kept once.
pub struct Classes {
    ascii: [u8; 128],
    blocks: Vec<[u8; 256]>,
    index: Vec<u8>,
}

impl Classes {
    /// The one table, built on first use.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<Classes> = OnceLock::new();
        TABLE.get_or_init(Self::build)
    }

    fn build() -> Self {
        let mut flat = vec![0u8; 0x11_0000];
        for (position, &(first, bits)) in RANGES.iter().enumerate() {
            let end = RANGES.get(position + 1).map_or(0x11_0000, |next| next.0);
            flat[first as usize..end as usize].fill(bits);
        }
        let mut blocks: Vec<[u8; 256]> = Vec::new();
        let mut index = Vec::with_capacity(0x1100);
        for chunk in flat.chunks_exact(256) {
            let found = blocks.iter().position(|block| block == chunk);
            let at = found.unwrap_or_else(|| {
                let mut block = [0u8; 256];
                block.copy_from_slice(chunk);
                blocks.push(block);
                blocks.len() - 1
            });
            index.push(u8::try_from(at).expect("Unicode 17 has fewer than 256 different blocks"));
        }
        let mut ascii = [0; 128];
        ascii.copy_from_slice(&flat[..128]);
        Self {
            ascii,
            blocks,
            index,
        }
    }

    /// Class bits of one character.
    #[inline]
    pub fn of(&self, c: char) -> u8 {
        let code = c as usize;
        self.blocks[self.index[code >> 8] as usize][code & 255]
    }

    /// Class bits and length in bytes of the character that starts at `at`; `(0, 0)` at the end.
    #[inline]
    pub fn at(&self, text: &str, at: usize) -> (u8, usize) {
        match text.as_bytes().get(at) {
            None => (0, 0),
            Some(&byte) if byte < 0x80 => (self.ascii[byte as usize], 1),
            Some(_) => match text[at..].chars().next() {
                Some(c) => (self.of(c), c.len_utf8()),
                None => (0, 0),
            },
        }
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
        assert_eq!(classes.at("", 0), (0, 0));
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
