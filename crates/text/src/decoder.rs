//! Stage 5: ids back to text, all at once or as they come.
//!
//! What an id contributes is worked out when the file is loaded, as far as that does not depend on its neighbours; the rest
//! is a chain of steps (`decoder_step`). [`State`] is all that is carried from one id to the next; `decode` of many ids is a
//! stream of them, so the two cannot differ. A step costs as much as the bytes that it yields.

use std::collections::{HashMap, HashSet};

use crate::added_vocabulary::AddedVocabulary;
use crate::decoder_step::{
    Memory, Step, byte_of, bytes_in_the_middle, bytes_of_alphabet, feed, feed_bytes, finish,
};
use crate::growth::check_growth;
use crate::json::{Load, Node};
use crate::pre_tokenizer::{Prepend, read_prepend};
use crate::replace::Replace;
use crate::token_table::TokenTable;

const SUPPORTED: [&str; 10] = [
    "BPEDecoder",
    "ByteFallback",
    "ByteLevel",
    "CTC",
    "Fuse",
    "Metaspace",
    "Replace",
    "Sequence",
    "Strip",
    "WordPiece",
];

/// What is carried from one id to the next.
#[derive(Debug, Clone)]
pub struct State {
    first: bool,
    /// One for each step of the tail.
    memory: Vec<Memory>,
}

/// Everything needed to turn ids into text.
pub struct Decoder {
    /// Steps that look at one token at a time; of the token only whether it is the first.
    lead: Vec<Step>,
    /// The steps behind them.
    tail: Vec<Step>,
    /// What each id gives to the tail where it is not the first: a text, or bytes if the tail begins with `ByteLevel`.
    contributions: TokenTable,
    /// Texts of the tokens, as the file writes them.
    names: TokenTable,
    special: Vec<bool>,
    /// Ids that are left out on demand: the special ones, but only if their text is also that of a special token after
    /// normalization, as in the reference (so not `<s>` where it is looked for as `▁<s>`).
    skippable: Vec<bool>,
    /// Texts that are decoded in the place of the names: those of added tokens that are looked for in normalized text.
    patterns: HashMap<u32, String>,
}

