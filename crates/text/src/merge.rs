//! Byte pair merging of one piece.
//!
//! The order of merges is that of Hugging Face `tokenizers`: lowest rank first, then leftmost. There, an entry of the
//! queue is taken for valid if the pair now at its place merges into the same *token*, whatever its rank; where two
//! merges give one token that can merge early. The queue here does the same. Where all merges give different tokens,
//! which is the rule, that cannot happen, and a short piece takes a plain scan instead.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::pair_table::{NO_RANK, PairTable};

/// Longest piece that is merged by scanning.
const SCAN_LIMIT: usize = 40;
const END: u32 = u32::MAX;

/// A token of the piece being merged: its id and its bytes in the piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Token id.
    pub id: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    prev: u32,
    next: u32,
}

/// Reusable memory of the merging.
#[derive(Debug, Default)]
pub struct Merger {
    queue: BinaryHeap<Reverse<u64>>,
    links: Vec<Link>,
    ranks: Vec<u32>,
}

impl Merger {
    /// Merges `symbols` as far as it goes.
    ///
    /// `scan` allows the plain scan for short pieces; it needs [`PairTable::results_differ`].
    /// O(n log n) for a piece of n symbols.
    pub fn merge(&mut self, pairs: &PairTable, symbols: &mut Vec<Symbol>, scan: bool) {
        if symbols.len() < 2 {
        } else if scan && symbols.len() <= SCAN_LIMIT {
            self.merge_by_scan(pairs, symbols);
        } else {
            self.merge_by_queue(pairs, symbols);
        }
    }

    fn merge_by_scan(&mut self, pairs: &PairTable, symbols: &mut Vec<Symbol>) {
        let ranks = &mut self.ranks;
        ranks.clear();
        ranks.extend(symbols.windows(2).map(|w| pairs.rank(w[0].id, w[1].id)));
        loop {
            let mut best = (NO_RANK, 0);
            for (at, &rank) in ranks.iter().enumerate() {
                if rank < best.0 {
                    best = (rank, at);
                }
            }
            let (rank, at) = best;
            if rank == NO_RANK {
                return;
            }
            symbols[at] = Symbol {
                id: pairs.result(rank),
                start: symbols[at].start,
                end: symbols[at + 1].end,
            };
            symbols.remove(at + 1);
            ranks.remove(at);
            if at > 0 {
                ranks[at - 1] = pairs.rank(symbols[at - 1].id, symbols[at].id);
            }
            if at < ranks.len() {
                ranks[at] = pairs.rank(symbols[at].id, symbols[at + 1].id);
            }
        }
    }

