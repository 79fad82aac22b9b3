//! What a sequence's own tokens do to its logits: penalties and biases, which touch few of them.

use crate::sampling::{Params, SampleError};
use std::collections::HashMap;

/// A token of prompt or answer.
#[derive(Clone, Copy, Debug)]
struct Seen {
    id: u32,
    in_answer: u32,
}

/// The tokens that penalties look at, each once, in the order in which they came first.
#[derive(Clone, Debug, Default)]
pub struct History {
    seen: Vec<Seen>,
    place: HashMap<u32, u32>,
}

impl History {
    /// Takes tokens of the prompt.
    pub fn observe_prompt(&mut self, ids: &[u32]) {
        for &id in ids {
            self.entry(id);
        }
    }

    /// Takes tokens of the answer.
    pub fn observe_answer(&mut self, ids: &[u32]) {
        for &id in ids {
            self.entry(id).in_answer += 1;
        }
    }

    fn entry(&mut self, id: u32) -> &mut Seen {
        let place = *self.place.entry(id).or_insert_with(|| {
            self.seen.push(Seen { id, in_answer: 0 });
            (self.seen.len() - 1) as u32
        });
        &mut self.seen[place as usize]
    }
}

/// Logits as they were before they were changed; of a token that was changed twice the first entry counts.
pub type Changed = Vec<(u32, f32)>;

/// Adds biases, then applies penalties, then bans: the order of vLLM. `changed` gets the old logits.
pub fn apply(
    logits: &mut [f32],
    bias: &[(u32, f32)],
    (history, params): (&History, &Params),
    banned: &[u32],
    changed: &mut Changed,
) -> Result<(), SampleError> {
    let mut change = |id: u32, f: &dyn Fn(f32) -> f32| {
        let logit = logits.get_mut(id as usize).ok_or(SampleError::UnknownId)?;
        changed.push((id, *logit));
        *logit = f(*logit);
        Ok(())
    };
    for &(id, bias) in bias {
        change(id, &|logit| logit + bias)?;
    }
    let p = params;
    let counts = p.presence_penalty != 0.0 || p.frequency_penalty != 0.0;
    if p.repetition_penalty != 1.0 || counts {
        for &Seen { id, in_answer } in &history.seen {
            change(id, &|logit| {
                // Times or divided by one is the number itself.
                let repeated = if logit > 0.0 {
                    logit / p.repetition_penalty
                } else {
                    logit * p.repetition_penalty
                };
                if in_answer == 0 {
                    return repeated;
                }
                repeated - p.frequency_penalty * in_answer as f32 - p.presence_penalty
            })?;
        }
    }
    for &id in banned {
        change(id, &|_| f32::NEG_INFINITY)?;
    }
    Ok(())
}
