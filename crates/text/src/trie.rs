//! The tokens of a vocabulary as a prefix tree, for models that look for the tokens a text begins with.
//!
//! Children of a node lie together, sorted by byte, so a node costs nine bytes and a vocabulary is loaded in one sweep.

use crate::token_table::NO_ID;

/// A prefix tree over byte strings.
#[derive(Debug, Default)]
pub struct Trie {
    /// Byte that leads to each node.
    labels: Vec<u8>,
    /// First child of each node; the children end where those of the next node begin.
    children: Vec<u32>,
    /// Token that ends at each node, or `NO_ID`.
    tokens: Vec<u32>,
    /// Children of the root by byte, or `NO_ID`.
    first: Vec<u32>,
}

impl Trie {
    /// Builds the tree; of equal strings the last one counts.
    pub fn new<'a>(tokens: impl Iterator<Item = (&'a [u8], u32)>) -> Self {
        let mut sorted: Vec<(&[u8], u32)> = tokens.filter(|(key, _)| !key.is_empty()).collect();
        sorted.sort_by_key(|&(key, _)| key);
        let mut trie = Self {
            labels: vec![0],
            children: Vec::new(),
            tokens: vec![NO_ID],
            first: vec![NO_ID; 256],
        };
        // The nodes in the order of their numbers: which tokens pass, and at what depth.
        let mut nodes = vec![(0..sorted.len(), 0)];
        let mut node = 0;
        while node < nodes.len() {
            let (range, depth) = nodes[node].clone();
            trie.children.push(nodes.len() as u32);
            let mut at = range.start;
            while at < range.end && sorted[at].0.len() == depth {
                trie.tokens[node] = sorted[at].1;
                at += 1;
            }
            while at < range.end {
                let label = sorted[at].0[depth];
                let start = at;
                at += sorted[at..range.end].partition_point(|(key, _)| key[depth] == label);
                if node == 0 {
                    trie.first[label as usize] = nodes.len() as u32;
                }
                trie.labels.push(label);
                trie.tokens.push(NO_ID);
                nodes.push((start..at, depth + 1));
            }
            node += 1;
        }
        trie.children.push(nodes.len() as u32);
        trie
    }

    /// Calls `sink` with the length and the id of every token that `text` begins with, the shortest first.
    #[inline]
    pub fn prefixes(&self, text: &[u8], mut sink: impl FnMut(usize, u32)) {
        let Some(&byte) = text.first() else { return };
        let mut node = self.first.get(byte as usize).copied().unwrap_or(NO_ID);
        let mut length = 1;
        while node != NO_ID {
            let at = node as usize;
            if self.tokens[at] != NO_ID {
                sink(length, self.tokens[at]);
            }
            let Some(&byte) = text.get(length) else {
                return;
            };
            let (start, end) = (self.children[at] as usize, self.children[at + 1] as usize);
            let labels = &self.labels[start..end];
            let found = if labels.len() > 8 {
                labels.binary_search(&byte).ok()
            } else {
                labels.iter().position(|&label| label == byte)
            };
            node = found.map_or(NO_ID, |child| (start + child) as u32);
            length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_token_that_a_text_begins_with() {
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..200 {
            let mut word = |bound: usize| -> Vec<u8> {
                (0..rng.usize(..bound)).map(|_| rng.u8(b'a'..=b'l')).collect()
            };
            let words: Vec<Vec<u8>> = (0..60).map(|_| word(5)).collect();
            let trie = Trie::new(words.iter().map(Vec::as_slice).zip(0..));
            for _ in 0..50 {
                let text = word(9);
                let mut got = Vec::new();
                trie.prefixes(&text, |length, id| got.push((length, id)));
                let want: Vec<(usize, u32)> = (1..=text.len())
                    .filter_map(|length| {
                        let id = words.iter().rposition(|word| word[..] == text[..length])?;
                        Some((length, id as u32))
                    })
                    .collect();
                assert_eq!(got, want);
            }
        }
        Trie::default().prefixes(b"a", |_, _| panic!("nothing is in it"));
    }
}
