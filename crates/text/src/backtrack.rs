//! Byte pair encoding without merging: the tokens of a piece from the left, the longest first.
//!
//! Where every token is the result of one merge at most, and of tokens that are older than itself, the merged form of a
//! piece is its only cut into tokens of which no two neighbours would have merged otherwise: neighbours `a b` stand if,
//! while their merges are taken back one by one, no pair that then meets at the border has a merge that comes before the
//! one just taken back. (van Antwerpen and Neubeck, "So many tokens, so little time", 2024.) So the longest token that
//! begins a rest is tried, then its prefixes; a place from which nothing leads on is never tried again. That takes time in
//! proportion to the piece, whatever it is. (A fifth of the file is its laws, beside the merges that they are held against.)

use crate::double_array::DoubleArray;
use crate::pair_table::{ID_BITS, ID_LIMIT, NO_RANK, PairTable, RANK_BITS};
use crate::source::Merge;
use crate::token_table::TokenTable;

/// Longest token that is searched for, bytes.
const LONGEST: usize = u16::MAX as usize;

/// Beside an age: whether a token comes about at all, so that it can be taken back to units, and whether it spells nothing.
const MADE: u32 = 1 << 31;
const EMPTY: u32 = 1 << 30;

/// How a token comes about, in one word: the two tokens of which it is merged, and its age, from the top.
#[derive(Debug, Clone, Copy)]
struct Origin(u64);

impl Origin {
    /// Of a token that nothing makes; it is older than all.
    const NONE: Self = Self::new(ID_LIMIT, ID_LIMIT, NO_RANK);
    /// Of a token with which pieces start out.
    const UNIT: Self = Self::new(ID_LIMIT, ID_LIMIT, 0);

    const fn new(left: u32, right: u32, age: u32) -> Self {
        Self((left as u64) << (ID_BITS + RANK_BITS) | (right as u64) << RANK_BITS | age as u64)
    }

    /// The left part.
    #[inline]
    fn left(self) -> u32 {
        (self.0 >> (ID_BITS + RANK_BITS)) as u32
    }

    /// The right part.
    #[inline]
    fn right(self) -> u32 {
        (self.0 >> RANK_BITS) as u32 & ID_LIMIT
    }

    /// Rank of its merge plus one; 0 if it is a unit.
    #[inline]
    fn age(self) -> u32 {
        self.0 as u32 & NO_RANK
    }
}

/// What is tried when a token leads nowhere.
#[derive(Debug, Clone, Copy)]
struct Shorter {
    /// Its longest proper prefix that is a token of some text; [`ID_LIMIT`] if there is none.
    prefix: u32,
    /// Its own length in bytes.
    length: u32,
}

/// The tables.
#[derive(Debug, Clone)]
pub struct Backtracker {
    tree: DoubleArray,
    /// By id.
    origins: Vec<Origin>,
    /// By id.
    shorter: Vec<Shorter>,
}

/// Memory of a search.
#[derive(Debug, Default)]
pub struct Search {
    /// The tokens found, of which the last are taken back where they lead nowhere.
    pub tokens: Vec<u32>,
    /// Where each begins, and whether it is the longest there.
    starts: Vec<(usize, bool)>,
    /// One bit for each place from which nothing leads on.
    dead: Vec<u64>,
}

