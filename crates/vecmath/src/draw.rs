//! One uniform number to one token: the inverse of a cumulative distribution, by ascending id.

use crate::reduce::{BLOCK, Exponential};
use crate::topk::{Candidate, at_least};

/// Up to this many candidates are sorted at once where a prefix is sought.
const SORTED_AT_ONCE: usize = 32;

/// A token that may be drawn, with its unnormalized probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// Token id.
    pub id: u32,
    /// Its logit.
    pub logit: f32,
    /// Its weight.
    pub weight: f32,
}

/// Candidates with their weights; those without weight fall away.
pub fn weigh(candidates: &[Candidate], exponential: Exponential) -> Vec<Weighted> {
    let weighted = candidates.iter().map(|&Candidate { id, logit }| Weighted {
        id,
        logit,
        weight: exponential.weight(logit),
    });
    weighted.filter(|c| c.weight > 0.0).collect()
}

/// Sum of the weights.
pub fn mass_of(kept: &[Weighted]) -> f64 {
    kept.iter().map(|c| f64::from(c.weight)).sum()
}

/// Best first, equals by id: the order in which top-p keeps tokens.
fn order(a: &Weighted, b: &Weighted) -> std::cmp::Ordering {
    let by_logit = b.logit.partial_cmp(&a.logit).expect("no NaN");
    by_logit.then(a.id.cmp(&b.id))
}

/// Keeps, of candidates by ascending id, those before which less than `mass` lies; at least one.
///
/// Source: quickselect on a sum in place of a rank. Each round halves what is looked at, so the time is linear.
pub fn cut_to_mass(kept: &mut Vec<Weighted>, mass: f64) {
    let mut all = kept.clone();
    let (mut low, mut high, mut before) = (0, all.len(), 0.0);
    while high - low > SORTED_AT_ONCE {
        let middle = low.midpoint(high);
        all[low..high].select_nth_unstable_by(middle - low, order);
        let front = mass_of(&all[low..middle]);
        if before + front >= mass {
            high = middle;
        } else {
            before += front;
            low = middle;
        }
    }
    all[low..high].sort_unstable_by(order);
    let Some(mut last) = all.get(low).copied() else {
        return;
    };
    for (rank, &candidate) in all[low..high].iter().enumerate() {
        if before >= mass && low + rank > 0 {
            break;
        }
        before += f64::from(candidate.weight);
        last = candidate;
    }
    kept.retain(|c| order(c, &last).is_le());
}

/// The candidates of top-p among all tokens, by ascending id: reads only those above a bound, which sinks until they hold
/// `mass`.
pub fn nucleus(
    logits: &[f32],
    maxima: &[f32],
    mass: f64,
    max: f32,
    temperature: f32,
    exponential: Exponential,
) -> Vec<Weighted> {
    let mut depth = 8.0;
    loop {
        let bound = (max - depth * temperature).max(exponential.lowest());
        let mut kept = weigh(&at_least(logits, maxima, bound), exponential);
        if bound == exponential.lowest() || mass_of(&kept) >= mass {
            cut_to_mass(&mut kept, mass);
            return kept;
        }
        depth *= 2.0;
    }
}

/// The candidate, of some by ascending id, at which the sum of weights passes `draw` times their mass.
///
/// # Panics
/// If there is none.
pub fn draw_from(kept: &[Weighted], draw: f64) -> u32 {
    let mut left = draw * mass_of(kept);
    for c in kept {
        left -= f64::from(c.weight);
        if left < 0.0 {
            return c.id;
        }
    }
    // Rounding may leave something at the end.
    kept.last().expect("at least one candidate").id
}

/// The same over the whole vocabulary: first the block, then the token in it. `sums` are those of [`crate::reduce::exp_sums`].
pub fn draw_from_blocks(logits: &[f32], sums: &[f64], draw: f64, exponential: Exponential) -> u32 {
    let mut left = draw * sums.iter().sum::<f64>();
    let mut block = sums
        .iter()
        .rposition(|&s| s > 0.0)
        .expect("the best token has weight 1");
    for (i, &sum) in sums.iter().enumerate().take(block) {
        if left < sum {
            block = i;
            break;
        }
        left -= sum;
    }
    let start = block * BLOCK;
    let end = (start + BLOCK).min(logits.len());
    let all: Vec<Candidate> = (start as u32..)
        .zip(&logits[start..end])
        .map(|(id, &logit)| Candidate { id, logit })
        .collect();
    draw_from(&weigh(&all, exponential), (left / sums[block]).min(1.0))
}
