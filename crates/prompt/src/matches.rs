//! All occurrences of many token sequences, in one walk.

/// An occurrence of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// First token.
    pub start: usize,
    /// Token after the last.
    pub end: usize,
    /// Which of the sequences.
    pub target: usize,
}

const ROOT: u32 = 0;
const FREE: u64 = u64::MAX;
/// Bits of the filter on first tokens.
const FILTER: usize = 1 << 12;

/// Sequences to look for: a prefix tree with its edges in one hash table.
pub struct TargetSet {
    edges: Vec<(u64, u32)>,
    num_edges: usize,
    /// Target that ends at each node, `u32::MAX` for none.
    ends: Vec<u32>,
    filter: Vec<u64>,
}

impl TargetSet {
    /// Builds the set from `(index, sequence)` pairs. An empty sequence never matches; of equal sequences the first counts.
    pub fn new<'a>(targets: impl Iterator<Item = (usize, &'a [u32])>) -> Self {
        let mut set = Self {
            edges: vec![(FREE, 0); 16],
            num_edges: 0,
            ends: vec![u32::MAX],
            filter: vec![0; FILTER / 64],
        };
        for (index, sequence) in targets {
            let Some(&first) = sequence.first() else {
                continue;
            };
            set.filter[first as usize % FILTER / 64] |= 1 << (first % 64);
            let node = sequence
                .iter()
                .fold(ROOT, |node, &token| set.child_or_new(node, token));
            let end = &mut set.ends[node as usize];
            if *end == u32::MAX {
                *end = index as u32;
            }
        }
        set
    }

    #[inline]
    fn slot(&self, node: u32, token: u32) -> usize {
        let key = u64::from(node) << 32 | u64::from(token);
        let mask = self.edges.len() - 1;
        let mut slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while self.edges[slot].0 != key && self.edges[slot].0 != FREE {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn child_or_new(&mut self, node: u32, token: u32) -> u32 {
        if (self.num_edges + 1) * 2 > self.edges.len() {
            let old = std::mem::replace(&mut self.edges, vec![(FREE, 0); 0]);
            self.edges = vec![(FREE, 0); old.len() * 2];
            for (key, child) in old.into_iter().filter(|edge| edge.0 != FREE) {
                let slot = self.slot((key >> 32) as u32, key as u32);
                self.edges[slot] = (key, child);
            }
        }
        let slot = self.slot(node, token);
        if self.edges[slot].0 == FREE {
            self.edges[slot] = (
                u64::from(node) << 32 | u64::from(token),
                self.ends.len() as u32,
            );
            self.num_edges += 1;
            self.ends.push(u32::MAX);
        }
        self.edges[slot].1
    }

    /// Calls `sink` for every occurrence, overlapping ones too, by start and then by end. Tokens for which `barred` is
    /// true are part of none. Returns the number of tokens looked at: at most the prompt times the longest target.
    pub fn find(
        &self,
        prompt: &[u32],
        barred: impl Fn(usize) -> bool,
        mut sink: impl FnMut(Match),
    ) -> usize {
        if self.num_edges == 0 {
            return 0;
        }
        let mut steps = prompt.len();
        for (start, &first) in prompt.iter().enumerate() {
            if self.filter[first as usize % FILTER / 64] >> (first % 64) & 1 == 0 {
                continue;
            }
            let mut node = ROOT;
            for (at, &token) in prompt.iter().enumerate().skip(start) {
                steps += 1;
                let (key, child) = self.edges[self.slot(node, token)];
                if key == FREE || barred(at) {
                    break;
                }
                node = child;
                let target = self.ends[node as usize];
                if target != u32::MAX {
                    sink(Match {
                        start,
                        end: at + 1,
                        target: target as usize,
                    });
                }
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(prompt: &[u32], targets: &[&[u32]]) -> Vec<(usize, usize, usize)> {
        let set = TargetSet::new(targets.iter().copied().enumerate());
        let mut out = Vec::new();
        set.find(prompt, |_| false, |m| out.push((m.start, m.end, m.target)));
        out
    }

    #[test]
    fn finds_what_comparing_everywhere_finds() {
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..500 {
            let prompt: Vec<u32> = (0..rng.usize(..40)).map(|_| rng.u32(..3)).collect();
            let mut targets: Vec<Vec<u32>> = Vec::new();
            for _ in 0..4 {
                let target: Vec<u32> = (0..rng.usize(..4)).map(|_| rng.u32(..3)).collect();
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
            let slices: Vec<&[u32]> = targets.iter().map(Vec::as_slice).collect();
            let mut want = Vec::new();
            for start in 0..prompt.len() {
                for end in start + 1..=prompt.len() {
                    let hit = targets
                        .iter()
                        .position(|target| *target == prompt[start..end]);
                    want.extend(hit.map(|target| (start, end, target)));
                }
            }
            assert_eq!(find(&prompt, &slices), want);
        }
    }

    #[test]
    fn an_empty_target_never_matches_and_barred_tokens_are_part_of_nothing() {
        assert_eq!(find(&[1, 2], &[&[]]), []);
        let set = TargetSet::new([(0, [1, 2].as_slice()), (1, &[2])].into_iter());
        let mut out = Vec::new();
        set.find(
            &[1, 2, 1, 2],
            |at| at == 1,
            |m| out.push((m.start, m.target)),
        );
        assert_eq!(out, [(2, 0), (3, 1)]);
    }
}
