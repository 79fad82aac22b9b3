//! A prefix tree over byte strings in which a step is one read.
//!
//! A double array, as Darts has it: the children of a node lie at `base ^ byte`, and a child knows by which byte it was
//! reached. No two nodes share a base, so the byte is proof enough. What a node says lies in one 64-bit word: the byte, the
//! base, the token that ends there, and a mark of that token.

use crate::pair_table::ID_LIMIT;

/// Bits of a word, from the bottom: base, token, its mark, whether it is the child of a node, byte. The base has half of the
/// word to itself, since each step of a walk waits for that of the one before.
const TOKEN_SHIFT: u32 = 32;
const MARK: u64 = 1 << 53;
const CHILD_SHIFT: u32 = 55;
const CHILD: u64 = 1;
/// Token of a node where none ends.
const NO_TOKEN: u32 = ID_LIMIT;
const BLOCK: usize = 256;
/// How many of the last blocks are searched for room.
const OPEN_BLOCKS: usize = 32;

/// The tree.
#[derive(Debug, Default, Clone)]
pub struct DoubleArray {
    units: Vec<u64>,
}

/// Where a walk is.
#[derive(Debug, Clone, Copy)]
pub struct Node(u64);

impl Node {
    /// The token that ends here, and its mark.
    #[inline]
    pub fn token(self) -> Option<(u32, bool)> {
        let token = token_of(self.0);
        (token != NO_TOKEN).then_some((token, self.0 & MARK != 0))
    }
}

/// Where the children of a node lie.
#[inline]
fn base_of(unit: u64) -> usize {
    unit as u32 as usize
}

/// The token that ends at a node, or [`NO_TOKEN`].
#[inline]
fn token_of(unit: u64) -> u32 {
    (unit >> TOKEN_SHIFT) as u32 & NO_TOKEN
}

/// Whether a node is the child that a byte leads to.
#[inline]
fn is_child(unit: u64, byte: u8) -> bool {
    unit >> CHILD_SHIFT == u64::from(byte) << 1 | CHILD
}

impl DoubleArray {
    /// Builds the tree from byte strings, their tokens and marks; of equal strings the last one counts. Empty strings are
    /// left out. Tokens must be below [`ID_LIMIT`].
    pub fn new<'a>(tokens: impl Iterator<Item = (&'a [u8], u32, bool)>) -> Self {
        let mut sorted: Vec<(&[u8], u32, bool)> =
            tokens.filter(|(key, _, _)| !key.is_empty()).collect();
        sorted.sort_by_key(|&(key, _, _)| key);
        let mut builder = Builder::new();
        // Nodes whose children have no place yet: the strings that pass, the depth, the place.
        let mut open = vec![(0..sorted.len(), 0, 0)];
        let mut children: Vec<(u8, std::ops::Range<usize>)> = Vec::new();
        while let Some((range, depth, place)) = open.pop() {
            let mut at = range.start;
            let (mut token, mut mark) = (NO_TOKEN, 0);
            while at < range.end && sorted[at].0.len() == depth {
                token = sorted[at].1;
                mark = if sorted[at].2 { MARK } else { 0 };
                at += 1;
            }
            children.clear();
            while at < range.end {
                let byte = sorted[at].0[depth];
                let start = at;
                at += sorted[at..range.end].partition_point(|(key, _, _)| key[depth] == byte);
                children.push((byte, start..at));
            }
            let base = builder.base_for(&children);
            builder.bases[base / BLOCK][base % BLOCK / 64] |= 1 << (base % 64);
            builder.units[place] |= u64::from(token) << TOKEN_SHIFT | mark | base as u64;
            for (byte, range) in children.drain(..) {
                let child = base ^ usize::from(byte);
                builder.take(child);
                builder.units[child] = (u64::from(byte) << 1 | CHILD) << CHILD_SHIFT;
                open.push((range, depth + 1, child));
            }
        }
        Self {
            units: builder.units,
        }
    }

    /// The tree as it is kept.
    pub fn from_units(units: Vec<u64>) -> Self {
        Self { units }
    }

    /// Whether all tokens are in bounds, and only those are marked that may be.
    pub fn fits(&self, may_be_marked: &[bool]) -> bool {
        self.units.iter().all(|&unit| {
            let token = token_of(unit);
            let may = may_be_marked.get(token as usize);
            token == NO_TOKEN || may.is_some_and(|&may| may || unit & MARK == 0)
        })
    }

    /// The token that is spelled so.
    pub fn find(&self, token: &[u8]) -> Option<u32> {
        let mut node = self.root()?;
        for &byte in token {
            node = self.child(node, byte)?;
        }
        node.token().map(|(token, _)| token)
    }

    /// The tree as it is kept.
    pub fn units(&self) -> &[u64] {
        &self.units
    }

    /// The root; none if nothing was built.
    #[inline]
    pub fn root(&self) -> Option<Node> {
        self.units.first().map(|&unit| Node(unit))
    }

    /// The child that a byte leads to.
    #[inline]
    pub fn child(&self, node: Node, byte: u8) -> Option<Node> {
        let unit = *self.units.get(base_of(node.0) ^ usize::from(byte))?;
        is_child(unit, byte).then_some(Node(unit))
    }

    /// The longest marked token that a text begins with, [`ID_LIMIT`] if there is none, and its length. If `whole`, a token
    /// that spells all of the text counts without a mark.
    #[inline]
    pub fn longest(&self, text: &[u8], whole: bool) -> (u32, usize) {
        let (best, unit) = self.longest_of(text, |unit| unit & MARK != 0);
        match unit.map_or(NO_TOKEN, token_of) {
            token if whole && token != NO_TOKEN => (token, text.len()),
            _ => best,
        }
    }

    /// The longest token that a text begins with, marked or not, [`ID_LIMIT`] if there is none, and its length.
    #[inline]
    pub fn longest_of_all(&self, text: &[u8]) -> (u32, usize) {
        self.longest_of(text, |unit| token_of(unit) != NO_TOKEN).0
    }

    /// The longest good token that a text begins with, its length, and the node that all of the text leads to.
    #[inline(always)]
    fn longest_of(&self, text: &[u8], good: impl Fn(u64) -> bool) -> ((u32, usize), Option<u64>) {
        let units = &self.units[..];
        let mut unit = units.first().copied().unwrap_or(0);
        let mut best = (NO_TOKEN, 0);
        for (at, &byte) in text.iter().enumerate() {
            match units.get(base_of(unit) ^ usize::from(byte)) {
                Some(&child) if is_child(child, byte) => unit = child,
                _ => return (best, None),
            }
            // Selected without a branch: which nodes are tokens nobody can foresee.
            let is_good = good(unit);
            best.0 = if is_good { token_of(unit) } else { best.0 };
            best.1 = if is_good { at + 1 } else { best.1 };
        }
        (best, Some(unit))
    }

    /// Calls `sink` with the length and the token of every string that `text` begins with, the shortest first.
    #[inline]
    pub fn prefixes(&self, text: &[u8], mut sink: impl FnMut(usize, u32)) {
        let Some(mut node) = self.root() else { return };
        for (at, &byte) in text.iter().enumerate() {
            let Some(child) = self.child(node, byte) else {
                return;
            };
            node = child;
            if let Some((token, _)) = node.token() {
                sink(at + 1, token);
            }
        }
    }
}

