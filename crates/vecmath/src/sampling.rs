//! From logits to one token: biases, penalties, bans, temperature, min-p, top-k, top-p, one uniform number.
//!
//! The order and the rules for ties are vLLM's: what changes single logits first; then greedy, or division by the
//! temperature, min-p against the best token, top-k with all ties of the k-th, top-p over what is left, best first and at
//! least one. The draw goes through the candidates by ascending id. Log-probabilities are those of the logits as they came.
//!
//! Passes over the whole vocabulary: one for the maxima of blocks; one more if few logits were changed; one for the sums of
//! exponentials, where neither top-k nor greed makes it needless, and one for log-probabilities, which is the same one if
//! nothing lies between them and the choice.

use crate::draw::{cut_to_mass, draw_from, draw_from_blocks, mass_of, nucleus};
use crate::history::{Changed, History, apply};
use crate::philox;
use crate::reduce::{Exponential, argmax, block_maxima, exp_sums, largest, log_sum_exp};
use crate::topk::{sort, top_k};
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
    /// A banned or biased token or one of the history is not in the vocabulary.
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
    bias: Vec<(u32, f32)>,
    history: History,
}

impl Sampler {
    /// A sampler that has seen nothing.
    pub fn new(params: Params) -> Self {
        Self {
            params,
            bias: Vec::new(),
            history: History::default(),
        }
    }

    /// What is added to the logits of tokens, before penalties; minus infinity forbids one.
    pub fn set_bias(&mut self, bias: Vec<(u32, f32)>) {
        self.bias = bias;
    }

    /// Tells it tokens of the prompt; only the repetition penalty looks at them.
    pub fn observe_prompt(&mut self, ids: &[u32]) {
        self.history.observe_prompt(ids);
    }

    /// Tells it tokens of the answer.
    pub fn observe_answer(&mut self, ids: &[u32]) {
        self.history.observe_answer(ids);
    }

    /// Chooses the token at `position`; `num_logprobs` asks for log-probabilities. Overwrites `logits`.
    pub fn sample(
        &self,
        logits: &mut [f32],
        position: u32,
        banned: &[u32],
        num_logprobs: Option<usize>,
    ) -> Result<Choice, SampleError> {
        let raw_maxima = checked_maxima(logits)?;
        let plain = Exponential::new(largest(&raw_maxima), 1.0, f32::NEG_INFINITY);
        let reported = num_logprobs.map(|n| {
            let sums = exp_sums(logits, &raw_maxima, plain);
            let mut top = top_k(logits, &raw_maxima, n);
            sort(&mut top);
            top.truncate(n);
            (log_sum_exp(&sums, largest(&raw_maxima)), top, sums)
        });
        let mut changed = Changed::new();
        let own = (&self.history, &self.params);
        apply(logits, &self.bias, own, banned, &mut changed)?;
        let (maxima, plain_sums) = if changed.is_empty() {
            (raw_maxima, reported.as_ref().map(|(_, _, sums)| &sums[..]))
        } else {
            (checked_maxima(logits)?, None)
        };
        let id = self.choose(logits, &maxima, plain_sums, position)?;
        let before = changed.iter().find(|(changed, _)| *changed == id);
        let logit = before.map_or(logits[id as usize], |&(_, before)| before);
        let Some((total, top, _)) = reported else {
            return Ok(Choice {
                id,
                logprob: None,
                top: Vec::new(),
            });
        };
        let logprob = |logit: f32| f64::from(logit) - total;
        Ok(Choice {
            id,
            logprob: Some(logprob(logit)),
            top: top.iter().map(|c| (c.id, logprob(c.logit))).collect(),
        })
    }

    /// `plain_sums` are those of temperature 1 without a floor, if they are at hand.
    fn choose(
        &self,
        logits: &[f32],
        maxima: &[f32],
        plain_sums: Option<&[f64]>,
        position: u32,
    ) -> Result<u32, SampleError> {
        let p = &self.params;
        let max = largest(maxima);
        if p.temperature < GREEDY_BELOW {
            return Ok(argmax(logits, maxima) as u32);
        }
        // In logits: probability >= min_p * best  <=>  logit >= max + ln(min_p) * temperature.
        let floor = if p.min_p > 0.0 {
            max + p.min_p.ln() * p.temperature
        } else {
            f32::NEG_INFINITY
        };
        let exponential = Exponential::new(max, 1.0 / p.temperature, floor);
        let draw = philox::uniform(p.seed, position);
        if (1..logits.len()).contains(&p.top_k) {
            let mut kept = top_k(logits, maxima, p.top_k);
            kept.retain(|c| c.logit >= exponential.lowest());
            if p.top_p < 1.0 {
                let mass = p.top_p * mass_of(&kept, exponential);
                cut_to_mass(&mut kept, mass, exponential);
            }
            return Ok(draw_from(&kept, draw, exponential));
        }
        let is_plain = p.temperature == 1.0 && p.min_p == 0.0;
        let sums = match plain_sums {
            Some(sums) if is_plain => sums,
            _ => &exp_sums(logits, maxima, exponential),
        };
        if p.top_p < 1.0 {
            let mass = p.top_p * sums.iter().sum::<f64>();
            let scale = (max, p.temperature);
            let kept = nucleus(logits, maxima, mass, scale, exponential);
            return Ok(draw_from(&kept, draw, exponential));
        }
        Ok(draw_from_blocks(logits, sums, draw, exponential))
    }
}

fn checked_maxima(logits: &[f32]) -> Result<Vec<f32>, SampleError> {
    let maxima = block_maxima(logits).ok_or(SampleError::NotFinite)?;
    match largest(&maxima) {
        f32::INFINITY => Err(SampleError::NotFinite),
        f32::NEG_INFINITY => Err(SampleError::NoCandidate),
        _ => Ok(maxima),
    }
}
