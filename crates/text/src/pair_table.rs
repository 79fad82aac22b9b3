//! Pairs of tokens that merge: their rank, and the token that they give.
//!
//! One 64-bit word for each pair, in an open-addressing table, and before it a filter that is small enough for the processor's
//! cache: most pairs that are asked for do not merge, or not early enough, and the filter alone says so.

/// Rank of a merge that is not there.
pub const NO_RANK: u32 = (1 << RANK_BITS) - 1;
/// Ids must be below this.
pub const ID_LIMIT: u32 = (1 << ID_BITS) - 1;

/// Bits of an id.
pub const ID_BITS: u32 = 21;
/// Bits of a rank.
pub const RANK_BITS: u32 = 22;
const FREE: u64 = u64::MAX;
/// In the filter, where no pair is.
const NO_CLASS: u64 = 15;
const K: u64 = 0x9e37_79b9_7f4a_7c15;

/// The table.
#[derive(Debug, Clone)]
pub struct PairTable {
    /// Left id, right id, rank, from the top; [`FREE`] where nothing is. A power of two, at most four fifths full.
    entries: Vec<u64>,
    /// Four bits for each hash: the earliest class of the pairs that have it, or [`NO_CLASS`].
    filter: Vec<u64>,
    /// What a hash is shifted by to give a place in each.
    entry_shift: u32,
    filter_shift: u32,
    /// [`half_octaves`] of the greatest rank.
    top: u32,
    /// Where each class begins; [`NO_CLASS`] with no rank.
    classes: [u32; 16],
    /// What each rank gives.
    results: Vec<u32>,
}

impl Default for PairTable {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

#[inline]
fn pair_of(left: u32, right: u32) -> u64 {
    u64::from(left) << ID_BITS | u64::from(right)
}

/// Twice the logarithm of a rank, more or less.
#[inline]
fn half_octaves(rank: u32) -> u32 {
    let rank = rank + 2;
    let octave = 31 - rank.leading_zeros();
    2 * octave + (rank >> (octave - 1) & 1)
}

/// The first rank of which [`half_octaves`] is more.
fn next_half_octave(rank: u32) -> u32 {
    let next = half_octaves(rank) + 1;
    let octave = next / 2;
    (1 << octave | (next & 1) << (octave - 1)) - 2
}

impl PairTable {
    /// An empty table with room for `pairs` pairs; the most is 4194302.
    pub fn with_capacity(pairs: usize) -> Self {
        let size = (pairs + pairs / 4 + 1).next_power_of_two().max(64);
        let mut table = Self {
            entries: vec![FREE; size],
            filter: vec![u64::MAX; size / 4],
            entry_shift: 64 - size.trailing_zeros(),
            filter_shift: 64 - (size / 4).trailing_zeros(),
            top: half_octaves(pairs as u32),
            classes: [NO_RANK; 16],
            results: Vec::with_capacity(pairs),
        };
        let mut at = 0;
        for class in 0..NO_CLASS {
            while at < NO_RANK && table.class(at) < class {
                at = next_half_octave(at);
            }
            table.classes[class as usize] = at;
        }
        table
    }