/// The array while it grows.
struct Builder {
    units: Vec<u64>,
    /// For each block its free places, one bit each.
    free: Vec<[u64; BLOCK / 64]>,
    /// For each block the bases that nodes have, one bit each.
    bases: Vec<[u64; BLOCK / 64]>,
}

impl Builder {
    /// One block; the first place is the root's, and the base 0 is that of nodes without children.
    fn new() -> Self {
        let mut builder = Self {
            units: Vec::new(),
            free: Vec::new(),
            bases: Vec::new(),
        };
        builder.grow();
        builder.take(0);
        builder.bases[0][0] = 1;
        builder
    }

    fn grow(&mut self) {
        self.units.resize(self.units.len() + BLOCK, 0);
        self.free.push([u64::MAX; BLOCK / 64]);
        self.bases.push([0; BLOCK / 64]);
    }

    fn take(&mut self, place: usize) {
        self.free[place / BLOCK][place % BLOCK / 64] &= !(1 << (place % 64));
    }

    /// A base that is nobody's, at which all children find a free place.
    fn base_for(&mut self, children: &[(u8, std::ops::Range<usize>)]) -> usize {
        let Some(&(first, _)) = children.first() else {
            return 0;
        };
        let from = self.free.len().saturating_sub(OPEN_BLOCKS);
        for block in from..self.free.len() {
            if let Some(base) = self.base_in(block, first, children) {
                return block * BLOCK + base;
            }
        }
        self.grow();
        (self.free.len() - 1) * BLOCK
    }

    fn base_in(
        &self,
        block: usize,
        first: u8,
        children: &[(u8, std::ops::Range<usize>)],
    ) -> Option<usize> {
        let (free, bases) = (&self.free[block], &self.bases[block]);
        let has =
            |bits: &[u64; BLOCK / 64], at: u8| bits[usize::from(at) / 64] >> (at % 64) & 1 == 1;
        let count: u32 = free.iter().map(|word| word.count_ones()).sum();
        if (count as usize) < children.len() {
            return None;
        }
        for (index, &word) in free.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                let place = (index * 64) as u8 + word.trailing_zeros() as u8;
                word &= word - 1;
                let base = place ^ first;
                if !has(bases, base) && children.iter().all(|(byte, _)| has(free, base ^ byte)) {
                    return Some(usize::from(base));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(tree: &DoubleArray, text: &[u8]) -> Vec<(usize, u32, bool)> {
        let mut found = Vec::new();
        let mut node = tree.root();
        for (at, &byte) in text.iter().enumerate() {
            node = node.and_then(|node| tree.child(node, byte));
            let Some(node) = node else { break };
            found.extend(node.token().map(|(token, mark)| (at + 1, token, mark)));
        }
        found
    }

    #[test]
    fn finds_every_string_that_a_text_begins_with() {
        let mut rng = fastrand::Rng::with_seed(5);
        for round in 0..300 {
            let last_letter = [2, 11, 255][round % 3];
            let mut word = |bound: usize| -> Vec<u8> {
                (0..rng.usize(..bound))
                    .map(|_| rng.u8(..=last_letter))
                    .collect()
            };
            let words: Vec<Vec<u8>> = (0..1 + 30 * (round % 9)).map(|_| word(6)).collect();
            let entries = words.iter().zip(0u32..);
            let tree = DoubleArray::new(
                entries.map(|(word, id)| (word.as_slice(), id, id.is_multiple_of(3))),
            );
            for turn in 0..100 {
                let mut text = word(9);
                if turn % 2 == 0 {
                    text.splice(0..0, words[turn % words.len()].iter().copied());
                }
                let want: Vec<(usize, u32, bool)> = (1..=text.len())
                    .filter_map(|length| {
                        let id = words.iter().rposition(|word| word[..] == text[..length])?;
                        Some((length, id as u32, id % 3 == 0))
                    })
                    .collect();
                assert_eq!(prefixes(&tree, &text), want);
            }
        }
        assert_eq!(prefixes(&DoubleArray::default(), b"a"), []);
    }
}
