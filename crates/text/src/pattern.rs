//! The well-known pre-tokenizer patterns as state machines.
//!
//! A machine is chosen by the exact text of the pattern. Each takes time proportional to the text, except that a run of white
//! space is looked at once for each piece cut from it, which is at most twice.

use crate::pattern_ascii::{Rules, ascii};
use crate::pattern_deepseek::{DEEPSEEK, deepseek};
use crate::pattern_scan::Scan;
use crate::unicode::{LETTER, LOWER, NUMBER, SPACE, UPPER};

/// The pattern of `ByteLevel` with `use_regex`, and of GPT-2.
pub const GPT2: &str =
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const KNOWN: [(&str, Machine); 8] = [
    (GPT2, Machine::Gpt2),
    // Llama 3.
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::Cl100k {
            digits: 3,
            letters: LETTER,
        },
    ),
    // Qwen2.
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::Cl100k {
            digits: 1,
            letters: LETTER,
        },
    ),
    // cl100k_base as it is published: other letters, the same matches.
    (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        Machine::Cl100k {
            digits: 3,
            letters: LETTER,
        },
    ),
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        Machine::Cl100k {
            digits: 3,
            letters: LETTER,
        },
    ),
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::O200k {
            digits: 3,
            contractions: true,
        },
    ),
    // Tekken, of Mistral.
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::O200k {
            digits: 1,
            contractions: false,
        },
    ),
    // Qwen3.5: marks count as letters.
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::Cl100k {
            digits: 1,
            letters: UPPER | LOWER,
        },
    ),
];

/// A pattern that matches everywhere, so that its matches lie end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// GPT-2.
    Gpt2,
    /// cl100k and its kin.
    Cl100k {
        /// Longest run of digits.
        digits: u32,
        /// Class bits of what words are made of.
        letters: u8,
    },
    /// o200k and its kin.
    O200k {
        /// Longest run of digits.
        digits: u32,
        /// Whether `'s` and the like belong to the word before.
        contractions: bool,
    },
    /// The three patterns of DeepSeek-V3, one after the other. What none of them matches is a piece too.
    DeepSeek,
}

impl Machine {
    /// The machine for patterns that are applied one after the other, if they are known; and for how many of them it is.
    pub fn known(patterns: &[&str]) -> Option<(Self, usize)> {
        // A line break may be written as it is or by its name.
        let same = |pattern: &str, known: &str| {
            pattern == known || pattern.replace('\r', "\\r").replace('\n', "\\n") == known
        };
        let first = patterns.first()?;
        if let Some((_, machine)) = KNOWN.iter().find(|(known, _)| same(first, known)) {
            return Some((*machine, 1));
        }
        let begins = patterns.get(..DEEPSEEK.len())?;
        let is_deepseek = begins
            .iter()
            .zip(DEEPSEEK)
            .all(|(one, known)| same(one, known));
        is_deepseek.then_some((Self::DeepSeek, DEEPSEEK.len()))
    }

    /// The patterns that have a machine of their own.
    #[cfg(test)]
    pub fn patterns() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(pattern, _)| *pattern)
    }

    /// Calls `sink` with start and end of every piece of a text, in order.
    #[inline]
    pub fn each(self, text: &str, sink: impl FnMut(usize, usize)) {
        let scan = Scan::new(text);
        match self {
            Self::Gpt2 => each(&scan, sink, gpt2),
            Self::Cl100k { digits, letters } => {
                each(&scan, sink, |scan, at| cl100k(scan, at, digits, letters));
            }
            Self::O200k {
                digits,
                contractions,
            } => {
                each(&scan, sink, |scan, at| {
                    o200k(scan, at, digits, contractions)
                });
            }
            Self::DeepSeek => each(&scan, sink, deepseek),
        }
    }
}

