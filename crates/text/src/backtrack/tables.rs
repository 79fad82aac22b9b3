//! The tables of a search: how each token comes about, and what may merge with its end.

use super::Backtracker;
use crate::double_array::DoubleArray;
use crate::pair_table::{ID_BITS, ID_LIMIT, NO_RANK, PairTable, RANK_BITS};
use crate::source::Merge;
use crate::token_table::TokenTable;

/// Longest token that is searched for, bytes.
const LONGEST: usize = (1 << (32 - ID_BITS)) - 1;

/// Beside an age: whether a token comes about at all, so that it can be taken back to units, and whether it spells nothing.
const MADE: u32 = 1 << 31;
const EMPTY: u32 = 1 << 30;

/// How a token comes about, in one word: the two tokens of which it is merged, and its age, from the top.
#[derive(Debug, Clone, Copy)]
pub struct Origin(u64);

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
    pub fn left(self) -> u32 {
        (self.0 >> (ID_BITS + RANK_BITS)) as u32
    }

    /// The right part.
    #[inline]
    pub fn right(self) -> u32 {
        (self.0 >> RANK_BITS) as u32 & ID_LIMIT
    }

    /// Rank of its merge plus one; 0 if it is a unit.
    #[inline]
    pub fn age(self) -> u32 {
        self.0 as u32 & NO_RANK
    }
}

/// What there is to know of a token, side by side, since reading it takes longer than what is done with it.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
pub struct Token {
    /// How it comes about.
    pub origin: Origin,
    /// The [`head_of`] each token with which its end, whatever part that is, merges before the token itself comes about. Most
    /// texts behind it begin otherwise, and this word alone says so.
    pub wary: u32,
    /// What is tried when it leads nowhere: its longest proper prefix that is a token of some text, [`ID_LIMIT`] if there is
    /// none; above it its own length in bytes.
    shorter: u32,
}

impl Token {
    const NONE: Self = Self {
        origin: Origin::NONE,
        wary: 0,
        shorter: ID_LIMIT,
    };

    /// The longest proper prefix that is a token of some text; [`ID_LIMIT`] if there is none.
    #[inline]
    pub fn prefix(&self) -> u32 {
        self.shorter & ID_LIMIT
    }

    fn set_prefix(&mut self, prefix: u32) {
        self.shorter = self.shorter & !ID_LIMIT | prefix;
    }

    /// Its length in bytes.
    #[inline]
    pub fn length(&self) -> usize {
        (self.shorter >> ID_BITS) as usize
    }

    /// None if it is too long for a search.
    fn set_length(&mut self, length: usize) -> Option<()> {
        self.shorter = (length as u32) << ID_BITS | ID_LIMIT;
        (length <= LONGEST).then_some(())
    }
}

