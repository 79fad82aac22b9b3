//! The steps of decoding as a chain.
//!
//! Each takes tokens one by one and gives tokens to the next; what it cannot decode yet it keeps in its [`Memory`], so that a
//! stream of ids costs the same as all at once and cannot differ from it.

use crate::decoder_step::{Step, byte_of, bytes_of_alphabet};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_released_whole_and_as_the_standard_library_has_it() {
        let mut rng = fastrand::Rng::with_seed(3);
        let pool = [
            0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed, 0xa0,
        ];
        for _ in 0..3000 {
            let bytes: Vec<u8> = (0..12).map(|_| pool[rng.usize(..pool.len())]).collect();
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