    fn merge_by_queue(&mut self, pairs: &PairTable, symbols: &mut Vec<Symbol>) {
        let Self { queue, links, .. } = self;
        let push = |queue: &mut BinaryHeap<_>, at: u32, rank: u32| {
            if rank != NO_RANK {
                queue.push(Reverse(u64::from(rank) << 32 | u64::from(at)));
            }
        };
        let count = symbols.len() as u32;
        links.clear();
        links.extend((0..count).map(|at| Link {
            prev: if at == 0 { END } else { at - 1 },
            next: if at + 1 == count { END } else { at + 1 },
        }));
        queue.clear();
        for at in 0..count - 1 {
            push(
                queue,
                at,
                pairs.rank(symbols[at as usize].id, symbols[at as usize + 1].id),
            );
        }
        const GONE: u32 = u32::MAX;
        while let Some(Reverse(key)) = queue.pop() {
            let at = key as u32;
            let expected = pairs.result((key >> 32) as u32);
            let left = symbols[at as usize];
            let Link { prev, next } = links[at as usize];
            if left.id == GONE || next == END {
                continue;
            }
            let right = symbols[next as usize];
            let rank = pairs.rank(left.id, right.id);
            if rank == NO_RANK || pairs.result(rank) != expected {
                continue;
            }
            let result = expected;
            symbols[at as usize] = Symbol {
                id: result,
                start: left.start,
                end: right.end,
            };
            symbols[next as usize].id = GONE;
            let after = links[next as usize].next;
            links[at as usize].next = after;
            if after != END {
                links[after as usize].prev = at;
                push(queue, at, pairs.rank(result, symbols[after as usize].id));
            }
            if prev != END {
                push(queue, prev, pairs.rank(symbols[prev as usize].id, result));
            }
        }
        symbols.retain(|symbol| symbol.id != GONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// A random set of merges over `letters` base tokens; `twice` lets several merges give one token.
    fn random_pairs(rng: &mut Rng, letters: u32, merges: u32, twice: bool) -> PairTable {
        let mut table = PairTable::with_capacity(merges as usize);
        for rank in 0..merges {
            let top = letters + rank;
            let result = if twice && rank > 2 {
                letters + rng.u32(..rank)
            } else {
                top
            };
            table.insert(rng.u32(..top), rng.u32(..top), rank, result);
        }
        table
    }

    fn random_symbols(rng: &mut Rng, letters: u32, len: u32) -> Vec<Symbol> {
        (0..len)
            .map(|at| Symbol {
                id: rng.u32(..letters),
                start: at,
                end: at + 1,
            })
            .collect()
    }

    /// The definition: again and again merge the pair of lowest rank, the leftmost first.
    fn naive(pairs: &PairTable, mut symbols: Vec<Symbol>) -> Vec<Symbol> {
        loop {
            let ranked = symbols
                .windows(2)
                .enumerate()
                .map(|(at, w)| (pairs.rank(w[0].id, w[1].id), at));
            let Some((rank, at)) = ranked.min() else {
                return symbols;
            };
            if rank == NO_RANK {
                return symbols;
            }
            let result = pairs.result(rank);
            symbols[at] = Symbol {
                id: result,
                start: symbols[at].start,
                end: symbols[at + 1].end,
            };
            symbols.remove(at + 1);
        }
    }

    #[test]
    fn scan_and_queue_are_the_definition_where_results_differ() {
        let mut rng = Rng::with_seed(1);
        let mut merger = Merger::default();
        for _ in 0..500 {
            let pairs = random_pairs(&mut rng, 4, 40, false);
            if !pairs.results_differ() {
                continue;
            }
            let len = rng.u32(..60);
            let symbols = random_symbols(&mut rng, 4, len);
            let want = naive(&pairs, symbols.clone());
            for scan in [false, true] {
                let mut got = symbols.clone();
                merger.merge(&pairs, &mut got, scan);
                assert_eq!(got, want);
            }
        }
    }

    #[test]
    fn spans_cover_the_piece_also_where_results_coincide() {
        let mut rng = Rng::with_seed(2);
        let mut merger = Merger::default();
        for _ in 0..300 {
            let pairs = random_pairs(&mut rng, 3, 20, true);
            let mut symbols = random_symbols(&mut rng, 3, 50);
            merger.merge(&pairs, &mut symbols, false);
            assert_eq!((symbols[0].start, symbols[symbols.len() - 1].end), (0, 50));
            assert!(symbols.windows(2).all(|w| w[0].end == w[1].start));
        }
    }

    #[test]
    fn the_queue_takes_at_most_three_entries_for_each_symbol() {
        // a a -> b, b b -> c, ...: every merge adds at most two entries, so the work is O(n log n).
        let mut pairs = PairTable::with_capacity(16);
        for rank in 0..16 {
            pairs.insert(rank, rank, rank, rank + 1);
        }
        let mut merger = Merger::default();
        let mut symbols: Vec<Symbol> = (0..100_000)
            .map(|at| Symbol {
                id: 0,
                start: at,
                end: at + 1,
            })
            .collect();
        merger.merge(&pairs, &mut symbols, true);
        assert!(
            merger.queue.capacity() <= 3 * 131_072,
            "queue grew to {}",
            merger.queue.capacity()
        );
        assert_eq!(
            symbols[0],
            Symbol {
                id: 16,
                start: 0,
                end: 65_536
            }
        );
    }
}
