//! Stage 5: ids back to text, all at once or as they come.
//!
//! What an id contributes is worked out when the file is loaded, so that one step of a stream costs as much as the bytes
//! that it yields. [`State`] is all that is carried from one id to the next; `decode` of many ids is a stream of them, so
//! the two cannot differ.

use std::collections::{HashMap, HashSet};

use crate::added_vocabulary::AddedVocabulary;
use crate::byte_level::Alphabet;
use crate::json::{Load, Node};
use crate::normalizer::read_replace;
use crate::pre_tokenizer::{Prepend, read_prepend};
use crate::token_table::TokenTable;

const SUPPORTED: [&str; 7] = [
    "ByteFallback",
    "ByteLevel",
    "Fuse",
    "Metaspace",
    "Replace",
    "Sequence",
    "Strip",
];

/// How tokens become text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// No decoder: tokens with a space between them.
    Spaced,
    /// Tokens stand for bytes.
    ByteLevel,
    /// Tokens are texts, changed by what follows.
    Text {
        replacements: Vec<(String, String)>,
        byte_fallback: bool,
        /// A character, and how many of it are dropped from the beginning of the whole text.
        strip: Option<(char, usize)>,
    },
    /// The mark stands for a space; in the first token it is dropped.
    Metaspace { mark: char, drop_first: bool },
}

/// What is carried from one id to the next.
#[derive(Debug, Clone)]
pub struct State {
    first: bool,
    /// Bytes that may be the beginning of a character, or of a run of byte tokens.
    held: Vec<u8>,
    strip_left: usize,
}

/// Everything needed to turn ids into text.
pub struct Decoder {
    kind: Kind,
    /// What each id contributes, as bytes.
    contributions: TokenTable,
    /// Texts of the tokens, as the file writes them.
    names: TokenTable,
    special: Vec<bool>,
    /// Ids that are left out on demand: the special ones, but only if their text is also that of a special token after
    /// normalization, as in the reference (so not `<s>` where it is looked for as `▁<s>`).
    skippable: Vec<bool>,
    byte_token: Vec<bool>,
}

impl Decoder {
    /// Reads `decoder` and works out what every id contributes.
    pub fn load(node: Option<Node<'_>>, model: &TokenTable, added: &AddedVocabulary) -> Load<Self> {
        let kind = node.map_or(Ok(Kind::Spaced), |node| read(&node))?;
        let bound = added
            .tokens
            .iter()
            .map(|token| token.id as usize + 1)
            .fold(model.id_bound(), usize::max);
        let mut decoder = Self {
            kind,
            contributions: TokenTable::with_capacity(bound),
            names: TokenTable::with_capacity(bound),
            special: vec![false; bound],
            skippable: vec![false; bound],
            byte_token: vec![false; bound],
        };
        for id in 0..model.id_bound() as u32 {
            if let Some(text) = model.text(id) {
                decoder.names.insert(text.as_bytes(), id);
            }
        }
        for token in &added.tokens {
            decoder.names.insert(token.content.as_bytes(), token.id);
            decoder.special[token.id as usize] = token.special;
        }
        let special: HashSet<&str> = added
            .tokens
            .iter()
            .filter(|token| token.special)
            .map(|token| token.content.as_str())
            .collect();
        let patterns: HashMap<u32, &str> = added
            .tokens
            .iter()
            .map(|token| (token.id, token.pattern.as_str()))
            .collect();
        let alphabet = Alphabet::new();
        let mut bytes = Vec::new();
        for id in 0..bound as u32 {
            let pattern = patterns.get(&id).copied();
            let Some(text) = pattern.or_else(|| decoder.names.text(id)) else {
                continue;
            };
            bytes.clear();
            let is_byte = decoder.kind.contribution(text, &alphabet, &mut bytes);
            decoder.skippable[id as usize] = pattern.is_some_and(|text| special.contains(text));
            decoder.contributions.append(&bytes, id);
            decoder.byte_token[id as usize] = is_byte;
        }
        Ok(decoder)
    }

    /// Largest id plus one.
    pub fn id_bound(&self) -> usize {
        self.special.len()
    }

    /// Id of a token, by its text in the file.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.names.get(token.as_bytes())
    }

    /// Text of a token in the file.
    pub fn name_of(&self, id: u32) -> Option<&str> {
        self.names.text(id)
    }

    /// Bytes that an id contributes to a text, wherever it stands; empty for an unknown id.
    pub fn bytes_of(&self, id: u32) -> &[u8] {
        self.contributions.of(id).unwrap_or(&[])
    }

    /// Whether an id is a special token.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    /// State before the first id.
    pub fn start(&self) -> State {
        let strip_left = match &self.kind {
            Kind::Text {
                strip: Some((_, count)),
                ..
            } => *count,
            _ => 0,
        };
        State {
            first: true,
            held: Vec::new(),
            strip_left,
        }
    }

    /// Appends the text that is certain once `id` has come. An unknown id contributes nothing.
    pub fn push(&self, state: &mut State, id: u32, skip_special: bool, out: &mut String) {
        let Some(bytes) = self.contributions.of(id) else {
            return;
        };
        if skip_special && self.skippable[id as usize] {
            return;
        }
        let first = std::mem::replace(&mut state.first, false);
        match &self.kind {
            Kind::ByteLevel if state.held.is_empty() => {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    return out.push_str(text);
                }
                state.held.extend_from_slice(bytes);
                release_characters(&mut state.held, out);
            }
            Kind::ByteLevel => {
                state.held.extend_from_slice(bytes);
                release_characters(&mut state.held, out);
            }
            Kind::Spaced => {
                if !first {
                    out.push(' ');
                }
                out.push_str(text_of(bytes));
            }
            Kind::Metaspace {
                mark,
                drop_first: true,
            } if first => {
                let name = self.names.text(id).unwrap_or("");
                out.extend(name.chars().filter(|c| c != mark));
            }
            Kind::Metaspace { .. } => out.push_str(text_of(bytes)),
            Kind::Text { strip, .. } => {
                if self.byte_token[id as usize] {
                    state.held.extend_from_slice(bytes);
                    return;
                }
                let start = out.len();
                release_run(&mut state.held, out);
                out.push_str(text_of(bytes));
                strip_front(strip, state, start, out);
            }
        }
    }

    /// Appends what was held back; the state is as at the start again.
    pub fn flush(&self, state: &mut State, out: &mut String) {
        let start = out.len();
        match &self.kind {
            Kind::ByteLevel => out.push_str(&String::from_utf8_lossy(&state.held)),
            Kind::Text { strip, .. } => {
                release_run(&mut state.held, out);
                strip_front(strip, state, start, out);
            }
            _ => {}
        }
        *state = self.start();
    }

    /// Text of many ids.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        let mut out = String::with_capacity(ids.len() * 4);
        let mut state = self.start();
        for &id in ids {
            self.push(&mut state, id, skip_special, &mut out);
        }
        self.flush(&mut state, &mut out);
        out
    }
}

