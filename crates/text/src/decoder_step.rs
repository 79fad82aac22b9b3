//! One step of decoding: what becomes of each token on its way to text.
//!
//! Steps are a chain. Each takes tokens one by one and gives tokens to the next; what it cannot decide yet it keeps in its
//! [`Memory`], so that a stream of ids costs the same as all at once and cannot differ from it.

use crate::byte_level::Alphabet;
use crate::replace::Replace;

/// Bytes that the steps have looked at, so that a test can tell that every id of a stream costs the same.
#[cfg(test)]
pub mod work {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts bytes, and one for the call.
    pub fn count(bytes: usize) {
        BYTES.set(BYTES.get() + bytes + 1);
    }

    /// What has been counted since the last call.
    pub fn take() -> usize {
        BYTES.take()
    }
}

#[cfg(test)]
use work::count;

#[cfg(not(test))]
#[inline(always)]
fn count(_: usize) {}

/// A step. The kinds are those of the reference.
#[derive(Debug, Clone)]
pub enum Step {
    /// No decoder: a space between tokens.
    Spaced,
    /// Matches of a pattern are replaced.
    Replace(Replace),
    /// A character is dropped at both ends, so many times at most.
    Strip {
        content: char,
        start: usize,
        stop: usize,
    },
    /// The mark stands for a space; in the first token it may be dropped.
    Metaspace { mark: char, drop_first: bool },
    /// A token without the prefix begins a word.
    WordPiece { prefix: String, cleanup: bool },
    /// The suffix ends a word.
    Bpe { suffix: String },
    /// Equal neighbours are one, the pad token is nothing.
    Ctc {
        pad: String,
        delimiter: String,
        cleanup: bool,
    },
    /// `<0x0A>` is a byte.
    ByteFallback,
    /// From here on all tokens are one.
    Fuse,
    /// Tokens stand for bytes; from here on they are one.
    ByteLevel,
}

/// What a step remembers.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Tokens have come.
    begun: bool,
    /// Bytes of a run of byte tokens, or of a character that is not whole.
    bytes: Vec<u8>,
    /// The last token, kept until the next one comes.
    token: Option<String>,
    /// Whole text of what is fused, where the steps behind need it whole.
    whole: String,
    /// How many characters the `Strip` behind has dropped; none once it is over.
    stripped: Option<usize>,
}

impl Step {
    /// How many times as long a text can become, in bytes: a space beside every letter, U+FFFD for a byte.
    pub fn growth(&self) -> f64 {
        match self {
            Self::Fuse | Self::Metaspace { .. } | Self::Strip { .. } => 1.0,
            Self::Replace(replace) => replace.growth(),
            _ => 3.0,
        }
    }

    /// Whether the step gives exactly one token for each, which depends on nothing but whether it is the first.
    pub fn is_simple(&self) -> bool {
        matches!(
            self,
            Self::Spaced
                | Self::Replace(_)
                | Self::Strip { .. }
                | Self::Metaspace { .. }
                | Self::WordPiece { .. }
        )
    }

    /// What a simple step makes of a token.
    pub fn simple(&self, token: &str, first: bool) -> String {
        match self {
            Self::Spaced if !first => format!(" {token}"),
            Self::Replace(replace) => replace.apply(token),
            Self::Strip {
                content,
                start,
                stop,
            } => strip(token, *content, *start, *stop).to_owned(),
            Self::Metaspace { mark, drop_first } if first && *drop_first => {
                token.replace(*mark, "")
            }
            Self::Metaspace { mark, .. } => token.replace(*mark, " "),
            Self::WordPiece { prefix, cleanup } => {
                let text = match token.strip_prefix(prefix.as_str()) {
                    _ if first => token.to_owned(),
                    Some(rest) => rest.to_owned(),
                    None => format!(" {token}"),
                };
                if *cleanup { clean_up(text) } else { text }
            }
            _ => token.to_owned(),
        }
    }