#[inline]
fn each(
    scan: &Scan<'_>,
    mut sink: impl FnMut(usize, usize),
    next: impl Fn(&Scan<'_>, usize) -> usize,
) {
    let mut start = 0;
    while start < scan.bytes.len() {
        let end = next(scan, start);
        sink(start, end);
        start = end;
    }
}

#[inline]
fn gpt2(scan: &Scan<'_>, start: usize) -> usize {
    let contraction = scan.contraction(start, false);
    if contraction > 0 {
        return start + contraction;
    }
    let body = start + usize::from(scan.byte(start) == b' ');
    let (class, length) = scan.at(body);
    if class & LETTER != 0 {
        return scan.letters(body + length, LETTER);
    }
    if class & NUMBER != 0 {
        return scan.run(body, |class| class & NUMBER != 0);
    }
    if length > 0 && class & SPACE == 0 {
        return scan.run(body, |class| class & (SPACE | LETTER | NUMBER) == 0);
    }
    scan.spaces(start)
}

/// ` ?[^\s\p{L}\p{N}]+` and a tail of line breaks (and slashes), where `taken` are the classes that do not count;
/// `start` if it does not match.
#[inline]
fn punctuation(scan: &Scan<'_>, start: usize, taken: u8, slashes: bool) -> usize {
    let body = start + usize::from(scan.byte(start) == b' ');
    let mut end = scan.run(body, |class| class & taken == 0);
    if end == body {
        return start;
    }
    while let byte = scan.byte(end)
        && (matches!(byte, b'\r' | b'\n') || slashes && byte == b'/')
    {
        end += 1;
    }
    end
}

#[inline]
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[inline]
fn cl100k(scan: &Scan<'_>, start: usize, digits: u32, letters: u8) -> usize {
    let contraction = scan.contraction(start, true);
    if contraction > 0 {
        return start + contraction;
    }
    let word = |body| {
        let end = scan.ascii_letters(body, true);
        if scan.byte(end) < 0x80 { end } else { 0 }
    };
    let rules = Rules {
        digits,
        slashes: false,
        word,
    };
    match ascii(scan, start, rules) {
        0 => any_cl100k(scan, start, digits, letters),
        end => end,
    }
}

#[inline(never)]
fn any_cl100k(scan: &Scan<'_>, start: usize, digits: u32, letters: u8) -> usize {
    let first = scan.byte(start);
    let (class, length) = scan.at(start);
    if class & letters != 0 {
        return scan.letters(start + length, letters);
    }
    if class & NUMBER != 0 {
        return scan.at_most(start, digits, NUMBER);
    }
    if !is_break(first) {
        let (next, next_length) = scan.at(start + length);
        if next & letters != 0 {
            return scan.letters(start + length + next_length, letters);
        }
        let end = punctuation(scan, start, SPACE | NUMBER | letters, false);
        if end > start {
            return end;
        }
    }
    scan.spaces_to_break(start)
}

/// Ends of `U*L+` (the first alternative; 0 if it fails) and of `U+L*` (the second) from `start`, whose character is given.
#[inline]
fn word(scan: &Scan<'_>, start: usize, first: (u8, usize)) -> (usize, usize) {
    let (mut class, mut length) = first;
    let mut at = start;
    let mut last_both = 0;
    while class & UPPER != 0 {
        at += length;
        if class & LOWER != 0 {
            last_both = at;
        }
        (class, length) = scan.at(at);
    }
    let lower = at;
    while class & LOWER != 0 {
        at += length;
        (class, length) = scan.at(at);
    }
    if at > lower {
        (at, 0)
    } else {
        (last_both, if lower > start { lower } else { 0 })
    }
}

#[inline]
fn o200k(scan: &Scan<'_>, start: usize, digits: u32, contractions: bool) -> usize {
    let word = |body: usize| {
        let small = body + usize::from(scan.byte(body).is_ascii_uppercase());
        let mut end = scan.ascii_letters(small, false);
        if end == small {
            while scan.byte(end).is_ascii_uppercase() {
                end += 1;
            }
            end = scan.ascii_letters(end, false);
        }
        match scan.byte(end) {
            b'\'' if contractions => end + scan.contraction(end, true),
            0x80.. => 0,
            _ => end,
        }
    };
    let rules = Rules {
        digits,
        slashes: true,
        word,
    };
    match ascii(scan, start, rules) {
        0 => any_o200k(scan, start, digits, contractions),
        end => end,
    }
}

#[inline(never)]
fn any_o200k(scan: &Scan<'_>, start: usize, digits: u32, contractions: bool) -> usize {
    let finish = |end: usize| {
        if contractions {
            end + scan.contraction(end, true)
        } else {
            end
        }
    };
    let own @ (class, length) = scan.at(start);
    if class & LETTER != 0 {
        let (first, second) = word(scan, start, own);
        return finish(if first > 0 { first } else { second });
    }
    if class & NUMBER != 0 {
        return scan.at_most(start, digits, NUMBER);
    }
    if !is_break(scan.byte(start)) {
        let next = scan.at(start + length);
        let mut second = 0;
        if next.0 & (UPPER | LOWER) != 0 {
            let (first, upper_only) = word(scan, start + length, next);
            if first > 0 {
                return finish(first);
            }
            second = upper_only;
        }
        if class & (UPPER | LOWER) != 0 {
            // A mark is a word by itself where it is not the prefix of one.
            let (first, _) = word(scan, start, own);
            if first > 0 {
                return finish(first);
            }
        }
        if second > 0 {
            return finish(second);
        }
        let end = punctuation(scan, start, SPACE | LETTER | NUMBER, true);
        if end > start {
            return end;
        }
    }
    scan.spaces_to_break(start)
}
