//! BPE as `tokenizer.json` says it, with the tables that a compact form has prepared.

use std::rc::Rc;

use crate::backtrack::{Backtracker, Search};
use crate::byte_level::{ALPHABET, char_of_byte};
use crate::double_array::DoubleArray;
use crate::json::{Load, Node};
use crate::merge::Merger;
use crate::model::byte_tokens;
use crate::names::Names;
use crate::pair_table::{ID_LIMIT, NO_RANK, PairTable};
use crate::piece_cache::PieceCache;
use crate::source::Lists;
use crate::token_table::TokenTable;

use super::{Bpe, Unit};

const FIELDS: [&str; 10] = [
    "type",
    "dropout",
    "unk_token",
    "continuing_subword_prefix",
    "end_of_word_suffix",
    "fuse_unk",
    "byte_fallback",
    "ignore_merges",
    "vocab",
    "merges",
];

impl Bpe {
    /// Reads `model`, whose lists are apart. `byte_level` says whether pieces arrive as the bytes that the alphabet of
    /// `ByteLevel` stands for.
    pub fn load(node: &Node<'_>, lists: Lists, byte_level: bool) -> Load<Self> {
        node.only(&FIELDS)?;
        if let Some(dropout) = node.get("dropout")
            && dropout.value.as_f64() != Some(0.0)
        {
            return Err(dropout.error("null or 0"));
        }
        let affix = |key| {
            node.get(key)
                .map_or(Ok(String::new()), |affix| Ok(affix.text()?.to_owned()))
        };
        let prefix = affix("continuing_subword_prefix")?;
        let suffix = affix("end_of_word_suffix")?;
        let Lists {
            vocabulary,
            merges,
            mut prepared,
        } = lists;
        let tokens = vocabulary.ids(node)?;
        let spelled = prepared
            .as_mut()
            .map(|prepared| Rc::new(std::mem::take(&mut prepared.spelled)));
        let bound = prepared
            .as_ref()
            .and_then(|prepared| prepared.spelled_bound);
        let names = match (&spelled, bound) {
            (Some(spelled), Some(bound)) => Names::spelled(tokens, spelled.clone(), bound),
            _ => Names::of(Rc::new(tokens)),
        };
        if names.id_bound() > ID_LIMIT as usize {
            let expected = format!("ids below {ID_LIMIT}");
            return Err(node.need("vocab")?.error(&expected));
        }
        let list = node.need("merges")?;
        if !list.value.is_array() {
            return Err(list.error("an array"));
        }
        if merges.len() >= NO_RANK as usize {
            return Err(list.error(&format!("fewer than {NO_RANK} merges")));
        }
        let tree = match &mut prepared {
            Some(prepared) if !prepared.tree.is_empty() => {
                Some(DoubleArray::from_units(std::mem::take(&mut prepared.tree)))
            }
            _ => None,
        };
        let find = |name: &str| find(name, &names, tree.as_ref(), byte_level);
        let pairs = match &mut prepared {
            // In the order of the table's places, which is several times as fast.
            Some(prepared) => {
                let results = std::mem::take(&mut prepared.results);
                PairTable::of_pairs(prepared.pairs.iter().map(|pair| pair.parts()), results)
            }
            None => {
                let mut pairs = PairTable::with_capacity(merges.len());
                for (rank, merge) in merges.iter().enumerate() {
                    pairs.insert(merge.left, merge.right, rank as u32, merge.result);
                }
                pairs
            }
        };
        let unknown = match node.get("unk_token") {
            None => None,
            Some(unk) => {
                let id = find(unk.text()?);
                Some(id.ok_or_else(|| unk.error("a token of the vocabulary"))?)
            }
        };
        let byte_tokens = node
            .flag("byte_fallback", false)?
            .then(|| byte_tokens(find));
        let found: Vec<Option<u32>> = (0..=255)
            .map(|byte| find(char_of_byte(byte).encode_utf8(&mut [0; 4])))
            .collect();
        let mut model = Self {
            scan: false,
            pairs,
            backtracker: None,
            search: Search::default(),
            innocent: None,
            unknown,
            fuse_unknown: node.flag("fuse_unk", false)?,
            byte_tokens,
            ignore_merges: node.flag("ignore_merges", false)?,
            affixes: (!prefix.is_empty() || !suffix.is_empty()).then_some((prefix, suffix)),
            byte_level: None,
            splits_before: prepared
                .as_ref()
                .map(|prepared| prepared.splits_before_mark),
            cache: PieceCache::default(),
            merger: Merger::default(),
            symbols: Vec::new(),
            names: Rc::new(names),
        };
        if byte_level {
            let unit = |(byte, id): (u8, Option<u32>)| match id {
                Some(id) => Unit::Token(id),
                None => model.unit_of_char(char_of_byte(byte)),
            };
            let units = (0..=255).zip(found).map(unit).collect();
            let spelled = spelled.unwrap_or_else(|| Rc::new(bytes_of_tokens(model.names.all())));
            model.byte_level = Some((spelled, units));
        }
        if model.affixes.is_none() {
            let is_unit = |id: u32, token: &[u8]| match &model.byte_level {
                Some((_, units)) => token.len() == 1 && units[token[0] as usize] == Unit::Token(id),
                None => std::str::from_utf8(token).is_ok_and(|text| text.chars().count() == 1),
            };
            let spelled = model.spelled();
            model.backtracker = match (prepared, tree) {
                (None, _) => Backtracker::new(spelled, &model.pairs, is_unit),
                (Some(_), None) => None,
                (Some(prepared), Some(tree)) => {
                    let kept = (&prepared.prefixes[..], &prepared.wary[..]);
                    let tables = Backtracker::restore(spelled, &merges, tree, kept, is_unit);
                    Some(tables.ok_or_else(|| node.error("what the prepared tables say"))?)
                }
            };
        }
        // A model that can be searched has one merge at most for each token.
        model.scan = model.backtracker.is_some() || model.pairs.results_differ();
        Ok(model)
    }
}

/// Id of a token, by its name in the file. The tree of a search, which holds every token as pieces spell it, finds it without
/// an index of the names.
pub(super) fn find(
    name: &str,
    names: &Names,
    tree: Option<&DoubleArray>,
    byte_level: bool,
) -> Option<u32> {
    let Some(tree) = tree.filter(|_| !name.is_empty()) else {
        return names.get(name);
    };
    if !byte_level {
        return tree.find(name.as_bytes());
    }
    let mut bytes = Vec::with_capacity(name.len());
    if ALPHABET.decode(name, &mut bytes) {
        tree.find(&bytes)
    } else {
        names.get(name)
    }
}

/// The tokens of a byte-level vocabulary as bytes; tokens with other characters can never be met and are left out.
fn bytes_of_tokens(tokens: &TokenTable) -> TokenTable {
    let mut table = TokenTable::with_capacity(tokens.len());
    let mut bytes = Vec::new();
    for id in 0..tokens.id_bound() as u32 {
        bytes.clear();
        if let Some(text) = tokens.text(id)
            && ALPHABET.decode(text, &mut bytes)
        {
            table.insert(&bytes, id);
        }
    }
    table
}
