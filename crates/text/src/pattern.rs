//! The well-known pre-tokenizer patterns as state machines.
//!
//! A machine is chosen by the exact text of the pattern. Each takes time proportional to the text, except that `\s*[\r\n]`
//! and `\s+(?!\S)` look at a run of white space once for each piece cut from it, which is at most twice.

use crate::unicode::{Classes, LETTER, LOWER, NUMBER, SPACE, UPPER};

/// The pattern of `ByteLevel` with `use_regex`, and of GPT-2.
pub const GPT2: &str =
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const KNOWN: [(&str, Machine); 6] = [
    (GPT2, Machine::Gpt2),
    // Llama 3.
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::Cl100k { digits: 3 },
    ),
    // Qwen2.
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::Cl100k { digits: 1 },
    ),
    // cl100k_base as it is published: other letters, the same matches.
    (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        Machine::Cl100k { digits: 3 },
    ),
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        Machine::Cl100k { digits: 3 },
    ),
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Machine::O200k,
    ),
];

/// A pattern that matches everywhere, so that its matches lie end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// GPT-2.
    Gpt2,
    /// cl100k and its kin: at most `digits` digits a piece.
    Cl100k {
        /// Longest run of digits.
        digits: u32,
    },
    /// o200k.
    O200k,
}

impl Machine {
    /// The machine for a pattern, if it is a known one.
    pub fn known(pattern: &str) -> Option<Self> {
        KNOWN
            .iter()
            .find(|(text, _)| *text == pattern)
            .map(|&(_, machine)| machine)
    }

    /// The patterns that have a machine.
    #[cfg(test)]
    pub fn patterns() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(pattern, _)| *pattern)
    }

    /// End of the piece that starts at `start`, which must be less than the length of the text.
    #[inline]
    pub fn next(self, text: &str, start: usize) -> usize {
        let scan = Scan {
            classes: Classes::get(),
            text,
            bytes: text.as_bytes(),
        };
        match self {
            Self::Gpt2 => scan.gpt2(start),
            Self::Cl100k { digits } => scan.cl100k(start, digits),
            Self::O200k => scan.o200k(start),
        }
    }
}

struct Scan<'a> {
    classes: &'static Classes,
    text: &'a str,
    bytes: &'a [u8],
}

