//! Byte pair encoding without merging: the tokens of a piece from the left, the longest first.
//!
//! Where every token is the result of one merge at most, and of tokens that are older than itself, the merged form of a
//! piece is its only cut into tokens of which no two neighbours would have merged otherwise: neighbours `a b` stand if,
//! while their merges are taken back one by one, no pair that then meets at the border has a merge that comes before the
//! one just taken back. (van Antwerpen and Neubeck, "So many tokens, so little time", 2024.) So the longest token that
//! begins a rest is taken, as long as it stands. Where it does not, a token is set right by what clashes; and if that leads
//! nowhere, all of the piece is searched: the longest token first, then its prefixes, and a place from which nothing leads on
//! is never tried again. That takes time in proportion to the piece, whatever it is.

use crate::double_array::DoubleArray;
use crate::pair_table::{ID_LIMIT, PairTable};

mod stand;
mod tables;
mod way;

use tables::{Token, head_of};
pub use way::Search;
use way::{Last, Way};

/// The tables.
#[derive(Debug, Clone)]
pub struct Backtracker {
    tree: DoubleArray,
    /// By id.
    tokens: Vec<Token>,
}

impl Backtracker {
    /// Every token as pieces spell it.
    pub fn tree(&self) -> &DoubleArray {
        &self.tree
    }

    /// What there is to know of the last token of a way.
    #[inline]
    fn last_of(&self, way: &Way<'_>) -> Option<Last> {
        let &(_, is_longest) = way.starts.last()?;
        let id = *way.ids.last()?;
        Some(Last {
            id,
            token: self.tokens[id as usize],
            is_longest,
        })
    }

    /// Appends the tokens of a piece; false, and nothing is appended, if it has a unit that is no token. With `whole`, a
    /// token that spells all of the piece is taken although no merges lead to it.
    ///
    /// There is one way to the end on which all tokens stand, if any, so it does not matter how it is found.
    pub fn encode(
        &self,
        pairs: &PairTable,
        piece: &[u8],
        whole: bool,
        ids: &mut Vec<u32>,
        search: &mut Search,
    ) -> bool {
        let (mut token, mut length) = self.tree.longest(piece, whole);
        if length == piece.len() {
            ids.push(token);
            return true;
        }
        let before = ids.len();
        // Mostly each longest token stands.
        let mut at = 0;
        let mut clash = None;
        while token != ID_LIMIT {
            ids.push(token);
            at += length;
            if at == piece.len() {
                return true;
            }
            // Read before it is needed: it comes from memory while the next token is looked for.
            let last = self.tokens[token as usize];
            (token, length) = self.tree.longest(&piece[at..], false);
            if token != ID_LIMIT
                && let Err(part) =
                    self.stand_behind_longest(pairs, last, token, head_of(&piece[at..]))
            {
                clash = Some(part);
                break;
            }
        }
        let Search { starts, dead } = search;
        starts.clear();
        let mut start = 0;
        for &token in &ids[before..] {
            starts.push((start, true));
            start += self.tokens[token as usize].length();
        }
        let mut way = Way {
            ids,
            before,
            starts,
        };
        clash.is_some_and(|part| self.mend(pairs, piece, at, part, &mut way))
            || self.search(pairs, piece, dead, &mut way)
    }

    /// Goes on where the longest token at a place does not stand, because `part`, which ends there, merges with its
    /// beginning before: a token that ends within `part` will hardly be right, so the last one gives way to what comes before
    /// that. Finds what is right in nearly all cases, or nothing.
    fn mend(
        &self,
        pairs: &PairTable,
        piece: &[u8],
        at: usize,
        part: u32,
        way: &mut Way<'_>,
    ) -> bool {
        let mut end = at.saturating_sub(self.tokens[part as usize].length());
        // So that hostile merges do not make it go to and fro without an end.
        let mut steps = 4 * piece.len();
        while steps > 0 {
            steps -= 1;
            let Some((longer, start)) = way.pop() else {
                return false;
            };
            let room = end.saturating_sub(start);
            let (mut token, mut length) = self.prefix_within(longer, room);
            if token == ID_LIMIT {
                end = start.saturating_sub(1);
                continue;
            }
            let mut at = start;
            let mut last = self.last_of(way);
            let mut is_longest = false;
            loop {
                if let Some(last) = last
                    && let Err(part) = self.stand_behind(pairs, last, token, &piece[at..])
                {
                    end = at.saturating_sub(self.tokens[part as usize].length());
                    break;
                }
                way.push(token, at, is_longest);
                at += length;
                if at == piece.len() {
                    return true;
                }
                last = self.last_of(way);
                (token, length) = self.tree.longest(&piece[at..], false);
                if token == ID_LIMIT || steps == 0 {
                    return false;
                }
                steps -= 1;
                is_longest = true;
            }
        }
        false
    }

    /// The longest prefix of a token that is one, of at most so many bytes, and its length; [`ID_LIMIT`] if there is none.
    #[inline]
    fn prefix_within(&self, token: u32, bytes: usize) -> (u32, usize) {
        let mut token = token;
        loop {
            token = self.tokens[token as usize].prefix();
            let length = self.tokens.get(token as usize).map_or(0, Token::length);
            if length <= bytes {
                return (token, length);
            }
        }
    }

