//! The three patterns of DeepSeek-V3, each applied to what the one before it has cut, in one pass.

use crate::pattern_scan::{Scan, White};
use crate::unicode::{LETTER, LOWER, NUMBER, SIGN, SPACE, UPPER};

/// The patterns.
pub const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    "[一-龥\u{3040}-ゟ゠-ヿ]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
];

/// `\p{L}` and `\p{M}`.
const LETTERS: u8 = UPPER | LOWER;

/// End of the piece that starts at `start`.
pub fn deepseek(scan: &Scan<'_>, start: usize) -> usize {
    let (class, _) = scan.at(start);
    if class & NUMBER != 0 {
        return scan.at_most(start, 3, NUMBER);
    }
    if is_ideograph(scan.code_at(start).0) {
        let mut end = start;
        loop {
            let (code, length) = scan.code_at(end);
            if length == 0 || !is_ideograph(code) {
                return end;
            }
            end += length;
        }
    }
    let mut at = start;
    loop {
        let end = matched(scan, at);
        if end > at {
            // What comes before the match is a piece by itself.
            return if at > start { at } else { end };
        }
        let (_, length) = see(scan, at);
        if length == 0 {
            return at;
        }
        at += length;
    }
}

/// The characters of the second pattern.
fn is_ideograph(code: usize) -> bool {
    matches!(code, 0x4e00..=0x9fa5 | 0x3040..=0x30ff)
}

/// Class bits and length of a character; `(0, 0)` where the first two patterns cut, which is the end for the third.
fn see(scan: &Scan<'_>, at: usize) -> (u8, usize) {
    let (class, length) = scan.at(at);
    let is_cut = class & NUMBER != 0 || length == 3 && is_ideograph(scan.code_at(at).0);
    if is_cut { (0, 0) } else { (class, length) }
}

fn run(scan: &Scan<'_>, mut at: usize, good: u8) -> usize {
    loop {
        let (class, length) = see(scan, at);
        if class & good == 0 {
            return at;
        }
        at += length;
    }
}

/// End of the match of the third pattern at a place; the place itself if there is none.
fn matched(scan: &Scan<'_>, start: usize) -> usize {
    let byte = scan.byte(start);
    if byte.is_ascii_punctuation() {
        let end = scan.ascii_letters(start + 1, true);
        if end > start + 1 {
            return end;
        }
    }
    let (class, length) = see(scan, start);
    if class & LETTER != 0 {
        return run(scan, start, LETTERS);
    }
    if !matches!(byte, b'\r' | b'\n') && class & SIGN == 0 {
        let (next, _) = see(scan, start + length);
        if length > 0 && next & LETTERS != 0 {
            return run(scan, start + length, LETTERS);
        }
        if class & LETTERS != 0 {
            return run(scan, start, LETTERS);
        }
    }
    let body = start + usize::from(byte == b' ');
    let mut end = run(scan, body, SIGN);
    if end > body {
        while matches!(scan.byte(end), b'\r' | b'\n') {
            end += 1;
        }
        return end;
    }
    if class & SPACE == 0 {
        return start;
    }
    let White {
        end,
        last,
        after_break,
    } = scan.white(start);
    if after_break > 0 {
        after_break
    } else if last == start || see(scan, end).1 == 0 {
        end
    } else {
        last
    }
}