impl Scan<'_> {
    #[inline]
    fn at(&self, at: usize) -> (u8, usize) {
        self.classes.at(self.text, at)
    }

    /// End of the run of characters whose class bits, cut to `mask`, satisfy `good`.
    #[inline]
    fn run(&self, mut at: usize, good: impl Fn(u8) -> bool) -> usize {
        loop {
            let (class, length) = self.at(at);
            if length == 0 || !good(class) {
                return at;
            }
            at += length;
        }
    }

    /// Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `at`; 0 if none is there.
    #[inline]
    fn contraction(&self, at: usize, any_case: bool) -> usize {
        if self.bytes.get(at) != Some(&b'\'') {
            return 0;
        }
        let letter = |offset: usize| {
            let byte = self.bytes.get(at + offset).copied().unwrap_or(0);
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

    /// `\s+(?!\S)|\s+` at a run of white space: the last character is left to what follows.
    #[inline]
    fn spaces(&self, start: usize) -> usize {
        let end = self.run(start, |class| class & SPACE != 0);
        if end == self.text.len() {
            return end;
        }
        let last = self.text[start..end]
            .char_indices()
            .next_back()
            .map_or(0, |(at, _)| at);
        if last == 0 { end } else { start + last }
    }

    fn gpt2(&self, start: usize) -> usize {
        let contraction = self.contraction(start, false);
        if contraction > 0 {
            return start + contraction;
        }
        let body = if self.bytes[start] == b' ' {
            start + 1
        } else {
            start
        };
        let (class, length) = self.at(body);
        if class & LETTER != 0 {
            return self.run(body, |class| class & LETTER != 0);
        }
        if class & NUMBER != 0 {
            return self.run(body, |class| class & NUMBER != 0);
        }
        if length > 0 && class & SPACE == 0 {
            return self.run(body, |class| class & (SPACE | LETTER | NUMBER) == 0);
        }
        self.spaces(start)
    }

    /// ` ?[^\s\p{L}\p{N}]+` and a tail of newlines (and slashes); `start` if it does not match.
    #[inline]
    fn punctuation(&self, start: usize, slashes: bool) -> usize {
        let body = if self.bytes[start] == b' ' {
            start + 1
        } else {
            start
        };
        let mut end = self.run(body, |class| class & (SPACE | LETTER | NUMBER) == 0);
        if end == body {
            return start;
        }
        while let Some(byte) = self.bytes.get(end)
            && (matches!(byte, b'\r' | b'\n') || slashes && *byte == b'/')
        {
            end += 1;
        }
        end
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`.
    #[inline]
    fn spaces_to_newline(&self, start: usize) -> usize {
        let end = self.run(start, |class| class & SPACE != 0);
        match self.bytes[start..end]
            .iter()
            .rposition(|byte| matches!(byte, b'\r' | b'\n'))
        {
            Some(last) => start + last + 1,
            None => self.spaces(start),
        }
    }

    #[inline]
    fn digits(&self, start: usize, most: u32) -> usize {
        let mut end = start;
        for _ in 0..most {
            let (class, length) = self.at(end);
            if class & NUMBER == 0 {
                break;
            }
            end += length;
        }
        end
    }

    fn cl100k(&self, start: usize, digits: u32) -> usize {
        let contraction = self.contraction(start, true);
        if contraction > 0 {
            return start + contraction;
        }
        let (class, length) = self.at(start);
        if class & LETTER != 0 {
            return self.run(start + length, |class| class & LETTER != 0);
        }
        if class & NUMBER != 0 {
            return self.digits(start, digits);
        }
        if !matches!(self.bytes[start], b'\r' | b'\n') {
            let (next, _) = self.at(start + length);
            if next & LETTER != 0 {
                return self.run(start + length, |class| class & LETTER != 0);
            }
            let end = self.punctuation(start, false);
            if end > start {
                return end;
            }
        }
        self.spaces_to_newline(start)
    }

    /// Ends of `U*L+` (the first alternative; 0 if it fails) and of `U+L*` (the second) from `start`.
    fn word(&self, start: usize) -> (usize, usize) {
        let mut at = start;
        let mut last_both = 0;
        loop {
            let (class, length) = self.at(at);
            if class & UPPER == 0 {
                break;
            }
            at += length;
            if class & LOWER != 0 {
                last_both = at;
            }
        }
        let end = self.run(at, |class| class & LOWER != 0);
        if end > at {
            (end, 0)
        } else {
            (last_both, if at > start { at } else { 0 })
        }
    }

    fn o200k(&self, start: usize) -> usize {
        let with_contraction = |end: usize| end + self.contraction(end, true);
        let (class, length) = self.at(start);
        let is_newline = matches!(self.bytes[start], b'\r' | b'\n');
        if class & LETTER != 0 {
            let (first, second) = self.word(start);
            return with_contraction(if first > 0 { first } else { second });
        }
        if class & NUMBER != 0 {
            return self.digits(start, 3);
        }
        if !is_newline {
            let (next, _) = self.at(start + length);
            let mut second = 0;
            if next & (UPPER | LOWER) != 0 {
                let (first, upper_only) = self.word(start + length);
                if first > 0 {
                    return with_contraction(first);
                }
                second = upper_only;
            }
            if class & (UPPER | LOWER) != 0 {
                // A mark is a word by itself where it is not the prefix of one.
                let (first, _) = self.word(start);
                if first > 0 {
                    return with_contraction(first);
                }
            }
            if second > 0 {
                return with_contraction(second);
            }
            let end = self.punctuation(start, true);
            if end > start {
                return end;
            }
        }
        self.spaces_to_newline(start)
    }
}