/// Contributions of all kinds but byte-level are whole texts.
fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

/// Moves what is certain from `held` to `out`: characters, and U+FFFD for what can no longer become one.
fn release_characters(held: &mut Vec<u8>, out: &mut String) {
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
                out.push_str(text_of(&held[done..valid]));
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
fn release_run(held: &mut Vec<u8>, out: &mut String) {
    match std::str::from_utf8(held) {
        Ok(text) => out.push_str(text),
        Err(_) => out.extend(std::iter::repeat_n('\u{fffd}', held.len())),
    }
    held.clear();
}

/// Drops the characters at the beginning of the whole text that `Strip` takes, from what was appended since `start`.
fn strip_front(strip: &Option<(char, usize)>, state: &mut State, start: usize, out: &mut String) {
    let Some((content, _)) = strip else { return };
    while state.strip_left > 0 {
        match out[start..].chars().next() {
            None => return,
            Some(c) if c == *content => {
                out.remove(start);
                state.strip_left -= 1;
            }
            Some(_) => state.strip_left = 0,
        }
    }
}

impl Kind {
    /// Appends what a token contributes; says whether it is a byte token.
    fn contribution(&self, name: &str, alphabet: &Alphabet, out: &mut Vec<u8>) -> bool {
        match self {
            Self::ByteLevel => {
                if !alphabet.decode(name, out) {
                    out.extend_from_slice(name.as_bytes());
                }
            }
            Self::Spaced => out.extend_from_slice(name.as_bytes()),
            Self::Metaspace { mark, .. } => {
                let mut buffer = [0u8; 4];
                out.extend_from_slice(
                    name.replace(mark.encode_utf8(&mut buffer) as &str, " ")
                        .as_bytes(),
                );
            }
            Self::Text {
                replacements,
                byte_fallback,
                ..
            } => {
                let replaced = replacements
                    .iter()
                    .fold(name.to_owned(), |text, (from, to)| text.replace(from, to));
                let byte = replaced
                    .strip_prefix("<0x")
                    .and_then(|rest| rest.strip_suffix('>'));
                let byte = byte.filter(|digits| *byte_fallback && digits.len() == 2);
                if let Some(byte) = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    out.push(byte);
                    return true;
                }
                out.extend_from_slice(replaced.as_bytes());
            }
        }
        false
    }
}

fn read(node: &Node<'_>) -> Load<Kind> {
    match node.kind()? {
        "ByteLevel" => {
            node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
            Ok(Kind::ByteLevel)
        }
        "Metaspace" => {
            node.only(&[
                "type",
                "replacement",
                "prepend_scheme",
                "split",
                "add_prefix_space",
                "str_rep",
            ])?;
            let drop_first = read_prepend(node)? != Prepend::Never;
            Ok(Kind::Metaspace {
                mark: node.need("replacement")?.char()?,
                drop_first,
            })
        }
        "Sequence" => {
            node.only(&["type", "decoders"])?;
            read_steps(&node.need("decoders")?.items()?)
        }
        _ => read_steps(std::slice::from_ref(node)),
    }
}

/// Reads `Replace`s, `ByteFallback`, `Fuse`, `Strip`, in this order, each but the first at most once.
fn read_steps(steps: &[Node<'_>]) -> Load<Kind> {
    let mut replacements = Vec::new();
    let (mut byte_fallback, mut fused, mut strip) = (false, false, None);
    for step in steps {
        match step.kind()? {
            "Replace" if !byte_fallback && !fused && strip.is_none() => {
                step.only(&["type", "pattern", "content"])?;
                replacements.push(read_replace(step)?);
            }
            "ByteFallback" if !byte_fallback && !fused && strip.is_none() => {
                step.only(&["type"])?;
                byte_fallback = true;
            }
            "Fuse" if !fused && strip.is_none() => {
                step.only(&["type"])?;
                fused = true;
            }
            "Strip" if fused && strip.is_none() => {
                step.only(&["type", "content", "start", "stop"])?;
                let stop = step.need("stop")?;
                if stop.number()? != 0 {
                    return Err(stop.error("0"));
                }
                strip = Some((
                    step.need("content")?.char()?,
                    step.need("start")?.number()? as usize,
                ));
            }
            "Replace" | "ByteFallback" | "Fuse" | "Strip" => {
                return Err(step.error("in the order Replace, ByteFallback, Fuse, Strip"));
            }
            _ => return Err(step.unsupported(&SUPPORTED)),
        }
    }
    Ok(Kind::Text {
        replacements,
        byte_fallback,
        strip,
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
