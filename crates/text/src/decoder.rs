//! Stage 5: ids back to text, all at once or as they come.
//!
//! What an id contributes is worked out before the first one comes, as far as that does not depend on its neighbours; the rest
//! is a chain of steps (`decoder_chain`). [`State`] is all that is carried from one id to the next; `decode` of many ids is a
//! stream of them, so the two cannot differ, but for the usual decoders, which have a shorter way (`decoder_whole`). A step
//! costs as much as the bytes that it yields.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::added_vocabulary::AddedVocabulary;
use crate::decoder_chain::{Memory, feed, feed_bytes, finish};
use crate::decoder_step::{Step, bytes_in_the_middle, bytes_of_alphabet, read_steps};
use crate::growth::check_growth;
use crate::json::{Load, Node};
use crate::names::Names;
use crate::token_table::TokenTable;

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
    pub(crate) lead: Vec<Step>,
    /// The steps behind them.
    pub(crate) tail: Vec<Step>,
    /// What each id gives to the tail where it is not the first: a text, or bytes if the tail begins with `ByteLevel`.
    contributions: OnceCell<TokenTable>,
    /// Texts of the model's tokens, as the file writes them.
    names: Rc<Names>,
    /// Those of the added tokens.
    added_names: Rc<TokenTable>,
    special: Vec<bool>,
    /// Ids that are left out on demand: the special ones, but only if their text is also that of a special token after
    /// normalization, as in the reference (so not `<s>` where it is looked for as `▁<s>`).
    pub(crate) skippable: Vec<bool>,
    /// Texts that are decoded in the place of the names: those of added tokens that are looked for in normalized text.
    patterns: HashMap<u32, String>,
}

