//! Pieces of ASCII, which their first two bytes tell apart: most of most texts.

use crate::pattern_scan::Scan;

/// Kinds of bytes. Letters come first.
const SMALL: u8 = 0;
const CAPITAL: u8 = 1;
const DIGIT: u8 = 2;
const BLANK: u8 = 3;
/// White space but the blank and line breaks.
const WHITE: u8 = 4;
const BREAK: u8 = 5;
const SIGN: u8 = 6;
/// Part of a character that is not ASCII, or the end of the text.
const OTHER: u8 = 7;

/// What begins with two bytes.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// A word, maybe behind one other character.
    Word,
    Digits,
    /// Signs, maybe behind a blank.
    Signs,
    Whites,
    /// One character that is a piece.
    Alone,
    /// More must be known.
    Unclear,
}

static KINDS: [u8; 256] = kinds();
static STARTS: [[Start; 8]; 8] = starts();

const fn kinds() -> [u8; 256] {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 0x80 {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            b'0'..=b'9' => DIGIT,
            b' ' => BLANK,
            b'\t' | 0xb | 0xc => WHITE,
            b'\r' | b'\n' => BREAK,
            _ => SIGN,
        };
        byte += 1u8;
    }
    kinds
}

const fn starts() -> [[Start; 8]; 8] {
    let mut starts = [[Start::Unclear; 8]; 8];
    let mut first = 0;
    while first < OTHER {
        let mut second = 0;
        while second <= OTHER {
            starts[first as usize][second as usize] = match (first, second) {
                (SMALL | CAPITAL, _) => Start::Word,
                (DIGIT, _) => Start::Digits,
                (BREAK, _) => Start::Whites,
                (_, OTHER) => Start::Unclear,
                (_, SMALL | CAPITAL) => Start::Word,
                (SIGN, SIGN | BREAK) | (BLANK, SIGN) => Start::Signs,
                (BLANK | WHITE, BLANK | WHITE | BREAK) => Start::Whites,
                _ => Start::Alone,
            };
            second += 1;
        }
        first += 1;
    }
    starts
}

/// How the patterns differ, which are made alike otherwise.
pub struct Rules<W> {
    /// Longest run of digits.
    pub digits: u32,
    /// Whether slashes may stand among the line breaks behind signs.
    pub slashes: bool,
    /// End of the word whose first letter is at a place; 0 if that hangs on what is not ASCII.
    pub word: W,
}

/// End of the piece that starts at a place; 0 if that hangs on what is not ASCII.
#[inline(always)]
pub fn ascii(scan: &Scan<'_>, start: usize, rules: Rules<impl Fn(usize) -> usize>) -> usize {
    let kind = |at: usize| match scan.bytes.get(at) {
        Some(&byte) => KINDS[usize::from(byte)] & 7,
        None => OTHER,
    };
    let (first, second) = (kind(start), kind(start + 1));
    match STARTS[usize::from(first)][usize::from(second)] {
        Start::Word => (rules.word)(start + usize::from(first > CAPITAL)),
        Start::Alone => start + 1,
        Start::Signs => {
            let mut end = start + 1;
            while kind(end) == SIGN {
                end += 1;
            }
            if scan.byte(end) >= 0x80 {
                return 0;
            }
            while let byte = scan.byte(end)
                && (matches!(byte, b'\r' | b'\n') || rules.slashes && byte == b'/')
            {
                end += 1;
            }
            end
        }
        Start::Whites => scan.spaces_to_break(start),
        Start::Digits => {
            let most = start + rules.digits as usize;
            let mut end = start + 1;
            while end < most {
                match kind(end) {
                    DIGIT => end += 1,
                    OTHER if scan.byte(end) >= 0x80 => return 0,
                    _ => break,
                }
            }
            end
        }
        Start::Unclear => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::{Classes, LETTER, LOWER, NUMBER, SPACE, UPPER};

    #[test]
    fn kinds_are_what_the_classes_say() {
        for byte in 0..0x80u8 {
            let class = Classes::get().of(byte as char);
            let letter = LETTER | UPPER | LOWER;
            let want = match byte {
                _ if class & letter == LETTER | LOWER => SMALL,
                _ if class & letter == LETTER | UPPER => CAPITAL,
                _ if class & NUMBER != 0 => DIGIT,
                b'\r' | b'\n' => BREAK,
                b' ' => BLANK,
                _ if class & SPACE != 0 => WHITE,
                _ => SIGN,
            };
            assert_eq!(KINDS[usize::from(byte)], want, "{byte}");
        }
    }
}