impl Decoder {
    /// Reads `decoder` and works out what every id contributes.
    pub fn load(node: Option<Node<'_>>, model: &TokenTable, added: &AddedVocabulary) -> Load<Self> {
        let mut lead = Vec::new();
        match node {
            Some(node) => {
                read(&node, &mut lead)?;
                check_growth(&node, lead.iter().map(Step::growth))?;
            }
            None => lead.push(Step::Spaced),
        }
        let simple = lead.iter().take_while(|step| step.is_simple()).count();
        let tail = lead.split_off(simple);
        let bound = added
            .tokens
            .iter()
            .map(|token| token.id as usize + 1)
            .fold(model.id_bound(), usize::max);
        let mut decoder = Self {
            lead,
            tail,
            contributions: TokenTable::with_capacity(0),
            names: TokenTable::with_capacity(bound),
            special: vec![false; bound],
            skippable: vec![false; bound],
            patterns: HashMap::new(),
        };
        for id in 0..model.id_bound() as u32 {
            if let Some(text) = model.text(id) {
                decoder.names.insert(text.as_bytes(), id);
            }
        }
        let mut special: HashSet<&str> = HashSet::new();
        for token in &added.tokens {
            decoder.names.insert(token.content.as_bytes(), token.id);
            decoder.special[token.id as usize] = token.special;
            decoder.patterns.insert(token.id, token.pattern.clone());
            if token.special {
                special.insert(&token.content);
            }
        }
        let is_bytes = matches!(decoder.tail.first(), Some(Step::ByteLevel));
        for id in 0..bound as u32 {
            let Some(text) = decoder.text_of(id) else {
                continue;
            };
            let text = decoder.lead_text(text, false);
            let bytes = if is_bytes {
                bytes_of_alphabet(&text)
            } else {
                text.into_bytes()
            };
            decoder.skippable[id as usize] = decoder
                .patterns
                .get(&id)
                .is_some_and(|pattern| special.contains(pattern.as_str()));
            decoder.contributions.append(&bytes, id);
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

    /// Bytes that an id contributes in the middle of a text; empty for an unknown id.
    pub fn bytes_of(&self, id: u32) -> Vec<u8> {
        let text = self.text_of(id).map(|text| self.lead_text(text, false));
        text.map_or(Vec::new(), |text| bytes_in_the_middle(&self.tail, &text))
    }

    /// Whether an id is a special token.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    /// State before the first id.
    pub fn start(&self) -> State {
        State {
            first: true,
            memory: vec![Memory::default(); self.tail.len()],
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
        if let ([Step::ByteLevel, rest @ ..], [own, ..]) = (&self.tail[..], &mut state.memory[..]) {
            return match self.text_of(id).filter(|_| first && !self.lead.is_empty()) {
                Some(text) => {
                    let text = self.lead_text(text, true);
                    feed_bytes(rest, own, &bytes_of_alphabet(&text), out);
                }
                None => feed_bytes(rest, own, bytes, out),
            };
        }
        let text = std::str::from_utf8(bytes).unwrap_or("");
        match self.text_of(id).filter(|_| first) {
            Some(name) => {
                let text = self.lead_text(name, true);
                feed(&self.tail, &mut state.memory, &text, out);
            }
            None => feed(&self.tail, &mut state.memory, text, out),
        }
    }

    /// Appends what was held back; the state is as at the start again.
    pub fn flush(&self, state: &mut State, out: &mut String) {
        finish(&self.tail, &mut state.memory, out);
        *state = self.start();
    }

    /// Text of many ids.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        if let Some(whole) = self.decode_at_once(ids, skip_special) {
            return whole;
        }
        let mut out = String::with_capacity(ids.len() * 4);
        let mut state = self.start();
        for &id in ids {
            self.push(&mut state, id, skip_special, &mut out);
        }
        self.flush(&mut state, &mut out);
        out
    }

    /// Text of many ids for the usual decoders, in which all but the first id contribute the same bytes wherever they stand:
    /// those are laid end to end, and looked at as text only then.
    fn decode_at_once(&self, ids: &[u32], skip_special: bool) -> Option<String> {
        let (falls_back, strip) = match &self.tail[..] {
            [] | [Step::ByteLevel] => (false, None),
            [Step::ByteFallback, Step::Fuse] => (true, None),
            [
                Step::ByteFallback,
                Step::Fuse,
                Step::Strip {
                    content,
                    start,
                    stop: 0,
                },
            ] => (true, Some((*content, *start))),
            _ => return None,
        };
        let is_shown = |id: &&u32| {
            let skipped = skip_special && self.skippable.get(**id as usize) == Some(&true);
            !skipped && self.contributions.of(**id).is_some()
        };
        let mut out = Bytes::with_capacity(ids.len() * 5 + 64);
        let mut rest = ids;
        if !self.lead.is_empty()
            && let Some(first) = ids.iter().position(|id| is_shown(&id))
        {
            let text = self.lead_text(self.text_of(ids[first])?, true);
            let bytes = match &self.tail[..] {
                [Step::ByteLevel] => bytes_of_alphabet(&text),
                // A run of bytes that begins the text goes the long way.
                [Step::ByteFallback, ..] if byte_of(&text).is_some() => return None,
                _ => text.into_bytes(),
            };
            out.push(&bytes, 0, bytes.len());
            rest = &ids[first + 1..];
        }
        let mut run: Vec<u8> = Vec::new();
        for id in rest.iter().filter(is_shown) {
            let (arena, start, end) = self.contributions.place_of(*id);
            if falls_back {
                if end - start == 6
                    && arena[start] == b'<'
                    && let Ok(text) = std::str::from_utf8(&arena[start..end])
                    && let Some(byte) = byte_of(text)
                {
                    run.push(byte);
                    continue;
                }
                out.push_run(&mut run);
            }
            out.push(arena, start, end);
        }
        out.push_run(&mut run);
        let mut text = out.into_text();
        if let Some((content, most)) = strip {
            let kept = text.chars().take(most).take_while(|&c| c == content);
            let length: usize = kept.map(char::len_utf8).sum();
            text.drain(..length);
        }
        Some(text)
    }

    /// The text that is decoded for an id.
    fn text_of(&self, id: u32) -> Option<&str> {
        let pattern = self.patterns.get(&id).map(String::as_str);
        pattern.or_else(|| self.names.text(id))
    }

    fn lead_text(&self, text: &str, first: bool) -> String {
        let start = text.to_owned();
        self.lead
            .iter()
            .fold(start, |text, step| step.simple(&text, first))
    }
}

/// Bytes that grow by short pieces: a piece is copied as sixteen bytes, of which those that count stay.
struct Bytes {
    bytes: Vec<u8>,
    length: usize,
}

impl Bytes {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: vec![0; bytes],
            length: 0,
        }
    }

    /// Appends a part of `from`.
    #[inline]
    fn push(&mut self, from: &[u8], start: usize, end: usize) {
        let (at, count) = (self.length, end - start);
        if at + count + 16 > self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2 + count, 0);
        }
        self.length += count;
        if count <= 16
            && let Some(piece) = from.get(start..start + 16)
        {
            self.bytes[at..at + 16].copy_from_slice(piece);
        } else {
            self.bytes[at..at + count].copy_from_slice(&from[start..end]);
        }
    }

    /// Appends a run of bytes that came as tokens: as text, or as one U+FFFD for each if they are none.
    fn push_run(&mut self, run: &mut Vec<u8>) {
        if run.is_empty() {
            return;
        }
        if std::str::from_utf8(run).is_ok() {
            self.push(run, 0, run.len());
        } else {
            for _ in 0..run.len() {
                self.push("\u{fffd}".as_bytes(), 0, 3);
            }
        }
        run.clear();
    }

    fn into_text(mut self) -> String {
        self.bytes.truncate(self.length);
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

fn read(node: &Node<'_>, steps: &mut Vec<Step>) -> Load<()> {
    let text = |key: &str, default: &str| match node.get(key) {
        Some(value) => Ok(value.text()?.to_owned()),
        None => Ok(default.to_owned()),
    };
    let step = match node.kind()? {
        "BPEDecoder" => {
            node.only(&["type", "suffix"])?;
            Step::Bpe {
                suffix: text("suffix", "</w>")?,
            }
        }
        "ByteFallback" => {
            node.only(&["type"])?;
            Step::ByteFallback
        }
        "ByteLevel" => {
            node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
            Step::ByteLevel
        }
        "CTC" => {
            node.only(&["type", "pad_token", "word_delimiter_token", "cleanup"])?;
            Step::Ctc {
                pad: text("pad_token", "<pad>")?,
                delimiter: text("word_delimiter_token", "|")?,
                cleanup: node.flag("cleanup", true)?,
            }
        }
        "Fuse" => {
            node.only(&["type"])?;
            Step::Fuse
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
            Step::Metaspace {
                mark: node.need("replacement")?.char()?,
                drop_first: read_prepend(node)? != Prepend::Never,
            }
        }
        "Replace" => Step::Replace(Replace::load(node)?),
        "Sequence" => {
            node.only(&["type", "decoders"])?;
            for item in node.need("decoders")?.items()? {
                read(&item, steps)?;
            }
            return Ok(());
        }
        "Strip" => {
            node.only(&["type", "content", "start", "stop"])?;
            Step::Strip {
                content: node.need("content")?.char()?,
                start: node.need("start")?.number()? as usize,
                stop: node.need("stop")?.number()? as usize,
            }
        }
        "WordPiece" => {
            node.only(&["type", "prefix", "cleanup"])?;
            Step::WordPiece {
                prefix: text("prefix", "##")?,
                cleanup: node.flag("cleanup", true)?,
            }
        }
        _ => return Err(node.unsupported(&SUPPORTED)),
    };
    steps.push(step);
    Ok(())
}
