//! What the state machines of patterns are made of: runs of characters of a class.

use crate::unicode::{Classes, SPACE, decode};

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = ONES << 7;

/// A text and the classes of its characters.
pub struct Scan<'a> {
    pub classes: &'static Classes,
    pub bytes: &'a [u8],
}

/// A run of white space.
pub struct White {
    /// Byte after it.
    pub end: usize,
    /// Where its last character starts.
    pub last: usize,
    /// Byte after its last line break; 0 if it has none.
    pub after_break: usize,
}

/// For each of eight bytes its top bit, if the byte is none from `first` to `last`, which are ASCII.
#[inline]
fn outside(word: u64, first: u8, last: u8) -> u64 {
    let low = word & !TOPS;
    let not_below = low + ONES * u64::from(0x80 - first);
    let above = low + ONES * u64::from(0x7f - last);
    (!(not_below ^ above) | word) & TOPS
}

/// End of the run of ASCII small letters at a place of a text; with `any_case` of ASCII letters.
#[inline]
pub fn ascii_letters(bytes: &[u8], mut at: usize, any_case: bool) -> usize {
    let fold = if any_case { 0x20 } else { 0 };
    while let Some((chunk, _)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk) | (ONES * fold);
        let stops = outside(word, b'a', b'z');
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_letter = |&byte: &u8| (byte | fold as u8).is_ascii_lowercase();
    while bytes.get(at).is_some_and(is_letter) {
        at += 1;
    }
    at
}

impl<'a> Scan<'a> {
    /// Reads a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            classes: Classes::get(),
            bytes: text.as_bytes(),
        }
    }

    /// A byte; 0 at the end.
    #[inline]
    pub fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Class bits and length of the character at a place; `(0, 0)` at the end.
    #[inline]
    pub fn at(&self, at: usize) -> (u8, usize) {
        self.classes.at(self.bytes, at)
    }

    /// Code point and length of the character at a place; `(0, 0)` at the end.
    #[inline]
    pub fn code_at(&self, at: usize) -> (usize, usize) {
        match self.bytes.get(at) {
            None => (0, 0),
            Some(&byte) if byte < 0x80 => (usize::from(byte), 1),
            Some(_) => decode(self.bytes, at),
        }
    }

    /// End of the run of characters whose class bits are good.
    #[inline]
    pub fn run(&self, mut at: usize, good: impl Fn(u8) -> bool) -> usize {
        loop {
            let (class, length) = self.at(at);
            if length == 0 || !good(class) {
                return at;
            }
            at += length;
        }
    }

    /// As [`ascii_letters`].
    #[inline]
    pub fn ascii_letters(&self, at: usize, any_case: bool) -> usize {
        ascii_letters(self.bytes, at, any_case)
    }

    /// End of the run of characters that have any class bit of `letters`, which all ASCII letters must have and no other
    /// ASCII character.
    #[inline]
    pub fn letters(&self, mut at: usize, letters: u8) -> usize {
        loop {
            if self.byte(at) < 0x80 {
                at = self.ascii_letters(at, true);
                if self.byte(at) < 0x80 {
                    return at;
                }
            }
            let (class, length) = self.at(at);
            if class & letters == 0 {
                return at;
            }
            at += length;
        }
    }

    /// Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `at`; 0 if none is there.
    #[inline]
    pub fn contraction(&self, at: usize, any_case: bool) -> usize {
        if self.byte(at) != b'\'' {
            return 0;
        }
        let letter = |offset: usize| {
            let byte = self.byte(at + offset);
            if any_case {
                byte.to_ascii_lowercase()
            } else {
                byte
            }
        };
        match (letter(1), letter(2)) {
            (b's' | b't' | b'm' | b'd', _) => 2,
            (b'r' | b'v', b'e') | (b'l', b'l') => 3,
            // The long s, which folds to s.
            (0xc5, 0xbf) if any_case => 3,
            _ => 0,
        }
    }

    /// The run of white space at a place.
    #[inline]
    pub fn white(&self, start: usize) -> White {
        let (mut end, mut last, mut after_break) = (start, start, 0);
        loop {
            if let Some((chunk, _)) = self
                .bytes
                .get(end..)
                .and_then(<[u8]>::split_first_chunk::<8>)
            {
                let others = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b' '));
                let blanks = (others.trailing_zeros() / 8) as usize;
                if blanks > 0 {
                    end += blanks;
                    last = end - 1;
                    continue;
                }
            }
            let (class, length) = self.at(end);
            if class & SPACE == 0 {
                break;
            }
            last = end;
            end += length;
            if matches!(self.byte(last), b'\r' | b'\n') {
                after_break = end;
            }
        }
        White {
            end,
            last,
            after_break,
        }
    }

    /// `\s+(?!\S)|\s+` at a run of white space: the last character is left to what follows, unless it is the only one.
    #[inline]
    pub fn spaces(&self, start: usize) -> usize {
        let White { end, last, .. } = self.white(start);
        if end == self.bytes.len() || last == start {
            end
        } else {
            last
        }
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`.
    #[inline]
    pub fn spaces_to_break(&self, start: usize) -> usize {
        let White {
            end,
            last,
            after_break,
        } = self.white(start);
        if after_break > 0 {
            after_break
        } else if end == self.bytes.len() || last == start {
            end
        } else {
            last
        }
    }

    /// End of at most so many characters with any class bit of `class`.
    #[inline]
    pub fn at_most(&self, start: usize, most: u32, class: u8) -> usize {
        let mut end = start;
        for _ in 0..most {
            let (found, length) = self.at(end);
            if found & class == 0 {
                break;
            }
            end += length;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::LETTER;

    #[test]
    fn eight_bytes_at_once_are_as_one_by_one() {
        for byte in 0..=255u8 {
            for place in 0..8 {
                let mut bytes = *b"amzqbyca";
                bytes[place] = byte;
                let stops = outside(u64::from_le_bytes(bytes), b'a', b'z');
                let want = if byte.is_ascii_lowercase() {
                    0
                } else {
                    0x80 << (8 * place)
                };
                assert_eq!(stops, want, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn runs_end_where_they_should() {
        let text = "abcdefghijKLMNOPéÅ漢z1 \u{3000}\r\n\t x";
        let scan = Scan::new(text);
        assert_eq!(scan.ascii_letters(0, false), 10);
        assert_eq!(scan.ascii_letters(0, true), 16);
        assert_eq!(scan.letters(0, LETTER), 24);
        let white = scan.white(25);
        assert_eq!((white.end, white.last, white.after_break), (33, 32, 31));
        assert_eq!(
            (scan.spaces(25), scan.spaces_to_break(25), scan.spaces(32)),
            (32, 31, 33)
        );
    }
}