impl Decoder {
    /// Reads `decoder` and works out what every id contributes.
    pub fn load(node: Option<Node<'_>>, names: Rc<Names>, added: &AddedVocabulary) -> Load<Self> {
        let mut lead = Vec::new();
        match node {
            Some(node) => {
                read_steps(&node, &mut lead)?;
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
            .fold(names.id_bound(), usize::max);
        let mut decoder = Self {
            lead,
            tail,
            contributions: OnceCell::new(),
            names,
            added_names: added.ids.clone(),
            special: vec![false; bound],
            skippable: vec![false; bound],
            patterns: HashMap::new(),
        };
        let specials = added.tokens.iter().filter(|token| token.special);
        let special: HashSet<&str> = specials.map(|token| token.content.as_str()).collect();
        for token in &added.tokens {
            let id = token.id as usize;
            decoder.special[id] = token.special;
            decoder.skippable[id] = special.contains(token.pattern.as_str());
            decoder.patterns.insert(token.id, token.pattern.clone());
        }
        Ok(decoder)
    }

    /// Largest id plus one.
    pub fn id_bound(&self) -> usize {
        self.special.len()
    }

    /// Text of a token in the file.
    pub fn name_of(&self, id: u32) -> Option<&str> {
        self.added_names.text(id).or_else(|| self.names.text(id))
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
        let Some(bytes) = self.contributions().of(id) else {
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
        match self.text_of(id).filter(|_| first && !self.lead.is_empty()) {
            Some(name) => {
                let text = self.lead_text(name, true);
                feed(&self.tail, &mut state.memory, &text, out);
            }
            None => feed(&self.tail, &mut state.memory, text, out),
        }
    }

    /// What each id contributes.
    pub fn contributions(&self) -> &TokenTable {
        self.contributions.get_or_init(|| {
            let mut table = TokenTable::default();
            for id in 0..self.id_bound() as u32 {
                if let Some(text) = self.text_of(id) {
                    table.append(&self.contribution(text), id);
                }
            }
            table
        })
    }

    /// Takes what each id contributes from before; false if that cannot be.
    pub fn restore(&self, contributions: TokenTable) -> bool {
        let is_bytes = matches!(self.tail.first(), Some(Step::ByteLevel));
        let fits = contributions.id_bound() <= self.id_bound();
        fits && (is_bytes || contributions.is_text())
            && self.contributions.set(contributions).is_ok()
    }

    /// What each id contributes, where tokens stand for bytes and nothing else is done to them: what they spell.
    pub fn restore_spelled(&self, spelled: &TokenTable) {
        let mut table = spelled.clone();
        let missing = (0..self.id_bound() as u32).filter(|&id| spelled.of(id).is_none());
        for id in missing.chain(self.patterns.keys().copied()) {
            if let Some(text) = self.text_of(id) {
                table.append(&self.contribution(text), id);
            }
        }
        self.contributions.get_or_init(|| table);
    }

    /// Whether what ids contribute is what tokens of a byte-level vocabulary spell.
    pub fn is_spelled(&self) -> bool {
        self.lead.is_empty() && matches!(self.tail.first(), Some(Step::ByteLevel))
    }

    fn contribution(&self, text: &str) -> Vec<u8> {
        let text = self.lead_text(text, false);
        if matches!(self.tail.first(), Some(Step::ByteLevel)) {
            bytes_of_alphabet(&text)
        } else {
            text.into_bytes()
        }
    }

    /// Appends what was held back; the state is as at the start again.
    pub fn flush(&self, state: &mut State, out: &mut String) {
        finish(&self.tail, &mut state.memory, out);
        *state = self.start();
    }

    /// The text that is decoded for an id.
    pub(crate) fn text_of(&self, id: u32) -> Option<&str> {
        let pattern = self.patterns.get(&id).map(String::as_str);
        pattern.or_else(|| self.name_of(id))
    }

    pub(crate) fn lead_text(&self, text: &str, first: bool) -> String {
        let start = text.to_owned();
        self.lead
            .iter()
            .fold(start, |text, step| step.simple(&text, first))
    }
}

#[cfg(test)]
mod tests {
    use crate::Tokenizer;
    use crate::decoder_chain::work;

    /// Every kind, alone and as models put them together.
    const DECODERS: [&str; 14] = [
        "null",
        r#"{"type":"ByteLevel"}"#,
        r#"{"type":"ByteFallback"}"#,
        r#"{"type":"Fuse"}"#,
        r#"{"type":"Metaspace","replacement":"▁"}"#,
        r###"{"type":"WordPiece","prefix":"##"}"###,
        r#"{"type":"CTC"}"#,
        r#"{"type":"BPEDecoder","suffix":"</w>"}"#,
        r#"{"type":"Strip","content":" ","start":1,"stop":1}"#,
        r#"{"type":"Replace","pattern":{"Regex":"[ab]+"},"content":"-"}"#,
        r#"{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},
            {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"#,
        r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":2}]}"#,
        r#"{"type":"Sequence","decoders":[{"type":"ByteLevel"},{"type":"Metaspace","replacement":"a"}]}"#,
        r#"{"type":"Sequence","decoders":[{"type":"CTC"},{"type":"BPEDecoder"},{"type":"ByteFallback"}]}"#,
    ];

    fn tokenizer(decoder: &str) -> Tokenizer {
        let mut tokens: Vec<String> = (0..256).map(|byte| format!("<0x{byte:02X}>")).collect();
        tokens.extend((0..=255).map(|byte| crate::byte_level::char_of_byte(byte).to_string()));
        let words = "the ▁the ▁ a</w> ##b <pad> | do ▁n't 漢字 😀 é . , s".split(' ');
        tokens.extend(words.map(str::to_owned));
        tokens.push(" ".to_owned());
        let vocab: serde_json::Map<_, _> = tokens.into_iter().zip((0..).map(Into::into)).collect();
        let vocab = serde_json::Value::Object(vocab);
        let model = format!(r#"{{"type":"BPE","vocab":{vocab},"merges":[]}}"#);
        let added = r#"[{"content":"<s>","special":true,"id":600}]"#;
        let file = format!(r#"{{"added_tokens":{added},"decoder":{decoder},"model":{model}}}"#);
        Tokenizer::from_json(&file).expect("it loads")
    }

    /// Runs of one kind of token, and mixtures.
    fn ids(seed: u64, count: usize, bound: u32) -> Vec<u32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..count)
            .map(|_| {
                if seed % 3 == 1 {
                    rng.u32(128..256)
                } else {
                    rng.u32(..bound + 2)
                }
            })
            .collect()
    }

    #[test]
    fn deltas_add_up_to_the_whole() {
        for decoder in DECODERS {
            let tokenizer = tokenizer(decoder);
            let decoder = tokenizer.decoder();
            for seed in 0..300 {
                let ids = ids(seed, 40, decoder.id_bound() as u32);
                for skip in [false, true] {
                    let mut state = decoder.start();
                    let mut parts = String::new();
                    for &id in &ids {
                        // A delta is a string, so it holds whole characters only.
                        let mut delta = String::new();
                        decoder.push(&mut state, id, skip, &mut delta);
                        parts.push_str(&delta);
                    }
                    decoder.flush(&mut state, &mut parts);
                    assert_eq!(parts, decoder.decode(&ids, skip), "{ids:?}");
                }
            }
        }
    }

    #[test]
    fn the_hundred_thousandth_id_costs_what_the_first_does() {
        for (decoder, seed) in DECODERS
            .iter()
            .flat_map(|decoder| [(decoder, 0), (decoder, 1)])
        {
            let tokenizer = tokenizer(decoder);
            let decode = tokenizer.decoder();
            let ids = ids(seed, 100_000, decode.id_bound() as u32);
            let mut state = decode.start();
            let mut out = String::new();
            let mut cost = |ids: &[u32], ends: bool| {
                work::take();
                ids.iter()
                    .for_each(|&id| decode.push(&mut state, id, false, &mut out));
                if ends {
                    decode.flush(&mut state, &mut out);
                }
                work::take()
            };
            let (first, middle, last) = (
                cost(&ids[..1000], false),
                cost(&ids[1000..99_000], false),
                cost(&ids[99_000..], true),
            );
            // What is held back may all come at the end, some bytes for each id.
            let all = first + middle + last;
            assert!(
                all <= 150 * first + 20 * ids.len(),
                "{decoder}: {first} of {all}"
            );
            assert!(middle <= 98 * first * 3 / 2, "{decoder}: {first}, {middle}");
        }
    }
}
