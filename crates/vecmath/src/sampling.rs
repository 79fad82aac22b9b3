//! From logits to one token: bans, penalties, temperature, min-p, top-k, top-p, one uniform number.
//!
//! The order and the rules for ties are vLLM's: penalties on the logits; then greedy, or division by the temperature,
//! min-p against the best token, top-k with all ties of the k-th, top-p over what is left, best first and at least one.
//! The draw goes through the candidates by ascending id. Log-probabilities are those of the logits as they came.

use crate::philox;
use crate::reduce::{BLOCK, argmax, block_maxima, exp_sums, log_sum_exp, weight};
use crate::topk::{Candidate, at_least, sort, top_k};
use std::collections::HashMap;
use std::fmt;

/// Below this, the best token is taken.
pub const GREEDY_BELOW: f32 = 1e-5;

/// How a token is chosen; the neutral value of each field in brackets.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    /// Divides the logits; below [`GREEDY_BELOW`] the best token is taken (1).
    pub temperature: f32,
    /// Most tokens kept, ties with the last one aside (0).
    pub top_k: usize,
    /// Mass kept (1).
    pub top_p: f64,
    /// Least probability kept, relative to the best token's (0).
    pub min_p: f32,
    /// Divides positive logits of seen tokens and multiplies negative ones (1).
    pub repetition_penalty: f32,
    /// Taken from the logits of tokens in the answer (0).
    pub presence_penalty: f32,
    /// Taken from the logits of tokens in the answer, once for each time (0).
    pub frequency_penalty: f32,
    /// Key of the draws.
    pub seed: u32,
}

/// Why no token was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleError {
    /// A logit is NaN or plus infinity.
    NotFinite,
    /// Every token is banned or at minus infinity.
    NoCandidate,
    /// A banned token or one of the history is not in the vocabulary.
    UnknownId,
}

impl fmt::Display for SampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFinite => "Expected logits that are numbers: found NaN or plus infinity",
            Self::NoCandidate => {
                "Expected a token that may be chosen: found every one banned or at minus infinity"
            }
            Self::UnknownId => "Expected token ids inside the vocabulary: found a larger one",
        })
    }
}

impl std::error::Error for SampleError {}

/// A chosen token.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its id.
    pub id: u32,
    /// Its log-probability, if log-probabilities were asked for.
    pub logprob: Option<f64>,
    /// The most likely tokens and their log-probabilities, best first, equals by id.
    pub top: Vec<(u32, f64)>,
}

/// Chooses tokens for one sequence. Holds the tokens seen so far, so that a step costs what is new.
pub struct Sampler {
    params: Params,
    /// How often each token of prompt or answer is in the answer.
    seen: HashMap<u32, u32>,
}

impl Sampler {
    /// A sampler that has seen nothing.
    pub fn new(params: Params) -> Self {
        Self {
            params,
            seen: HashMap::new(),
        }
    }

    /// Tells it tokens of the prompt; only the repetition penalty looks at them.
    pub fn observe_prompt(&mut self, ids: &[u32]) {
        for &id in ids {
            self.seen.entry(id).or_default();
        }
    }

    /// Tells it tokens of the answer.
    pub fn observe_answer(&mut self, ids: &[u32]) {
        for &id in ids {
            *self.seen.entry(id).or_default() += 1;
        }
    }

    /// Chooses the token at `position`; `num_logprobs` asks for log-probabilities. Overwrites `logits`.
    pub fn sample(
        &self,
        logits: &mut [f32],
        position: u32,
        banned: &[u32],
        num_logprobs: Option<usize>,
    ) -> Result<Choice, SampleError> {
        let maxima = checked_maxima(logits)?;
        let reported = num_logprobs.map(|n| {
            let total = log_sum_exp(logits, &maxima);
            let mut top = top_k(logits, &maxima, n);
            top.truncate(n);
            (total, top)
        });
        let mut changed = Vec::new();
        self.apply(logits, banned, &mut changed)?;
        let maxima = if changed.is_empty() {
            maxima
        } else {
            checked_maxima(logits)?
        };
        let id = self.choose(logits, &maxima, position)?;
        let own = changed
            .iter()
            .find(|(changed, _)| *changed == id)
            .map_or(logits[id as usize], |&(_, before)| before);
        Ok(match reported {
            None => Choice {
                id,
                logprob: None,
                top: Vec::new(),
            },
            Some((total, top)) => Choice {
                id,
                logprob: Some(f64::from(own) - total),
                top: top
                    .iter()
                    .map(|c| (c.id, f64::from(c.logit) - total))
                    .collect(),
            },
        })
    }

