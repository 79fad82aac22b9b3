//! One uniform number to one token: the inverse of a cumulative distribution, by ascending id.

use crate::reduce::{BLOCK, Exponential};
use crate::simd::F32x4;
use crate::topk::{Candidate, at_least};

/// Up to this many candidates are sorted at once where a prefix is sought.
const SORTED_AT_ONCE: usize = 32;

/// Hands the weights of all items on, in order.
fn for_each_weight<T: Copy>(
    items: &[T],
    exponential: Exponential,
    logit: impl Fn(T) -> f32,
    mut take: impl FnMut(T, f64),
) {
    for four in items.chunks(4) {
        let mut logits = [f32::NEG_INFINITY; 4];
        for (to, &item) in logits.iter_mut().zip(four) {
            *to = logit(item);
        }
        let weights = exponential.weights(F32x4::load(&logits)).to_array();
        for (&item, weight) in four.iter().zip(weights) {
            take(item, f64::from(weight));
        }
    }
}

/// Sum of the weights.
pub fn mass_of(kept: &[Candidate], exponential: Exponential) -> f64 {
    let mut mass = 0.0;
    for_each_weight(kept, exponential, |c| c.logit, |_, weight| mass += weight);
    mass
}

/// A candidate as one number: the better one is less, and of equals the one of the lower id.
fn rank(c: Candidate) -> u64 {
    // Bits of floats are in their order, once those of negative ones are turned round; adding zero makes -0 to 0.
    let bits = (c.logit + 0.0).to_bits();
    let ascending = bits ^ ((((bits as i32) >> 31) as u32) | 0x8000_0000);
    (u64::from(!ascending) << 32) | u64::from(c.id)
}

/// The logit of a [`rank`].
fn logit_of(rank: u64) -> f32 {
    let ascending = !((rank >> 32) as u32);
    let turned = !(((ascending as i32) >> 31) as u32) | 0x8000_0000;
    f32::from_bits(ascending ^ turned)
}

/// Keeps, of candidates in any order, those before which, best first, less than `mass` lies; at least one.
///
/// Quickselect on a sum in place of a place: each round halves what is looked at, so the time is linear.
pub fn cut_to_mass(kept: &mut Vec<Candidate>, mass: f64, exponential: Exponential) {
    let mut ranks: Vec<u64> = kept.iter().map(|&c| rank(c)).collect();
    let (mut low, mut high, mut before) = (0, ranks.len(), 0.0);
    while high - low > SORTED_AT_ONCE {
        let middle = low.midpoint(high);
        ranks[low..high].select_nth_unstable(middle - low);
        let mut front = 0.0;
        for_each_weight(&ranks[low..middle], exponential, logit_of, |_, w| {
            front += w;
        });
        if before + front >= mass {
            high = middle;
        } else {
            before += front;
            low = middle;
        }
    }
    ranks[low..high].sort_unstable();
    let mut last = ranks.get(low).copied();
    for (place, &next) in (low..).zip(&ranks[low..high]) {
        if before >= mass && place > 0 {
            break;
        }
        before += f64::from(exponential.weight(logit_of(next)));
        last = Some(next);
    }
    kept.retain(|&c| Some(rank(c)) <= last);
}

/// The candidates of top-p among all tokens, by ascending id: reads only those above a bound, which sinks until they hold
/// `mass`.
pub fn nucleus(
    logits: &[f32],
    maxima: &[f32],
    mass: f64,
    (max, temperature): (f32, f32),
    exponential: Exponential,
) -> Vec<Candidate> {
    let mut depth = 8.0;
    loop {
        let bound = (max - depth * temperature).max(exponential.lowest());
        let mut kept = at_least(logits, maxima, bound);
        if bound == exponential.lowest() || mass_of(&kept, exponential) >= mass {
            cut_to_mass(&mut kept, mass, exponential);
            return kept;
        }
        depth *= 2.0;
    }
}

/// The candidate, of some by ascending id, at which the sum of weights passes `draw` times their mass.
///
/// # Panics
/// If there is none.
pub fn draw_from(kept: &[Candidate], draw: f64, exponential: Exponential) -> u32 {
    let mut left = draw * mass_of(kept, exponential);
    let mut drawn = None;
    let mut last = kept.first().expect("at least one candidate").id;
    for_each_weight(
        kept,
        exponential,
        |c| c.logit,
        |c, weight| {
            left -= weight;
            if left < 0.0 {
                drawn = drawn.or(Some(c.id));
            }
            // A token of no weight is never taken, also if rounding leaves something at the end.
            if weight > 0.0 {
                last = c.id;
            }
        },
    );
    drawn.unwrap_or(last)
}

/// The same over the whole vocabulary: first the block, then the token in it. `sums` are those of
/// [`crate::reduce::exp_sums`].
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
    draw_from(&all, (left / sums[block]).min(1.0), exponential)
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn ranks_are_in_the_order_of_logits_then_ids() {
        let logits = [
            f32::MAX,
            3.5,
            1.0,
            1e-40,
            0.0,
            -0.0,
            -1e-40,
            -1.0,
            -1.5,
            f32::MIN,
        ];
        let candidate = |id: usize| Candidate {
            id: id as u32,
            logit: logits[id],
        };
        for (id, &logit) in logits.iter().enumerate() {
            assert_eq!(logit_of(rank(candidate(id))), logit);
            for other in 0..id {
                assert!(rank(candidate(other)) < rank(candidate(id)));
            }
        }
    }

    #[test]
    fn a_cut_keeps_the_prefix_of_a_sort() {
        let mut rng = fastrand::Rng::with_seed(5);
        for round in 0..2000 {
            let n = rng.u32(1..=400);
            let all: Vec<Candidate> = (0..n)
                .map(|id| Candidate {
                    id,
                    logit: rng.u32(..60) as f32 / 8.0,
                })
                .collect();
            let exponential = Exponential::new(60.0 / 8.0, 1.0, f32::NEG_INFINITY);
            let share = f64::from(rng.u32(1..=1000)) / 1000.0;
            let mass = share * mass_of(&all, exponential);
            let mut sorted = all.clone();
            sorted.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.id.cmp(&b.id)));
            let (mut want, mut before) = (Vec::new(), 0.0);
            for c in sorted {
                // A sum in another order may fall to the other side of a border.
                if !want.is_empty() && before >= mass - 1e-9 {
                    break;
                }
                before += f64::from(exponential.weight(c.logit));
                want.push(c.id);
            }
            want.sort_unstable();
            let mut kept = all;
            cut_to_mass(&mut kept, mass - 1e-9, exponential);
            let got: Vec<u32> = kept.iter().map(|c| c.id).collect();
            assert_eq!(got, want, "round {round}");
        }
    }
}
