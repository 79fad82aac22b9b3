//! Stage 3, BPE: byte pair encoding of the pieces.

use std::ops::Range;
use std::rc::Rc;

use crate::backtrack::{Backtracker, Search};
use crate::merge::{Merger, Symbol};
use crate::model::Pieces;
use crate::names::Names;
use crate::pair_table::PairTable;
use crate::piece_cache::PieceCache;
use crate::source::Ranked;
use crate::token_table::TokenTable;

mod load;

/// What one unit of a piece (a byte of a byte-level model, else a character) starts as.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unit {
    /// A token.
    Token(u32),
    /// One token for each of its UTF-8 bytes.
    Bytes(Vec<u32>),
    /// The unknown token, or nothing where there is none.
    Unknown,
}

/// The model.
pub struct Bpe {
    /// Tokens as the file writes them.
    pub names: Rc<Names>,
    pairs: PairTable,
    /// The short way, where the merges are of the usual kind.
    backtracker: Option<Backtracker>,
    search: Search,
    /// The merges that give none of some hidden ids, kept for the next piece that must not show them.
    innocent: Option<(Vec<u32>, PairTable)>,
    scan: bool,
    unknown: Option<u32>,
    fuse_unknown: bool,
    byte_tokens: Option<Vec<Option<u32>>>,
    ignore_merges: bool,
    /// What has been said of [`Bpe::splits_before`].
    splits_before: Option<bool>,
    /// What stands before every character of a piece but the first, and after the last, when it is looked up.
    affixes: Option<(String, String)>,
    /// Of a byte-level model: tokens as the bytes that they stand for, and what each byte starts as.
    byte_level: Option<(Rc<TokenTable>, Vec<Unit>)>,
    cache: PieceCache,
    merger: Merger,
    symbols: Vec<Symbol>,
}

impl Bpe {
    /// The merges in the order in which the table of pairs holds them, and what they give, by rank. Ranks are counted anew,
    /// without those of pairs that have a later one.
    pub fn merges(&self) -> (Vec<Ranked>, Vec<u32>) {
        let merges: Vec<(u32, u32, u32)> = self.pairs.merges().collect();
        let mut ranks: Vec<u32> = merges.iter().map(|&(_, _, rank)| rank).collect();
        ranks.sort_unstable();
        let merges = merges.into_iter().map(|(left, right, rank)| {
            Ranked::new(
                left,
                right,
                ranks.partition_point(|&other| other < rank) as u32,
            )
        });
        let merges = merges.collect();
        let results = ranks.iter().map(|&rank| self.pairs.result(rank));
        (merges, results.collect())
    }

    /// Id of a token, by its name in the file.
    pub fn id_of(&self, name: &str) -> Option<u32> {
        let tree = self.backtracker.as_ref().map(Backtracker::tree);
        load::find(name, &self.names, tree, self.byte_level.is_some())
    }

    /// Tokens as pieces spell them, where that is not as the file writes them.
    pub fn spelled_apart(&self) -> Option<&Rc<TokenTable>> {
        self.byte_level.as_ref().map(|(table, _)| table)
    }

    /// The search; none if the model is not searched.
    pub fn backtracker(&self) -> Option<&Backtracker> {
        self.backtracker.as_ref()
    }

    /// Whether no merge can join `mark` to something else in front of it, so that a text may be cut before every run of
    /// `mark` without changing an id.
    pub fn splits_before(&self, mark: char) -> bool {
        if let Some(known) = self.splits_before {
            return known;
        }
        let mut buffer = [0u8; 4];
        let is_token = self.names.get(mark.encode_utf8(&mut buffer)).is_some();
        let crosses = |token: &str| {
            let mut inner = token.chars().skip_while(|&c| c == mark);
            inner.any(|c| c == mark)
        };
        is_token
            && !self.ignore_merges
            && self.affixes.is_none()
            && !self
                .pairs
                .results()
                .filter_map(|id| self.names.text(id))
                .any(crosses)
    }

    fn unit_of_char(&self, c: char) -> Unit {
        self.unit_of(c.encode_utf8(&mut [0; 4]))
    }

    /// What a character starts as, with what stands around it.
    fn unit_of(&self, text: &str) -> Unit {
        if let Some(id) = self.names.get(text) {
            return Unit::Token(id);
        }
        let bytes = self
            .byte_tokens
            .as_ref()
            .and_then(|ids| text.bytes().map(|byte| ids[byte as usize]).collect());
        bytes.map_or(Unit::Unknown, Unit::Bytes)
    }

    /// Tokens as pieces spell them.
    fn spelled(&self) -> &TokenTable {
        match &self.byte_level {
            Some((spelled, _)) => spelled,
            None => self.names.all(),
        }
    }

    /// Appends the ids of one piece of a text.
    #[inline]
    pub fn encode(&mut self, text: &str, range: Range<usize>, ids: &mut Vec<u32>) {
        let Range { start, end } = range;
        if start < end && !self.cache.find(text.as_bytes(), start, end, ids) {
            self.encode_new(text, start, end, ids);
        }
    }

    #[inline(never)]
    fn encode_new(&mut self, text: &str, start: usize, end: usize, ids: &mut Vec<u32>) {
        let piece = &text[start..end];
        let first = ids.len();
        if !self.backtrack(piece, ids) {
            self.merge(piece);
            ids.extend(self.symbols.iter().map(|symbol| symbol.id));
        }
        self.cache.store(text.as_bytes(), start, end, &ids[first..]);
    }

