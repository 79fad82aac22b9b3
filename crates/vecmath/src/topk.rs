//! The k largest of many logits, exactly, by block maxima.

use crate::reduce::BLOCK;

/// A token and its logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Token id.
    pub id: u32,
    /// Its logit.
    pub logit: f32,
}

/// All tokens whose logit is at least the k-th largest, best first, equals by id: k of them, more where there are ties
/// with the k-th, fewer where there are not so many logits above minus infinity.
///
/// The k-th largest block maximum is a lower bound of the k-th largest logit, so only blocks that reach it are read.
/// `maxima` are those of [`crate::reduce::block_maxima`]; logits hold no NaN.
pub fn top_k(logits: &[f32], maxima: &[f32], k: usize) -> Vec<Candidate> {
    if k == 0 {
        return Vec::new();
    }
    let mut bound = f32::NEG_INFINITY;
    if maxima.len() >= k {
        let mut sorted = maxima.to_vec();
        let (_, kth, _) = sorted.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
        bound = *kth;
    }
    let mut found = at_least(logits, maxima, bound);
    if found.len() > k {
        found.select_nth_unstable_by(k - 1, |a, b| b.logit.total_cmp(&a.logit));
        let kth = found[k - 1].logit;
        found.retain(|c| c.logit >= kth);
    }
    sort(&mut found);
    found
}

/// All tokens whose logit is at least `bound` and above minus infinity, in the order of their ids.
pub fn at_least(logits: &[f32], maxima: &[f32], bound: f32) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (b, block) in logits.chunks(BLOCK).enumerate() {
        if maxima[b] < bound || maxima[b] == f32::NEG_INFINITY {
            continue;
        }
        let first = (b * BLOCK) as u32;
        let hits = block
            .iter()
            .zip(first..)
            .filter(|(v, _)| **v >= bound && **v > f32::NEG_INFINITY);
        found.extend(hits.map(|(&logit, id)| Candidate { id, logit }));
    }
    found
}

/// Best first, equals by id.
pub fn sort(candidates: &mut [Candidate]) {
    candidates.sort_unstable_by(|a, b| {
        b.logit
            .partial_cmp(&a.logit)
            .expect("no NaN")
            .then(a.id.cmp(&b.id))
    });
}
