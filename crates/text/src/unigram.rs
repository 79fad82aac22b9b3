//! Stage 3, Unigram: the cut of a piece into tokens with the highest sum of scores.
//!
//! Viterbi's algorithm from the left, as in the reference: sums in 64 bits, candidates at one place by growing length, and
//! a later candidate wins only if it is better. A character that is no token costs ten below the lowest score.

use std::rc::Rc;

use crate::double_array::DoubleArray;
use crate::json::{Load, Node};
use crate::model::{Pieces, Unknown, byte_tokens};
use crate::pair_table::ID_LIMIT;
use crate::source::Lists;
use crate::token_table::{NO_ID, TokenTable};

/// What an unknown character costs beyond the lowest score.
const UNKNOWN_PENALTY: f64 = 10.0;

/// The best cut that ends at a place.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    id: u32,
    start: u32,
}

const NOTHING: Best = Best {
    score: 0.0,
    id: 0,
    start: NO_ID,
};

/// The model.
pub struct Unigram {
    /// Tokens as the file writes them.
    pub tokens: Rc<TokenTable>,
    scores: Vec<f64>,
    tree: DoubleArray,
    unknown_score: f64,
    unknown: Option<u32>,
    byte_tokens: Option<Vec<Option<u32>>>,
    best: Vec<Best>,
}

impl Unigram {
    /// Reads `model`, whose lists are apart.
    pub fn load(node: &Node<'_>, lists: Lists) -> Load<Self> {
        node.only(&["type", "unk_id", "vocab", "byte_fallback"])?;
        let prepared = lists.prepared;
        let (tokens, scores) = lists.vocabulary.scored(node)?;
        if scores.len() > ID_LIMIT as usize {
            return Err(node
                .need("vocab")?
                .error(&format!("at most {ID_LIMIT} tokens")));
        }
        let unknown = match node.get("unk_id") {
            None => None,
            Some(id) => {
                let number = id.number()?;
                if number as usize >= scores.len() {
                    return Err(id.error(&format!("an id below {}", scores.len())));
                }
                Some(number)
            }
        };
        // Of equal tokens the last one is looked up, so that its score counts.
        let entries = (0..scores.len() as u32).filter_map(|id| Some((tokens.of(id)?, id, false)));
        let tree = match prepared {
            Some(prepared) => DoubleArray::from_units(prepared.tree),
            None => DoubleArray::new(entries),
        };
        if !tree.fits(&vec![true; scores.len()]) {
            return Err(node.error("what the prepared tables say"));
        }
        Ok(Self {
            unknown_score: scores.iter().copied().fold(f64::INFINITY, f64::min) - UNKNOWN_PENALTY,
            byte_tokens: node
                .flag("byte_fallback", false)?
                .then(|| byte_tokens(|name| tree.find(name.as_bytes()))),
            tree,
            unknown,
            scores,
            tokens: Rc::new(tokens),
            best: Vec::new(),
        })
    }

    /// Id of a token, by its name in the file.
    pub fn id_of(&self, name: &str) -> Option<u32> {
        match name {
            // Which the tree cannot hold.
            "" => self.tokens.get(b""),
            name => self.tree.find(name.as_bytes()),
        }
    }

    /// Every token.
    pub fn tree(&self) -> &DoubleArray {
        &self.tree
    }

    /// Scores by id.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Number of tokens, equal ones too.
    pub fn size(&self) -> usize {
        self.scores.len()
    }

    /// Appends the tokens of one piece; `hidden` ones do not count.
    pub fn encode(
        &mut self,
        piece: &str,
        hidden: &[u32],
        out: &mut Pieces<'_>,
    ) -> Result<(), Unknown> {
        self.search(piece, hidden)?;
        let mut end = piece.len() as u32;
        let mut cuts = Vec::new();
        while end > 0 {
            let best = self.best[end as usize];
            let mut start = best.start;
            if Some(best.id) == self.unknown {
                // Neighbouring unknown characters are one.
                while start > 0 && Some(self.best[start as usize].id) == self.unknown {
                    start = self.best[start as usize].start;
                }
            }
            cuts.push((start, end, best.id));
            end = start;
        }
        for &(start, end, id) in cuts.iter().rev() {
            if Some(id) == self.unknown {
                let bytes = &piece.as_bytes()[start as usize..end as usize];
                self.put_unknown(bytes, start, hidden, out);
            } else {
                out.put(id, start, end);
            }
        }
        Ok(())
    }

    /// Leaves the best cut that ends at each place in `best`.
    fn search(&mut self, piece: &str, hidden: &[u32]) -> Result<(), Unknown> {
        let Self {
            best,
            scores,
            tree,
            unknown,
            unknown_score,
            ..
        } = self;
        best.clear();
        best.resize(piece.len() + 1, NOTHING);
        for (start, c) in piece.char_indices() {
            let before = best[start].score;
            let mut known = false;
            let mut offer = |end: usize, score: f64, id: u32| {
                let place = &mut best[end];
                if place.start == NO_ID || score > place.score {
                    *place = Best {
                        score,
                        id,
                        start: start as u32,
                    };
                }
            };
            tree.prefixes(&piece.as_bytes()[start..], |length, id| {
                if !hidden.is_empty() && hidden.binary_search(&id).is_ok() {
                    return;
                }
                offer(start + length, before + scores[id as usize], id);
                known |= length == c.len_utf8();
            });
            if !known {
                let end = start + c.len_utf8();
                let score = before + *unknown_score;
                // Without an unknown token a piece fails only if the character cannot be avoided up to here.
                match *unknown {
                    Some(id) => offer(end, score, id),
                    None if best[end].start == NO_ID || score > best[end].score => {
                        return Err(Unknown);
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// A run of unknown characters: the token that it spells after all, its bytes, or the unknown token.
    fn put_unknown(&self, bytes: &[u8], start: u32, hidden: &[u32], out: &mut Pieces<'_>) {
        let end = start + bytes.len() as u32;
        let spelled = self.tree.find(bytes);
        if let Some(id) = spelled.filter(|id| hidden.binary_search(id).is_err()) {
            return out.put(id, start, end);
        }
        let ids = self.byte_tokens.as_ref();
        let ids: Option<Vec<u32>> =
            ids.and_then(|ids| bytes.iter().map(|&byte| ids[byte as usize]).collect());
        match ids {
            Some(ids) => (start..)
                .zip(ids)
                .for_each(|(at, id)| out.put(id, at, at + 1)),
            None => out.put(self.unknown.unwrap_or(0), start, end),
        }
    }
}