impl Backtracker {
    /// Builds the tables; none if the merges are not of the kind for which this search is right. `tokens` are the strings
    /// as pieces spell them, `is_unit` says of a token whether pieces start out with it.
    pub fn new(
        tokens: &TokenTable,
        pairs: &PairTable,
        is_unit: impl Fn(u32, &[u8]) -> bool,
    ) -> Option<Self> {
        let bound = tokens.id_bound();
        let mut origins = vec![Origin::NONE; bound];
        let mut merges: Vec<(u32, u32, u32)> = pairs.merges().collect();
        merges.sort_unstable_by_key(|&(_, _, rank)| rank);
        for &(left, right, rank) in &merges {
            let origin = origins.get_mut(pairs.result(rank) as usize)?;
            if origin.age() != NO_RANK {
                return None;
            }
            *origin = Origin::new(left, right, rank + 1);
        }
        // Whether some text is encoded as this token alone.
        let mut spelled = vec![false; bound];
        for (id, origin) in origins.iter_mut().enumerate() {
            let Some(token) = tokens.of(id as u32) else {
                continue;
            };
            if is_unit(id as u32, token) {
                if origin.age() != NO_RANK {
                    return None;
                }
                *origin = Origin::UNIT;
                spelled[id] = true;
            }
        }
        let mut backtracker = Self {
            tree: DoubleArray::default(),
            origins,
            shorter: Vec::with_capacity(bound),
        };
        for &(left, right, rank) in &merges {
            let age = |id: u32| {
                let origin = backtracker.origins.get(id as usize);
                origin.map(|origin| origin.age())
            };
            // A part that nothing makes has the greatest age of all; it is no part of any text.
            let older = |part: Option<u32>| part.is_some_and(|age| age <= rank || age == NO_RANK);
            if !older(age(left)) || !older(age(right)) {
                return None;
            }
            let result = pairs.result(rank) as usize;
            spelled[result] = spelled[left as usize]
                && spelled[right as usize]
                && backtracker.stands(pairs, left, right, rank + 1);
        }
        for id in 0..bound as u32 {
            let length = tokens.of(id).map_or(0, <[u8]>::len);
            if length > LONGEST {
                return None;
            }
            backtracker.shorter.push(Shorter {
                prefix: ID_LIMIT,
                length: length as u32,
            });
        }
        let entries = (0..bound as u32)
            .filter_map(|id| Some((tokens.of(id)?, id)))
            // Of two ids with one string the one that is looked up counts.
            .filter(|&(token, id)| tokens.get(token) == Some(id));
        // The other must not come about: the tree would not know it as the longest.
        let looked_up = entries
            .clone()
            .filter(|&(_, id)| spelled[id as usize])
            .count();
        if looked_up != spelled.iter().filter(|&&spelled| spelled).count() {
            return None;
        }
        let tree = DoubleArray::new(
            entries
                .clone()
                .map(|(token, id)| (token, id, spelled[id as usize])),
        );
        for (token, id) in entries {
            let mut node = tree.root();
            let mut prefix = ID_LIMIT;
            for &byte in &token[..token.len().saturating_sub(1)] {
                node = node.and_then(|node| tree.child(node, byte));
                if let Some((found, true)) = node.and_then(|node| node.token()) {
                    prefix = found;
                }
            }
            backtracker.shorter[id as usize].prefix = prefix;
        }
        Some(Self {
            tree,
            ..backtracker
        })
    }

    /// Every token as pieces spell it.
    pub fn tree(&self) -> &DoubleArray {
        &self.tree
    }

    /// What takes long to work out: the tree, and by id the longest prefix that is a token of some text.
    pub fn kept(&self) -> (&[u64], Vec<u32>) {
        let prefixes = self.shorter.iter().map(|shorter| shorter.prefix);
        (self.tree.units(), prefixes.collect())
    }