    /// Appends the ids of one piece, if the short way can.
    fn backtrack(&mut self, piece: &str, ids: &mut Vec<u32>) -> bool {
        self.backtracker.as_ref().is_some_and(|backtracker| {
            let (bytes, whole) = (piece.as_bytes(), self.ignore_merges);
            backtracker.encode(&self.pairs, bytes, whole, ids, &mut self.search)
        })
    }

    /// Appends the ids of one piece of a text, and for each its bytes of the piece.
    pub fn encode_with_spans(&mut self, piece: &str, out: &mut Pieces<'_>) {
        if piece.is_empty() {
            return;
        }
        let first = out.ids.len();
        if self.backtrack(piece, out.ids)
            && let Some(backtracker) = &self.backtracker
        {
            let mut start = 0;
            for &id in &out.ids[first..] {
                let end = (start + backtracker.length(id)).min(piece.len() as u32);
                if let Some(spans) = &mut out.spans {
                    spans.push((start, end));
                }
                start = end;
            }
            return;
        }
        self.merge(piece);
        for symbol in &self.symbols {
            out.put(symbol.id, symbol.start, symbol.end);
        }
    }

    /// Appends the ids of one piece as if the `hidden` ids were not there.
    pub fn encode_without(&mut self, piece: &str, hidden: &[u32], out: &mut Pieces<'_>) {
        let (ids, pairs) = match self.innocent.take() {
            Some((ids, pairs)) if ids == hidden => (ids, pairs),
            _ => (hidden.to_vec(), self.pairs.without(hidden)),
        };
        self.merge_with(piece, &pairs, hidden);
        self.innocent = Some((ids, pairs));
        for symbol in &self.symbols {
            out.put(symbol.id, symbol.start, symbol.end);
        }
    }

    /// Leaves the tokens of a piece in `symbols`.
    fn merge(&mut self, piece: &str) {
        let pairs = std::mem::take(&mut self.pairs);
        self.merge_with(piece, &pairs, &[]);
        self.pairs = pairs;
    }

    fn merge_with(&mut self, piece: &str, pairs: &PairTable, hidden: &[u32]) {
        let is_hidden = |id: u32| !hidden.is_empty() && hidden.binary_search(&id).is_ok();
        let mut symbols = std::mem::take(&mut self.symbols);
        symbols.clear();
        if self.ignore_merges {
            let table = self.spelled();
            if let Some(id) = table.get(piece.as_bytes()).filter(|&id| !is_hidden(id)) {
                symbols.push(Symbol {
                    id,
                    start: 0,
                    end: piece.len() as u32,
                });
                self.symbols = symbols;
                return;
            }
        }
        let mut pending: Option<Symbol> = None;
        if let Some((_, units)) = &self.byte_level {
            for (at, &byte) in piece.as_bytes().iter().enumerate() {
                self.start_as(
                    self.visible(&units[byte as usize], hidden),
                    at as u32,
                    at as u32 + 1,
                    &mut symbols,
                    &mut pending,
                );
            }
        } else {
            for (at, c) in piece.char_indices() {
                let unit = match &self.affixes {
                    None => self.unit_of_char(c),
                    Some((prefix, suffix)) => {
                        let end = at + c.len_utf8();
                        let prefix = if at > 0 { prefix.as_str() } else { "" };
                        let suffix = if end == piece.len() {
                            suffix.as_str()
                        } else {
                            ""
                        };
                        self.unit_of(&[prefix, &piece[at..end], suffix].concat())
                    }
                };
                self.start_as(
                    self.visible(&unit, hidden),
                    at as u32,
                    (at + c.len_utf8()) as u32,
                    &mut symbols,
                    &mut pending,
                );
            }
        }
        symbols.extend(pending);
        self.merger.merge(pairs, &mut symbols, self.scan);
        self.symbols = symbols;
    }

    /// A unit, or the unknown one in the place of a hidden token.
    fn visible<'u>(&self, unit: &'u Unit, hidden: &[u32]) -> &'u Unit {
        match unit {
            Unit::Token(id) if !hidden.is_empty() && hidden.binary_search(id).is_ok() => {
                &Unit::Unknown
            }
            unit => unit,
        }
    }

    /// Adds one unit. An unknown one waits in `pending` for others to fuse with; only a token lets it go, while byte
    /// tokens overtake it, as in the reference.
    fn start_as(
        &self,
        unit: &Unit,
        start: u32,
        end: u32,
        symbols: &mut Vec<Symbol>,
        pending: &mut Option<Symbol>,
    ) {
        match unit {
            Unit::Token(id) => {
                symbols.extend(pending.take());
                symbols.push(Symbol {
                    id: *id,
                    start,
                    end,
                });
            }
            Unit::Bytes(ids) => {
                let one_each = ids.len() as u32 == end - start;
                symbols.extend((start..).zip(ids).map(|(at, &id)| {
                    let (start, end) = if one_each { (at, at + 1) } else { (start, end) };
                    Symbol { id, start, end }
                }));
            }
            Unit::Unknown => {
                let Some(id) = self.unknown else { return };
                match pending {
                    Some(before) if self.fuse_unknown => before.end = end,
                    _ => symbols.extend(pending.replace(Symbol { id, start, end })),
                }
            }
        }
    }
}
