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
const LONGEST: usize = (1 << (32 - ID_BITS)) - 1;

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

/// What there is to know of a token, side by side, since reading it takes longer than what is done with it.
#[derive(Debug, Clone, Copy)]
struct Token {
    /// How it comes about.
    origin: Origin,
    /// The [`head_of`] each token with which its end, whatever part that is, merges before the token itself comes about. Most
    /// texts behind it begin otherwise, and this word alone says so.
    wary: u32,
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

    #[inline]
    fn prefix(&self) -> u32 {
        self.shorter & ID_LIMIT
    }

    fn set_prefix(&mut self, prefix: u32) {
        self.shorter = self.shorter & !ID_LIMIT | prefix;
    }

    #[inline]
    fn length(&self) -> usize {
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
fn head_of(text: &[u8]) -> u32 {
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

/// The tables.
#[derive(Debug, Clone)]
pub struct Backtracker {
    tree: DoubleArray,
    /// By id.
    tokens: Vec<Token>,
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

    /// Every token as pieces spell it.
    pub fn tree(&self) -> &DoubleArray {
        &self.tree
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
        let mut all = vec![Token::NONE; bound];
        // By id, in little memory, since merges go to and fro: the age, and above it what else is to be known.
        let mut known = vec![NO_RANK; bound];
        let mut lengths: Vec<u16> = Vec::with_capacity(bound);
        for (id, token) in all.iter_mut().enumerate() {
            let spelling = tokens.of(id as u32).unwrap_or_default();
            token.set_length(spelling.len())?;
            token.wary = wary[id];
            lengths.push(spelling.len() as u16);
            if spelling.is_empty() {
                known[id] |= EMPTY;
            } else if is_unit(id as u32, spelling) {
                token.origin = Origin::UNIT;
                known[id] = MADE;
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
            all[merge.result as usize].origin = Origin::new(merge.left, merge.right, age);
        }
        let is_made: Vec<bool> = known.iter().map(|known| known & MADE != 0).collect();
        for (id, &prefix) in prefixes.iter().enumerate() {
            if prefix == ID_LIMIT {
                continue;
            }
            let is_good = is_made.get(prefix as usize) == Some(&true)
                && lengths[prefix as usize] < lengths[id];
            if !is_good {
                return None;
            }
            all[id].set_prefix(prefix);
        }
        tree.fits(&is_made).then_some(Self { tree, tokens: all })
    }

    /// Whether two tokens stand side by side in what is merged up to the age `limit`: no pair at their border merges before
    /// that, nor, further down, before the merge taken back. `head` is that of the text behind the border. If they do not:
    /// the left part of the pair that merges.
    fn stand(
        &self,
        pairs: &PairTable,
        left: u32,
        right: u32,
        limit: u32,
        head: u32,
    ) -> Result<(), u32> {
        let (mut left, mut right, mut limit) = (left, right, limit);
        loop {
            // A merge of rank r has the age r + 1.
            if pairs.merges_below(left, right, limit.saturating_sub(1)) {
                return Err(left);
            }
            let (a, b) = (&self.tokens[left as usize], &self.tokens[right as usize]);
            // Taken back on the left: what comes at the same rank comes further left. Selected without a branch: which of
            // the two is younger nobody can foresee.
            let (age, other) = (a.origin.age(), b.origin.age());
            let is_left = age > other;
            if is_left && a.wary & head == 0 || !is_left && other == 0 {
                return Ok(());
            }
            limit = if is_left { age } else { other + 1 };
            left = if is_left { a.origin.right() } else { left };
            right = if is_left { right } else { b.origin.left() };
        }
    }

    /// As [`Self::stand`] without limit, for a left token that is the longest that the text there begins with: no merge
    /// makes it longer, so it is taken back at least once before a pair can merge.
    #[inline]
    fn stand_behind_longest(
        &self,
        pairs: &PairTable,
        left: u32,
        right: u32,
        head: u32,
    ) -> Result<(), u32> {
        let a = &self.tokens[left as usize];
        if a.wary & head == 0 {
            return Ok(());
        }
        self.stand_after_all(pairs, a.origin, right, head)
    }

    fn stand_after_all(
        &self,
        pairs: &PairTable,
        a: Origin,
        right: u32,
        head: u32,
    ) -> Result<(), u32> {
        let mut right = right;
        loop {
            let b = self.tokens[right as usize].origin;
            if a.age() > b.age() {
                return self.stand(pairs, a.right(), right, a.age(), head);
            }
            if b.age() == 0 {
                return Ok(());
            }
            right = b.left();
        }
    }

    /// Leaves the tokens of a piece in `search`; false if the piece has a unit that is no token. With `whole`, a token
    /// that spells all of the piece is taken although no merges lead to it.
    ///
    /// There is one way to the end on which all tokens stand, if any, so it does not matter how it is found.
    pub fn encode(
        &self,
        pairs: &PairTable,
        piece: &[u8],
        whole: bool,
        search: &mut Search,
    ) -> bool {
        let Search { tokens, starts, .. } = search;
        tokens.clear();
        let (mut token, mut length) = self.tree.longest(piece, whole);
        if length == piece.len() {
            tokens.push(token);
            return true;
        }
        starts.clear();
        // Mostly each longest token stands.
        let mut at = 0;
        while token != ID_LIMIT {
            if let Some(&last) = tokens.last() {
                let head = head_of(&piece[at..]);
                if let Err(part) = self.stand_behind_longest(pairs, last, token, head) {
                    return self.mend(pairs, piece, at, part, search)
                        || self.search(pairs, piece, search);
                }
            }
            tokens.push(token);
            starts.push((at, true));
            at += length;
            if at == piece.len() {
                return true;
            }
            (token, length) = self.tree.longest(&piece[at..], false);
        }
        self.search(pairs, piece, search)
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
        search: &mut Search,
    ) -> bool {
        let Search { tokens, starts, .. } = search;
        let mut end = at.saturating_sub(self.tokens[part as usize].length());
        // So that hostile merges do not make it go to and fro without an end.
        let mut steps = 4 * piece.len();
        while steps > 0 {
            steps -= 1;
            let (Some(_), Some((start, _))) = (tokens.pop(), starts.pop()) else {
                return false;
            };
            let room = piece.get(start..end).unwrap_or(&[]);
            let (mut token, mut length) = self.tree.longest(room, false);
            if token == ID_LIMIT {
                end = start.saturating_sub(1);
                continue;
            }
            let mut at = start;
            let mut is_longest = false;
            loop {
                if let Some((&last, &(_, is_last_longest))) = tokens.last().zip(starts.last()) {
                    let head = head_of(&piece[at..]);
                    let stand = if is_last_longest {
                        self.stand_behind_longest(pairs, last, token, head)
                    } else {
                        self.stand(pairs, last, token, NO_RANK, head)
                    };
                    if let Err(part) = stand {
                        end = at.saturating_sub(self.tokens[part as usize].length());
                        break;
                    }
                }
                tokens.push(token);
                starts.push((at, is_longest));
                at += length;
                if at == piece.len() {
                    return true;
                }
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

    /// Looks for the way from the beginning, leaving out nothing: the longest tokens first, and a place from which nothing
    /// leads on is never tried again.
    #[cold]
    fn search(&self, pairs: &PairTable, piece: &[u8], search: &mut Search) -> bool {
        let Search {
            tokens,
            starts,
            dead,
        } = search;
        tokens.clear();
        starts.clear();
        dead.clear();
        dead.resize(piece.len() / 64 + 1, 0);
        let mut at = 0;
        let (mut token, mut length) = self.tree.longest(piece, false);
        let mut is_longest = true;
        loop {
            if token == ID_LIMIT {
                // Nothing leads on from here.
                dead[at / 64] |= 1 << (at % 64);
                let (Some(last), Some((start, _))) = (tokens.pop(), starts.pop()) else {
                    return false;
                };
                at = start;
                token = self.tokens[last as usize].prefix();
            } else {
                let end = at + length;
                let last = tokens.last().zip(starts.last());
                let stands = |(&last, &(_, is_longest)): (&u32, &(usize, bool))| {
                    let head = head_of(&piece[at..]);
                    if is_longest {
                        self.stand_behind_longest(pairs, last, token, head)
                    } else {
                        self.stand(pairs, last, token, NO_RANK, head)
                    }
                    .is_ok()
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

    fn next(seed: &mut u32, n: u32) -> u32 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*seed >> 9) % n
    }

    /// Letters, and bytes of which characters of two, three and four bytes are made; of UTF-8 or not.
    const ALPHABETS: [&[u8; 4]; 4] = [
        b"abcd",
        b"a\xd0\xd1\xb8",
        b" \xe0\xa4\x95",
        b"\xf0\x9f\x98\x80",
    ];

    /// Random merges of older tokens over a few letters; some tokens come twice, or are made of younger ones.
    fn random_model(seed: &mut u32, alphabet: &[u8; 4], wild: bool) -> (TokenTable, PairTable) {
        let letters = 1 + next(seed, 4) as usize;
        let mut names: Vec<Vec<u8>> = alphabet[..letters].iter().map(|&byte| vec![byte]).collect();
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
        for round in 0..1200 {
            let alphabet = ALPHABETS[round / 3 % ALPHABETS.len()];
            let (tokens, pairs) = random_model(&mut seed, alphabet, round % 3 == 0);
            let backtracker = Backtracker::new(&tokens, &pairs, |_, token| token.len() == 1);
            let Some(backtracker) = backtracker else {
                continue;
            };
            right_kind += 1;
            for _ in 0..60 {
                let piece: Vec<u8> = (0..1 + next(&mut seed, 70))
                    .map(|_| alphabet[next(&mut seed, 4) as usize])
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
        assert!(right_kind > 600, "{right_kind}");
    }

    #[test]
    fn a_text_begins_as_what_it_begins_with() {
        let mut seed = 3;
        let bytes = b"aA\x00\x7f\x80\xbf\xc3\xd0\xe0\xe9\xf0\xf4\xff";
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..1 + next(&mut seed, 6))
                .map(|_| bytes[next(&mut seed, bytes.len() as u32) as usize])
                .collect();
            for end in 0..text.len() {
                let (whole, part) = (head_of(&text), head_of(&text[..end]));
                assert_eq!(whole & !part, 0, "{text:?} {end}");
            }
        }
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