    /// The tables from what is kept of them; none if that cannot be theirs. It is checked only as far as a search needs it
    /// to come to an end.
    pub fn restore(
        tokens: &TokenTable,
        merges: &[Merge],
        tree: DoubleArray,
        prefixes: &[u32],
        is_unit: impl Fn(u32, &[u8]) -> bool,
    ) -> Option<Self> {
        let bound = tokens.id_bound();
        if prefixes.len() != bound {
            return None;
        }
        let mut origins = vec![Origin::NONE; bound];
        // By id, in little memory, since merges go to and fro: the age, and above it what else is to be known.
        let mut known = vec![NO_RANK; bound];
        let mut lengths: Vec<u16> = Vec::with_capacity(bound);
        for (id, (origin, known)) in origins.iter_mut().zip(&mut known).enumerate() {
            let token = tokens.of(id as u32).unwrap_or_default();
            lengths.push(token.len().try_into().ok()?);
            if token.is_empty() {
                *known |= EMPTY;
            } else if is_unit(id as u32, token) {
                *origin = Origin::UNIT;
                *known = MADE;
            }
        }
        for (merge, age) in merges.iter().zip(1..) {
            let of = |id: u32| known.get(id as usize).copied();
            let (left, right) = (of(merge.left)?, of(merge.right)?);
            let older = |part: u32| part & NO_RANK < age || part & NO_RANK == NO_RANK;
            let result = known.get_mut(merge.result as usize)?;
            if !older(left) || !older(right) || *result & NO_RANK != NO_RANK {
                return None;
            }
            let is_made = left & right & MADE != 0 && *result & EMPTY == 0;
            *result = age | if is_made { MADE } else { 0 };
            origins[merge.result as usize] = Origin::new(merge.left, merge.right, age);
        }
        let is_made: Vec<bool> = known.iter().map(|known| known & MADE != 0).collect();
        let mut shorter = Vec::with_capacity(bound);
        for (&prefix, &length) in prefixes.iter().zip(&lengths) {
            let is_good = |prefix: usize| is_made[prefix] && lengths[prefix] < length;
            if prefix != ID_LIMIT && !((prefix as usize) < bound && is_good(prefix as usize)) {
                return None;
            }
            let length = length.into();
            shorter.push(Shorter { prefix, length });
        }
        tree.fits(&is_made).then_some(Self {
            tree,
            origins,
            shorter,
        })
    }

    /// Whether two tokens stand side by side in what is merged up to the age `limit`: no pair at their border merges before
    /// that, nor, further down, before the merge taken back.
    #[inline]
    fn stands(&self, pairs: &PairTable, left: u32, right: u32, limit: u32) -> bool {
        let (mut left, mut right, mut limit) = (left, right, limit);
        loop {
            // A merge of rank r has the age r + 1.
            if pairs.merges_below(left, right, limit.saturating_sub(1)) {
                return false;
            }
            let (a, b) = (self.origins[left as usize], self.origins[right as usize]);
            // Taken back on the left: what comes at the same rank comes further left. Selected without a branch: which of
            // the two is younger nobody can foresee.
            let is_left = a.age() > b.age();
            if !is_left && b.age() == 0 {
                return true;
            }
            limit = if is_left { a.age() } else { b.age() + 1 };
            left = if is_left { a.right() } else { left };
            right = if is_left { right } else { b.left() };
        }
    }

    /// As [`Self::stands`] without limit, for a left token that is the longest that the text there begins with: no merge
    /// makes it longer, so it is taken back at least once before a pair can merge.
    #[inline]
    fn stands_behind_longest(&self, pairs: &PairTable, left: u32, right: u32) -> bool {
        let a = self.origins[left as usize];
        let mut right = right;
        loop {
            let b = self.origins[right as usize];
            if a.age() > b.age() {
                return self.stands(pairs, a.right(), right, a.age());
            }
            if b.age() == 0 {
                return true;
            }
            right = b.left();
        }
    }