    /// What `Ctc` makes of a token.
    fn ctc(&self, token: &str) -> String {
        let Self::Ctc {
            pad,
            delimiter,
            cleanup,
        } = self
        else {
            return token.to_owned();
        };
        let text = token.replace(pad.as_str(), "");
        if *cleanup {
            clean_up(text).replace(delimiter.as_str(), " ")
        } else {
            text
        }
    }
}

/// A byte, if the token is one.
pub fn byte_of(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    let is_byte = digits.len() == 2;
    // The reference's reading of numbers takes a sign.
    is_byte
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Bytes that a token contributes in the middle of a text, after `steps`.
pub fn bytes_in_the_middle(steps: &[Step], token: &str) -> Vec<u8> {
    let Some((step, rest)) = steps.split_first() else {
        return token.as_bytes().to_vec();
    };
    let text = match step {
        Step::ByteLevel => return bytes_of_alphabet(token),
        Step::ByteFallback => match byte_of(token) {
            Some(byte) => return vec![byte],
            None => token.to_owned(),
        },
        // What comes behind is about the ends of the whole text, or, rarely, about all of it.
        Step::Fuse => return token.as_bytes().to_vec(),
        Step::Bpe { suffix } => token.replace(suffix.as_str(), " "),
        Step::Ctc { .. } => step.ctc(token),
        _ => step.simple(token, false),
    };
    bytes_in_the_middle(rest, &text)
}

/// Bytes that a token of a byte-level vocabulary stands for; its own if it is not of that alphabet.
pub fn bytes_of_alphabet(token: &str) -> Vec<u8> {
    thread_local! {
        static ALPHABET: Alphabet = Alphabet::new();
    }
    let mut bytes = Vec::with_capacity(token.len());
    if !ALPHABET.with(|alphabet| alphabet.decode(token, &mut bytes)) {
        bytes.extend_from_slice(token.as_bytes());
    }
    bytes
}

/// Gives a token to the first of `steps`; text that is certain is appended to `out`.
pub fn feed(steps: &[Step], memory: &mut [Memory], token: &str, out: &mut String) {
    count(token.len());
    let (Some((step, rest)), Some((own, memory))) = (steps.split_first(), memory.split_first_mut())
    else {
        return out.push_str(token);
    };
    let first = !std::mem::replace(&mut own.begun, true);
    match step {
        Step::ByteFallback => {
            if let Some(byte) = byte_of(token) {
                return own.bytes.push(byte);
            }
            release_run(&mut own.bytes, rest, memory, out);
            feed(rest, memory, token, out);
        }
        Step::Bpe { suffix } => {
            if let Some(before) = own.token.replace(token.to_owned()) {
                feed(rest, memory, &before.replace(suffix.as_str(), " "), out);
            }
        }
        Step::Ctc { .. } => {
            if own.token.as_deref() == Some(token) {
                return;
            }
            own.token = Some(token.to_owned());
            let text = step.ctc(token);
            if !text.is_empty() {
                feed(rest, memory, &text, out);
            }
        }
        Step::Fuse => feed_fused(rest, own, token, out),
        Step::ByteLevel => feed_bytes(rest, own, &bytes_of_alphabet(token), out),
        _ => feed(rest, memory, &step.simple(token, first), out),
    }
}

/// Gives bytes to a `ByteLevel`; `rest` are the steps behind it.
pub fn feed_bytes(rest: &[Step], own: &mut Memory, bytes: &[u8], out: &mut String) {
    count(bytes.len());
    if own.bytes.is_empty()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return feed_fused(rest, own, text, out);
    }
    own.bytes.extend_from_slice(bytes);
    let mut text = String::new();
    release_characters(&mut own.bytes, &mut text);
    feed_fused(rest, own, &text, out);
}