/// What a text begins with, roughly, as one of 32 bits; more of them if it ends within its first character.
#[inline]
pub fn head_of(text: &[u8]) -> u32 {
    let byte = |at: usize| text.get(at).copied();
    let two = |lead: u8, last: Option<u8>| {
        let half = 16 * (lead & 1);
        last.map_or(0xffff << half, |last| 1 << (half | last & 15))
    };
    match (byte(0), byte(1)) {
        (None, _) | (Some(0xe0..), None) => u32::MAX,
        (Some(first @ ..0xc0), _) => 1 << (first & 31),
        (Some(first @ ..0xe0), second) => two(first, second),
        (Some(_), Some(second)) => two(second, byte(2)),
    }
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
        let mut known = vec![Token::NONE; bound];
        let mut merges: Vec<(u32, u32, u32)> = pairs.merges().collect();
        merges.sort_unstable_by_key(|&(_, _, rank)| rank);
        for &(left, right, rank) in &merges {
            let token = known.get_mut(pairs.result(rank) as usize)?;
            if token.origin.age() != NO_RANK {
                return None;
            }
            token.origin = Origin::new(left, right, rank + 1);
        }
        // Whether some text is encoded as this token alone.
        let mut spelled = vec![false; bound];
        for (id, token) in known.iter_mut().enumerate() {
            let Some(spelling) = tokens.of(id as u32) else {
                continue;
            };
            token.set_length(spelling.len())?;
            if is_unit(id as u32, spelling) {
                if token.origin.age() != NO_RANK {
                    return None;
                }
                token.origin = Origin::UNIT;
                spelled[id] = true;
            }
        }
        let mut backtracker = Self {
            tree: DoubleArray::default(),
            tokens: known,
        };
        // The heads of what each token merges with on its right, so far.
        let mut partners = vec![0; bound];
        for &(left, right, rank) in &merges {
            let age = |id: u32| {
                let token = backtracker.tokens.get(id as usize);
                token.map(|token| token.origin.age())
            };
            // A part that nothing makes has the greatest age of all; it is no part of any text.
            let older = |part: Option<u32>| part.is_some_and(|age| age <= rank || age == NO_RANK);
            if !older(age(left)) || !older(age(right)) {
                return None;
            }
            let result = pairs.result(rank) as usize;
            let (left_at, right_at) = (left as usize, right as usize);
            backtracker.tokens[result].wary =
                partners[right_at] | backtracker.tokens[right_at].wary;
            partners[left_at] |= head_of(tokens.of(right).unwrap_or_default());
            spelled[result] = spelled[left_at]
                && spelled[right_at]
                && backtracker
                    .stand(pairs, left, right, rank + 1, u32::MAX)
                    .is_ok();
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
            backtracker.tokens[id as usize].set_prefix(prefix);
        }
        Some(Self {
            tree,
            ..backtracker
        })
    }

    /// What takes long to work out besides the tree, by id: the longest prefix that is a token of some text, and what it is
    /// wary of.
    pub fn kept(&self) -> (Vec<u32>, Vec<u32>) {
        let tokens = self.tokens.iter();
        tokens.map(|token| (token.prefix(), token.wary)).unzip()
    }

    /// The tables from what is kept of them; none if that cannot be theirs. It is checked only as far as a search needs it
    /// to come to an end.
    pub fn restore(
        tokens: &TokenTable,
        merges: &[Merge],
        tree: DoubleArray,
        (prefixes, wary): (&[u32], &[u32]),
        is_unit: impl Fn(u32, &[u8]) -> bool,
    ) -> Option<Self> {
        let bound = tokens.id_bound();
        if prefixes.len() != bound || wary.len() != bound {
            return None;
        }
        // In little memory each, since merges go to and fro: where tokens come from, and by id the age and above it what else is
        // to be known.
        let mut origins = vec![Origin::NONE; bound];
        let mut known = vec![NO_RANK; bound];
        let mut lengths: Vec<u16> = Vec::with_capacity(bound);
        for (id, (origin, known)) in origins.iter_mut().zip(&mut known).enumerate() {
            let spelling = tokens.of(id as u32).unwrap_or_default();
            lengths.push(spelling.len().try_into().ok()?);
            if spelling.is_empty() {
                *known |= EMPTY;
            } else if is_unit(id as u32, spelling) {
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
        let mut all = Vec::with_capacity(bound);
        let kept = prefixes.iter().zip(wary);
        for ((&origin, &length), (&prefix, &wary)) in origins.iter().zip(&lengths).zip(kept) {
            let is_good = |prefix: usize| is_made[prefix] && lengths[prefix] < length;
            if prefix != ID_LIMIT && !((prefix as usize) < bound && is_good(prefix as usize)) {
                return None;
            }
            let mut token = Token {
                origin,
                wary,
                ..Token::NONE
            };
            token.set_length(length.into())?;
            token.set_prefix(prefix);
            all.push(token);
        }
        tree.fits(&is_made).then_some(Self { tree, tokens: all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_as_what_it_begins_with() {
        let mut rng = fastrand::Rng::with_seed(3);
        let bytes = b"aA\x00\x7f\x80\xbf\xc3\xd0\xe0\xe9\xf0\xf4\xff";
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..rng.usize(1..=6))
                .map(|_| bytes[rng.usize(..bytes.len())])
                .collect();
            for end in 0..text.len() {
                let (whole, part) = (head_of(&text), head_of(&text[..end]));
                assert_eq!(whole & !part, 0, "{text:?} {end}");
            }
        }
    }
}