    /// Looks for the way from the beginning, leaving out nothing: the longest tokens first, and a place from which nothing
    /// leads on is never tried again.
    #[cold]
    fn search(
        &self,
        pairs: &PairTable,
        piece: &[u8],
        dead: &mut Vec<u64>,
        way: &mut Way<'_>,
    ) -> bool {
        way.clear();
        dead.clear();
        dead.resize(piece.len() / 64 + 1, 0);
        let mut at = 0;
        let (mut token, mut length) = self.tree.longest(piece, false);
        let mut is_longest = true;
        loop {
            if token == ID_LIMIT {
                // Nothing leads on from here.
                dead[at / 64] |= 1 << (at % 64);
                let Some((last, start)) = way.pop() else {
                    return false;
                };
                at = start;
                token = self.tokens[last as usize].prefix();
            } else {
                let end = at + length;
                let stands = |last| self.stand_behind(pairs, last, token, &piece[at..]).is_ok();
                // A tree from a file may be out of step with the lengths.
                if end <= piece.len()
                    && dead[end / 64] >> (end % 64) & 1 == 0
                    && self.last_of(way).is_none_or(stands)
                {
                    way.push(token, at, is_longest);
                    at = end;
                    if at == piece.len() {
                        return true;
                    }
                    (token, length) = self.tree.longest(&piece[at..], false);
                    is_longest = true;
                    continue;
                }
                token = self.tokens[token as usize].prefix();
            }
            is_longest = false;
            if token != ID_LIMIT {
                length = self.tokens[token as usize].length();
            }
        }
    }

    /// Length of a token in bytes.
    #[inline]
    pub fn length(&self, token: u32) -> u32 {
        self.tokens[token as usize].length() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::{Merger, Symbol};
    use crate::token_table::TokenTable;
    use fastrand::Rng;

    /// Letters, and bytes of which characters of two, three and four bytes are made; of UTF-8 or not.
    const ALPHABETS: [&[u8; 4]; 4] = [
        b"abcd",
        b"a\xd0\xd1\xb8",
        b" \xe0\xa4\x95",
        b"\xf0\x9f\x98\x80",
    ];

    /// Random merges of older tokens over a few letters; some tokens come twice, or are made of younger ones.
    fn random_model(rng: &mut Rng, alphabet: &[u8; 4], wild: bool) -> (TokenTable, PairTable) {
        let letters = rng.usize(1..=4);
        let mut names: Vec<Vec<u8>> = alphabet[..letters].iter().map(|&byte| vec![byte]).collect();
        let mut pairs = PairTable::with_capacity(40);
        let mut rank = 0;
        while rank < 40 {
            let count = names.len() as u32;
            let (left, right) = (rng.u32(..count), rng.u32(..count));
            let joined = [&names[left as usize][..], &names[right as usize][..]].concat();
            let known = names.iter().position(|name| *name == joined);
            if joined.len() < 12 && (known.is_none() || wild) {
                let result = known.unwrap_or(names.len()) as u32;
                pairs.insert(left, right, rank, result);
                if known.is_none() {
                    names.push(joined);
                }
            }
            rank += 1;
        }
        let mut tokens = TokenTable::default();
        for (name, id) in names.iter().zip(0..) {
            tokens.insert(name, id);
        }
        (tokens, pairs)
    }

    #[test]
    fn finds_what_merging_finds() {
        let mut rng = Rng::with_seed(1);
        let (mut merger, mut search) = (Merger::default(), Search::default());
        let mut right_kind = 0;
        for round in 0..1200 {
            let alphabet = ALPHABETS[round / 3 % ALPHABETS.len()];
            let (tokens, pairs) = random_model(&mut rng, alphabet, round % 3 == 0);
            let backtracker = Backtracker::new(&tokens, &pairs, |_, token| token.len() == 1);
            let Some(backtracker) = backtracker else {
                continue;
            };
            right_kind += 1;
            for _ in 0..60 {
                let piece: Vec<u8> = (0..rng.usize(1..=70))
                    .map(|_| alphabet[rng.usize(..4)])
                    .collect();
                let symbols: Option<Vec<Symbol>> = (0u32..)
                    .zip(&piece)
                    .map(|(at, &byte)| {
                        let id = tokens.get(&[byte])?;
                        Some(Symbol {
                            id,
                            start: at,
                            end: at + 1,
                        })
                    })
                    .collect();
                let mut found = vec![7];
                let is_found = backtracker.encode(&pairs, &piece, false, &mut found, &mut search);
                assert_eq!(is_found, symbols.is_some());
                let mut symbols = symbols.unwrap_or_default();
                merger.merge(&pairs, &mut symbols, false);
                let ids = symbols.iter().map(|symbol| symbol.id);
                let want: Vec<u32> = [7].into_iter().chain(ids).collect();
                assert_eq!(found, want, "{:?}", String::from_utf8_lossy(&piece));
            }
        }
        assert!(right_kind > 600, "{right_kind}");
    }

    #[test]
    fn a_token_of_a_younger_one_has_no_short_way() {
        let mut tokens = TokenTable::default();
        for (name, id) in ["a", "b", "ab", "abb"].iter().zip(0..) {
            tokens.insert(name.as_bytes(), id);
        }
        let build = |merges: [(u32, u32, u32); 2]| {
            let mut pairs = PairTable::with_capacity(2);
            for ((left, right, result), rank) in merges.into_iter().zip(0..) {
                pairs.insert(left, right, rank, result);
            }
            Backtracker::new(&tokens, &pairs, |_, token| token.len() == 1).is_some()
        };
        assert!(build([(0, 1, 2), (2, 1, 3)]));
        assert!(!build([(2, 1, 3), (0, 1, 2)]));
        assert!(!build([(0, 1, 2), (1, 0, 2)]));
    }
}
