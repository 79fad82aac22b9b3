//! Border of the sampler.

use crate::kernels::fail;
use crate::region::CoreFloats;
use limbus_vecmath::sampling::{Params, SampleError, Sampler};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Chooses the tokens of one sequence.
#[wasm_bindgen(js_name = CoreSampler)]
pub struct TokenSampler {
    sampler: Sampler,
    /// The log-probability of the token chosen last, then pairs of id and log-probability; empty if not asked for.
    logprobs: Vec<f64>,
}

#[wasm_bindgen(js_class = CoreSampler)]
impl TokenSampler {
    /// See `limbus_vecmath::sampling::Params`; the caller has checked the ranges.
    #[allow(clippy::too_many_arguments)]
    #[wasm_bindgen(constructor)]
    pub fn new(
        temperature: f32,
        top_k: usize,
        top_p: f64,
        min_p: f32,
        repetition_penalty: f32,
        presence_penalty: f32,
        frequency_penalty: f32,
        seed: u32,
    ) -> TokenSampler {
        let sampler = Sampler::new(Params {
            temperature,
            top_k,
            top_p,
            min_p,
            repetition_penalty,
            presence_penalty,
            frequency_penalty,
            seed,
        });
        TokenSampler {
            sampler,
            logprobs: Vec::new(),
        }
    }

    /// What is added to the logits of tokens; one bias for each id.
    #[wasm_bindgen(js_name = setBias)]
    pub fn set_bias(&mut self, ids: &[u32], biases: &[f32]) {
        self.sampler
            .set_bias(ids.iter().copied().zip(biases.iter().copied()).collect());
    }

    /// Tells it tokens of the prompt.
    #[wasm_bindgen(js_name = observePrompt)]
    pub fn observe_prompt(&mut self, ids: &[u32]) {
        self.sampler.observe_prompt(ids);
    }

    /// Tells it tokens of the answer.
    #[wasm_bindgen(js_name = observeAnswer)]
    pub fn observe_answer(&mut self, ids: &[u32]) {
        self.sampler.observe_answer(ids);
    }

    /// Chooses one token and gives its id. Overwrites the logits. A negative `num_logprobs` asks for none.
    pub fn sample(
        &mut self,
        logits: &mut CoreFloats,
        position: u32,
        banned: &[u32],
        num_logprobs: i32,
    ) -> Result<u32, JsError> {
        let wanted = usize::try_from(num_logprobs).ok();
        let choice = self
            .sampler
            .sample(&mut logits.0, position, banned, wanted)
            .map_err(|error| match error {
                SampleError::UnknownId => fail("invalid_token_id", error),
                SampleError::NotFinite => fail("invalid_logits", error),
                SampleError::NoCandidate => fail("no_candidate", error),
            })?;
        let top = choice.top.iter();
        let pairs = top.flat_map(|&(id, logprob)| [f64::from(id), logprob]);
        self.logprobs = choice.logprob.into_iter().chain(pairs).collect();
        Ok(choice.id)
    }

    /// Log-probabilities of the last choice, if it was asked for them: its own, then pairs of id and log-probability.
    pub fn logprobs(&self) -> Vec<f64> {
        self.logprobs.clone()
    }
}
