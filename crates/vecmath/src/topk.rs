//! The k largest of many logits, exactly, by block maxima.

use crate::reduce::BLOCK;
use crate::simd::F32x4;

/// A token and its logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Token id.
    pub id: u32,
    /// Its logit.
    pub logit: f32,
}

/// All tokens whose logit is at least the k-th largest, by ascending id: k of them, more where there are ties with the
/// k-th, fewer where there are not so many logits above minus infinity.
///
/// The k-th largest block maximum is a lower bound of the k-th largest logit, so only blocks that reach it are read.
/// `maxima` are those of [`crate::reduce::block_maxima`]; logits hold no NaN.
pub fn top_k(logits: &[f32], maxima: &[f32], k: usize) -> Vec<Candidate> {
    if k == 0 {
        return Vec::new();
    }
    let mut bound = f32::NEG_INFINITY;
    if maxima.len() >= k {
        bound = kth_largest(maxima.to_vec(), k);
    }
    let mut found = at_least(logits, maxima, bound);
    if found.len() > k {
        let kth = kth_largest(found.iter().map(|c| c.logit).collect(), k);
        found.retain(|c| c.logit >= kth);
    }
    found
}

fn kth_largest(mut values: Vec<f32>, k: usize) -> f32 {
    *values
        .select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a))
        .1
}

/// All tokens whose logit is at least `bound` and above minus infinity, by ascending id.
pub fn at_least(logits: &[f32], maxima: &[f32], bound: f32) -> Vec<Candidate> {
    let lowest = bound.max(f32::MIN);
    let lowest_lanes = F32x4::splat(lowest);
    let mut found = Vec::new();
    for (b, block) in logits.chunks(BLOCK).enumerate() {
        if maxima[b] < lowest {
            continue;
        }
        let mut take = |at: usize, part: &[f32]| {
            let first = (b * BLOCK + at) as u32;
            let hits = part.iter().zip(first..).filter(|(v, _)| **v >= lowest);
            found.extend(hits.map(|(&logit, id)| Candidate { id, logit }));
        };
        let mut at = 0;
        for part in block.chunks_exact(16) {
            let reaches = |i: usize| F32x4::load(&part[i..]).ge(lowest_lanes);
            if (reaches(0).or(reaches(4)))
                .or(reaches(8).or(reaches(12)))
                .any()
            {
                take(at, part);
            }
            at += 16;
        }
        take(at, &block[at..]);
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