    /// Place of a pair in the table, or the free place where it would go.
    #[inline]
    fn slot(&self, pair: u64) -> usize {
        let mask = self.entries.len() - 1;
        let mut slot = (pair.wrapping_mul(K) >> self.entry_shift) as usize & mask;
        while self.entries[slot] >> RANK_BITS != pair && self.entries[slot] != FREE {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Word of the filter and shift for a pair: four places for each place of the table, by the top of the hash as well.
    #[inline(always)]
    fn filter_place(&self, pair: u64) -> (usize, u32) {
        let hash = pair.wrapping_mul(K);
        let word = (hash >> self.filter_shift) as usize & (self.filter.len() - 1);
        (word, (hash >> (self.filter_shift - 6)) as u32 & 0x3c)
    }

    /// Class of a rank: no less than that of an earlier one, and below [`NO_CLASS`].
    #[inline]
    fn class(&self, rank: u32) -> u64 {
        let below = self.top.saturating_sub(half_octaves(rank));
        u64::from(14u32.saturating_sub(below))
    }

    /// The same merges but those that give one of `hidden`, which is sorted.
    pub fn without(&self, hidden: &[u32]) -> Self {
        let mut copy = self.clone();
        for entry in copy.entries.iter_mut().filter(|entry| **entry != FREE) {
            let rank = *entry as u32 & NO_RANK;
            let result = self.results.get(rank as usize);
            if result.is_some_and(|result| hidden.binary_search(result).is_ok()) {
                // The pair keeps its place, so that others are still found behind it.
                *entry |= u64::from(NO_RANK);
            }
        }
        copy
    }

    /// Adds a merge; a later one of the same pair wins. At most as many as the capacity asked for, by growing rank.
    pub fn insert(&mut self, left: u32, right: u32, rank: u32, result: u32) {
        self.insert_pair(left, right, rank);
        if self.results.len() <= rank as usize {
            self.results.resize(rank as usize + 1, 0);
        }
        self.results[rank as usize] = result;
    }

    /// A table of pairs with their ranks, and of what each rank gives.
    pub fn of_pairs(
        pairs: impl ExactSizeIterator<Item = (u32, u32, u32)>,
        results: Vec<u32>,
    ) -> Self {
        let mut table = Self::with_capacity(pairs.len());
        pairs.for_each(|(left, right, rank)| table.insert_pair(left, right, rank));
        table.results = results;
        table
    }

    #[inline(always)]
    fn insert_pair(&mut self, left: u32, right: u32, rank: u32) {
        let pair = pair_of(left, right);
        let slot = self.slot(pair);
        self.entries[slot] = pair << RANK_BITS | u64::from(rank);
        let (word, shift) = self.filter_place(pair);
        let class = self.class(rank).min(self.filter[word] >> shift & NO_CLASS);
        self.filter[word] = self.filter[word] & !(NO_CLASS << shift) | class << shift;
    }

    /// Rank of a pair; [`NO_RANK`] if it does not merge.
    #[inline(always)]
    pub fn rank(&self, left: u32, right: u32) -> u32 {
        let pair = pair_of(left, right);
        let (word, shift) = self.filter_place(pair);
        if self.filter[word] >> shift & NO_CLASS == NO_CLASS {
            NO_RANK
        } else {
            self.rank_of(pair)
        }
    }

    /// Whether a pair merges with a rank below `limit`, which is [`NO_RANK`] at most.
    #[inline(always)]
    pub fn merges_below(&self, left: u32, right: u32, limit: u32) -> bool {
        let pair = pair_of(left, right);
        let (word, shift) = self.filter_place(pair);
        let class = (self.filter[word] >> shift & NO_CLASS) as usize;
        self.classes[class] < limit && self.rank_of(pair) < limit
    }

    /// Rank of a pair that the filter lets through.
    #[inline(never)]
    fn rank_of(&self, pair: u64) -> u32 {
        // A free place holds no rank either.
        self.entries[self.slot(pair)] as u32 & NO_RANK
    }

    /// What the merge of a rank gives.
    #[inline]
    pub fn result(&self, rank: u32) -> u32 {
        self.results[rank as usize]
    }

    /// All merges: left, right, rank.
    pub fn merges(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        let live = self.entries.iter().filter(|&&entry| entry != FREE);
        live.map(|&entry| {
            let id = |word: u64| word as u32 & ID_LIMIT;
            let (left, right) = (entry >> (ID_BITS + RANK_BITS), entry >> RANK_BITS);
            (id(left), id(right), entry as u32 & NO_RANK)
        })
        .filter(|&(_, _, rank)| rank != NO_RANK)
    }

    /// The tokens that merges give.
    pub fn results(&self) -> impl Iterator<Item = u32> {
        self.merges().map(|(_, _, rank)| self.result(rank))
    }

    /// Whether no two merges give the same token.
    pub fn results_differ(&self) -> bool {
        let mut seen = vec![false; self.results.iter().max().map_or(0, |&id| id as usize + 1)];
        let mut is_new = |id: u32| !std::mem::replace(&mut seen[id as usize], true);
        self.results().all(&mut is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_pair_is_found_and_no_other() {
        let mut rng = fastrand::Rng::with_seed(9);
        let mut table = PairTable::with_capacity(3000);
        let mut want = HashMap::new();
        for rank in 0..3000 {
            let (left, right) = (rng.u32(..90), rng.u32(ID_LIMIT - 90..ID_LIMIT));
            table.insert(left, right, rank, rank * 2);
            want.insert((left, right), rank);
        }
        for left in 0..90 {
            for right in ID_LIMIT - 90..ID_LIMIT {
                let rank = want.get(&(left, right)).copied().unwrap_or(NO_RANK);
                assert_eq!(table.rank(left, right), rank);
                for limit in [rank.saturating_sub(1), rank, rank + 1, rng.u32(..3000)] {
                    let limit = limit.min(NO_RANK);
                    assert_eq!(table.merges_below(left, right, limit), rank < limit);
                }
                assert!(rank == NO_RANK || table.result(rank) == rank * 2);
            }
        }
        assert_eq!(table.merges().count(), want.len());
        let hidden: Vec<u32> = (0..1500).map(|rank| rank * 4).collect();
        let rest = table.without(&hidden);
        for (&(left, right), &rank) in &want {
            let rank = if rank % 2 == 0 { NO_RANK } else { rank };
            assert_eq!(rest.rank(left, right), rank);
        }
        assert_eq!(PairTable::default().rank(1, 2), NO_RANK);
    }
}