    /// Leaves the tokens of a piece in `search`; false if the piece has a unit that is no token. With `whole`, a token
    /// that spells all of the piece is taken although no merges lead to it.
    pub fn encode(
        &self,
        pairs: &PairTable,
        piece: &[u8],
        whole: bool,
        search: &mut Search,
    ) -> bool {
        let Search {
            tokens,
            starts,
            dead,
        } = search;
        tokens.clear();
        let (mut token, mut length) = self.tree.longest(piece, whole);
        if length == piece.len() {
            tokens.push(token);
            return true;
        }
        // Mostly each longest token stands.
        let mut at = 0;
        while token != ID_LIMIT
            && tokens
                .last()
                .is_none_or(|&last| self.stands_behind_longest(pairs, last, token))
        {
            tokens.push(token);
            at += length;
            if at == piece.len() {
                return true;
            }
            (token, length) = self.tree.longest(&piece[at..], false);
        }
        starts.clear();
        let mut start = 0;
        for &token in &*tokens {
            starts.push((start, true));
            start += self.shorter[token as usize].length as usize;
        }
        // Lengths from a file may be out of step with the tree.
        if start != at {
            return false;
        }
        dead.clear();
        dead.resize(piece.len() / 64 + 1, 0);
        let mut is_longest = true;
        loop {
            if token == ID_LIMIT {
                // Nothing leads on from here.
                dead[at / 64] |= 1 << (at % 64);
                let (Some(last), Some((start, _))) = (tokens.pop(), starts.pop()) else {
                    return false;
                };
                at = start;
                token = self.shorter[last as usize].prefix;
            } else {
                let end = at + length;
                let last = tokens.last().zip(starts.last());
                let stands = |(&last, &(_, is_longest)): (&u32, &(usize, bool))| {
                    if is_longest {
                        self.stands_behind_longest(pairs, last, token)
                    } else {
                        self.stands(pairs, last, token, NO_RANK)
                    }
                };
                // A tree from a file may be out of step with the lengths.
                if end <= piece.len()
                    && dead[end / 64] >> (end % 64) & 1 == 0
                    && last.is_none_or(stands)
                {
                    tokens.push(token);
                    starts.push((at, is_longest));
                    at = end;
                    if at == piece.len() {
                        return true;
                    }
                    (token, length) = self.tree.longest(&piece[at..], false);
                    is_longest = true;
                    continue;
                }
                token = self.shorter[token as usize].prefix;
            }
            is_longest = false;
            if token != ID_LIMIT {
                length = self.shorter[token as usize].length as usize;
            }
        }
    }

    /// Length of a token in bytes.
    #[inline]
    pub fn length(&self, token: u32) -> u32 {
        self.shorter[token as usize].length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::{Merger, Symbol};

    fn next(seed: &mut u32, n: u32) -> u32 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*seed >> 9) % n
    }

    /// Random merges of older tokens over a few letters; some tokens come twice, or are made of younger ones.
    fn random_model(seed: &mut u32, wild: bool) -> (TokenTable, PairTable) {
        let letters = 1 + next(seed, 4);
        let mut names: Vec<Vec<u8>> = (0..letters).map(|id| vec![b'a' + id as u8]).collect();
        let mut pairs = PairTable::with_capacity(40);
        let mut rank = 0;
        while rank < 40 {
            let count = names.len() as u32;
            let (left, right) = (next(seed, count), next(seed, count));
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
        let mut seed = 1;
        let (mut merger, mut search) = (Merger::default(), Search::default());
        let mut right_kind = 0;
        for round in 0..600 {
            let (tokens, pairs) = random_model(&mut seed, round % 3 == 0);
            let backtracker = Backtracker::new(&tokens, &pairs, |_, token| token.len() == 1);
            let Some(backtracker) = backtracker else {
                continue;
            };
            right_kind += 1;
            for _ in 0..60 {
                let piece: Vec<u8> = (0..1 + next(&mut seed, 70))
                    .map(|_| b'a' + next(&mut seed, 4) as u8)
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
                let found = backtracker.encode(&pairs, &piece, false, &mut search);
                assert_eq!(found, symbols.is_some());
                let Some(mut symbols) = symbols else { continue };
                merger.merge(&pairs, &mut symbols, false);
                let want: Vec<u32> = symbols.iter().map(|symbol| symbol.id).collect();
                assert_eq!(search.tokens, want, "{:?}", String::from_utf8_lossy(&piece));
            }
        }
        assert!(right_kind > 300, "{right_kind}");
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