    /// Bans and penalties: only logits of tokens that are named or were seen change; `changed` gets the old ones.
    fn apply(
        &self,
        logits: &mut [f32],
        banned: &[u32],
        changed: &mut Vec<(u32, f32)>,
    ) -> Result<(), SampleError> {
        let p = &self.params;
        let repeats = p.repetition_penalty != 1.0;
        let counts = p.presence_penalty != 0.0 || p.frequency_penalty != 0.0;
        if repeats || counts {
            for (&id, &in_answer) in &self.seen {
                let logit = logits.get_mut(id as usize).ok_or(SampleError::UnknownId)?;
                changed.push((id, *logit));
                if repeats {
                    *logit = if *logit > 0.0 {
                        *logit / p.repetition_penalty
                    } else {
                        *logit * p.repetition_penalty
                    };
                }
                if in_answer > 0 {
                    *logit -= p.frequency_penalty * in_answer as f32;
                    *logit -= p.presence_penalty;
                }
            }
        }
        for &id in banned {
            let logit = logits.get_mut(id as usize).ok_or(SampleError::UnknownId)?;
            changed.push((id, *logit));
            *logit = f32::NEG_INFINITY;
        }
        Ok(())
    }

    fn choose(&self, logits: &[f32], maxima: &[f32], position: u32) -> Result<u32, SampleError> {
        let p = &self.params;
        let max = fold_max(maxima);
        if max == f32::NEG_INFINITY {
            return Err(SampleError::NoCandidate);
        }
        if p.temperature < GREEDY_BELOW {
            return Ok(argmax(logits, maxima) as u32);
        }
        let scale = 1.0 / p.temperature;
        // In logits: probability >= min_p * best  <=>  logit >= max + ln(min_p) * temperature.
        let floor = if p.min_p > 0.0 {
            max + p.min_p.ln() * p.temperature
        } else {
            f32::NEG_INFINITY
        };
        let draw = philox::uniform(p.seed, position);
        if (1..logits.len()).contains(&p.top_k) {
            let mut kept = top_k(logits, maxima, p.top_k);
            kept.retain(|c| c.logit >= floor);
            let total: f64 = kept.iter().map(|c| weight(c.logit, max, scale)).sum();
            cut_to_mass(&mut kept, p.top_p * total, max, scale);
            return Ok(draw_from(&mut kept, draw, max, scale));
        }
        let sums = exp_sums(logits, maxima, max, scale, floor);
        let total: f64 = sums.iter().sum();
        if p.top_p < 1.0 {
            let mut kept = nucleus(logits, maxima, p.top_p * total, floor, max, scale);
            return Ok(draw_from(&mut kept, draw, max, scale));
        }
        Ok(draw_from_blocks(
            logits,
            &sums,
            draw * total,
            floor,
            max,
            scale,
        ))
    }
}

fn checked_maxima(logits: &[f32]) -> Result<Vec<f32>, SampleError> {
    let maxima = block_maxima(logits).ok_or(SampleError::NotFinite)?;
    match fold_max(&maxima) {
        f32::INFINITY => Err(SampleError::NotFinite),
        f32::NEG_INFINITY => Err(SampleError::NoCandidate),
        _ => Ok(maxima),
    }
}

fn fold_max(maxima: &[f32]) -> f32 {
    maxima.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Keeps the shortest front of sorted candidates that holds `mass`; at least one.
fn cut_to_mass(sorted: &mut Vec<Candidate>, mass: f64, max: f32, scale: f32) {
    let mut before = 0.0;
    let mut keep = 0;
    for c in sorted.iter() {
        if keep > 0 && before >= mass {
            break;
        }
        before += weight(c.logit, max, scale);
        keep += 1;
    }
    sorted.truncate(keep);
}

/// The candidates of top-p among all tokens: sorts only those above a bound that sinks until they hold `mass`.
fn nucleus(
    logits: &[f32],
    maxima: &[f32],
    mass: f64,
    floor: f32,
    max: f32,
    scale: f32,
) -> Vec<Candidate> {
    let mut depth = 8.0;
    loop {
        let bound = max - depth / scale;
        let everything = bound <= floor || depth > 100.0;
        let mut kept = at_least(logits, maxima, if everything { floor } else { bound });
        let held: f64 = kept.iter().map(|c| weight(c.logit, max, scale)).sum();
        if held >= mass || everything {
            sort(&mut kept);
            cut_to_mass(&mut kept, mass, max, scale);
            return kept;
        }
        depth *= 1.5;
    }
}

/// Inverse of the cumulative distribution, by ascending id.
fn draw_from(kept: &mut [Candidate], draw: f64, max: f32, scale: f32) -> u32 {
    kept.sort_unstable_by_key(|c| c.id);
    let total: f64 = kept.iter().map(|c| weight(c.logit, max, scale)).sum();
    let mut left = draw * total;
    let mut last = kept[0].id;
    for c in kept.iter() {
        let w = weight(c.logit, max, scale);
        // A token of no weight is never taken, also if rounding leaves something at the end.
        if w > 0.0 {
            last = c.id;
            if left < w {
                break;
            }
        }
        left -= w;
    }
    last
}

/// The same over the whole vocabulary: first the block, then the token in it.
fn draw_from_blocks(
    logits: &[f32],
    sums: &[f64],
    mut left: f64,
    floor: f32,
    max: f32,
    scale: f32,
) -> u32 {
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
    let mut kept: Vec<Candidate> = (start..end)
        .filter(|&i| logits[i] >= floor && logits[i] > f32::NEG_INFINITY)
        .map(|i| Candidate {
            id: i as u32,
            logit: logits[i],
        })
        .collect();
    draw_from(&mut kept, (left / sums[block]).min(1.0), max, scale)
}