/// Tells the first of `steps` that no more tokens come.
pub fn finish(steps: &[Step], memory: &mut [Memory], out: &mut String) {
    let (Some((step, rest)), Some((own, memory))) = (steps.split_first(), memory.split_first_mut())
    else {
        return;
    };
    match step {
        Step::ByteFallback => release_run(&mut own.bytes, rest, memory, out),
        Step::Bpe { suffix } => {
            if let Some(last) = own.token.take() {
                feed(rest, memory, &last.replace(suffix.as_str(), ""), out);
            }
        }
        Step::ByteLevel => {
            let tail = String::from_utf8_lossy(&std::mem::take(&mut own.bytes)).into_owned();
            feed_fused(rest, own, &tail, out);
        }
        _ => {}
    }
    if matches!(step, Step::ByteLevel | Step::Fuse) && needs_whole(rest) {
        feed(rest, memory, &std::mem::take(&mut own.whole), out);
    }
    finish(rest, memory, out);
}

/// Whether the steps behind a fusing one need all of the text; to strip its beginning they do not.
fn needs_whole(rest: &[Step]) -> bool {
    !matches!(rest, [] | [Step::Strip { stop: 0, .. }])
}

/// A part of what is one token from here on.
fn feed_fused(rest: &[Step], own: &mut Memory, text: &str, out: &mut String) {
    count(text.len());
    match rest {
        [] => out.push_str(text),
        [
            Step::Strip {
                content,
                start,
                stop: 0,
            },
        ] => {
            let mut text = text;
            while let Some(count) = own.stripped.or(Some(0)).filter(|count| count < start) {
                match text.strip_prefix(*content) {
                    Some(less) => {
                        text = less;
                        own.stripped = Some(count + 1);
                    }
                    None if text.is_empty() => return,
                    None => own.stripped = Some(*start),
                }
            }
            out.push_str(text);
        }
        _ => own.whole.push_str(text),
    }
}

/// Moves what is certain from `held` to `out`: characters, and U+FFFD for what can no longer become one.
fn release_characters(held: &mut Vec<u8>, out: &mut String) {
    count(held.len());
    let mut done = 0;
    loop {
        match std::str::from_utf8(&held[done..]) {
            Ok(text) => {
                out.push_str(text);
                done = held.len();
                break;
            }
            Err(error) => {
                let valid = done + error.valid_up_to();
                out.push_str(std::str::from_utf8(&held[done..valid]).unwrap_or(""));
                done = valid;
                let Some(bad) = error.error_len() else { break };
                out.push('\u{fffd}');
                done += bad;
            }
        }
    }
    held.drain(..done);
}

/// Ends a run of byte tokens: its text, or one U+FFFD for each byte if any of it is no text.
fn release_run(held: &mut Vec<u8>, rest: &[Step], memory: &mut [Memory], out: &mut String) {
    if held.is_empty() {
        return;
    }
    count(held.len());
    match std::str::from_utf8(held) {
        Ok(text) => feed(rest, memory, text, out),
        Err(_) => (0..held.len()).for_each(|_| feed(rest, memory, "\u{fffd}", out)),
    }
    held.clear();
}

fn strip(token: &str, content: char, start: usize, stop: usize) -> &str {
    let mut text = token;
    for _ in 0..start {
        let Some(rest) = text.strip_prefix(content) else {
            break;
        };
        text = rest;
    }
    for _ in 0..stop {
        let Some(rest) = text.strip_suffix(content) else {
            break;
        };
        text = rest;
    }
    text
}

/// Takes back spaces in front of signs and of the halves of English contractions.
fn clean_up(text: String) -> String {
    const RULES: [(&str, &str); 11] = [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" do not", " don't"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];
    RULES
        .iter()
        .fold(text, |text, (from, to)| match text.contains(from) {
            true => text.replace(from, to),
            false => text,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_released_whole_and_as_the_standard_library_has_it() {
        let mut seed = 3u32;
        for _ in 0..3000 {
            let bytes: Vec<u8> = (0..12)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    [
                        0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed,
                        0xa0,
                    ][(seed >> 9) as usize % 13]
                })
                .collect();
            let (mut held, mut out) = (Vec::new(), String::new());
            for byte in &bytes {
                held.push(*byte);
                release_characters(&mut held, &mut out);
                assert!(held.len() < 4);
            }
            out.push_str(&String::from_utf8_lossy(&held));
            assert_eq!(out, String::from_utf8_lossy(&bytes));
        }
    }
}
