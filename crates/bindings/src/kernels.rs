//! Border of the number kernels.

use limbus_vecmath::convert::convert;
use limbus_vecmath::dtype::Dtype;
use limbus_vecmath::embed::{EmbedError, Range, Table, embed_input_ids};
use limbus_vecmath::sampling::{Choice, Params, SampleError, Sampler};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Version of the core, to be compared with the glue's.
#[wasm_bindgen(js_name = coreVersion)]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// An error that the other side can tell apart: `src/compute/core_error.ts` splits it at the line break.
pub(crate) fn fail(code: &str, message: impl std::fmt::Display) -> JsError {
    JsError::new(&format!("{code}\n{message}"))
}

fn dtype_named(name: &str) -> Result<Dtype, JsError> {
    Dtype::from_name(name).ok_or_else(|| {
        fail(
            "invalid_dtype",
            "Expected float32, float16 or bfloat16: found another name",
        )
    })
}

/// A zeroed buffer, or an error where an abort would kill the instance.
fn allocate<T: Clone + Default>(len: usize) -> Result<Vec<T>, JsError> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| {
        fail(
            "out_of_memory",
            "Expected room in the core's memory: found none",
        )
    })?;
    buffer.resize(len, T::default());
    Ok(buffer)
}

/// Converts little-endian elements from one of `float32`, `float16`, `bfloat16` to another.
#[wasm_bindgen(js_name = convertElements)]
pub fn convert_elements(from: &[u8], from_dtype: &str, to_dtype: &str) -> Result<Vec<u8>, JsError> {
    let (source, target) = (dtype_named(from_dtype)?, dtype_named(to_dtype)?);
    if !from.len().is_multiple_of(source.size()) {
        return Err(fail(
            "invalid_length",
            "Expected whole elements: found bytes left over",
        ));
    }
    let mut to = allocate(from.len() / source.size() * target.size())?;
    convert(from, source, &mut to, target);
    Ok(to)
}

/// An embedding table `[rows, hidden]` in the core's memory.
#[wasm_bindgen(js_name = CoreEmbeddingTable)]
pub struct EmbeddingTable {
    bytes: Vec<u8>,
    dtype: Dtype,
    hidden: usize,
}

#[wasm_bindgen(js_class = CoreEmbeddingTable)]
impl EmbeddingTable {
    /// Takes the memory, zeroed; `dtype` is `float32`, `float16` or `bfloat16`.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, hidden: usize, dtype: &str) -> Result<EmbeddingTable, JsError> {
        let dtype = dtype_named(dtype)?;
        let len = rows
            .checked_mul(hidden)
            .and_then(|n| n.checked_mul(dtype.size()))
            .filter(|&n| n > 0)
            .ok_or_else(|| {
                fail(
                    "invalid_length",
                    "Expected a table of 1 byte to 4 GiB: found another size",
                )
            })?;
        Ok(Self {
            bytes: allocate(len)?,
            dtype,
            hidden,
        })
    }

    /// Puts a part of the table's bytes into place.
    pub fn write(&mut self, offset: usize, chunk: &[u8]) -> Result<(), JsError> {
        let end = offset.checked_add(chunk.len());
        let room = end.and_then(|end| self.bytes.get_mut(offset..end));
        room.ok_or_else(|| {
            fail(
                "invalid_length",
                "Expected a part inside the table: found one that ends behind it",
            )
        })?
        .copy_from_slice(chunk);
        Ok(())
    }

    /// See `limbus_vecmath::embed`. `ranges` holds (item, offset, length, 1 if masked) for each range, `masks` the masks
    /// of those that have one, in that order.
    #[wasm_bindgen(js_name = embedInputIds)]
    pub fn embed_input_ids(
        &self,
        ids: &[u32],
        ranges: &[u32],
        masks: &[u8],
        rows: &[f32],
        row_counts: &[u32],
        scale: f32,
    ) -> Result<Vec<f32>, JsError> {
        let mut left = masks;
        let mut parsed = Vec::with_capacity(ranges.len() / 4);
        for r in ranges.chunks_exact(4) {
            let (item, offset, length) = (r[0] as usize, r[1] as usize, r[2] as usize);
            let mut is_embed = None;
            if r[3] == 1 {
                let (mask, rest) = left
                    .split_at_checked(length)
                    .ok_or_else(|| fail("adapter_mismatch", EmbedError::RangeBounds { item }))?;
                (is_embed, left) = (Some(mask), rest);
            }
            parsed.push(Range {
                item,
                offset,
                length,
                is_embed,
            });
        }
        let counts: Vec<usize> = row_counts.iter().map(|&n| n as usize).collect();
        if rows.len() != counts.iter().sum::<usize>() * self.hidden {
            return Err(fail(
                "adapter_mismatch",
                "Expected rows of the table's hidden size: found another length",
            ));
        }
        let mut out = allocate(ids.len() * self.hidden)?;
        let table = Table {
            bytes: &self.bytes,
            dtype: self.dtype,
            hidden: self.hidden,
        };
        match embed_input_ids(table, ids, &parsed, rows, &counts, scale, &mut out) {
            Ok(()) => Ok(out),
            Err(error @ EmbedError::UnknownId { .. }) => Err(fail("invalid_token_id", error)),
            Err(error) => Err(fail("adapter_mismatch", error)),
        }
    }
}

/// Chooses the tokens of one sequence.
#[wasm_bindgen(js_name = CoreSampler)]
pub struct TokenSampler(Sampler);

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
        TokenSampler(Sampler::new(Params {
            temperature,
            top_k,
            top_p,
            min_p,
            repetition_penalty,
            presence_penalty,
            frequency_penalty,
            seed,
        }))
    }

    /// Tells it tokens of the prompt.
    #[wasm_bindgen(js_name = observePrompt)]
    pub fn observe_prompt(&mut self, ids: &[u32]) {
        self.0.observe_prompt(ids);
    }

    /// Tells it tokens of the answer.
    #[wasm_bindgen(js_name = observeAnswer)]
    pub fn observe_answer(&mut self, ids: &[u32]) {
        self.0.observe_answer(ids);
    }

    /// Chooses one token. A negative `num_logprobs` asks for none. Gives the id, then, if asked, its log-probability and
    /// pairs of id and log-probability.
    pub fn sample(
        &self,
        mut logits: Vec<f32>,
        position: u32,
        banned: &[u32],
        num_logprobs: i32,
    ) -> Result<Vec<f64>, JsError> {
        let choice = self
            .0
            .sample(
                &mut logits,
                position,
                banned,
                usize::try_from(num_logprobs).ok(),
            )
            .map_err(|error| match error {
                SampleError::UnknownId => fail("invalid_token_id", error),
                SampleError::NotFinite => fail("invalid_logits", error),
                SampleError::NoCandidate => fail("no_candidate", error),
            })?;
        let Choice { id, logprob, top } = choice;
        let mut flat = vec![f64::from(id)];
        flat.extend(logprob);
        flat.extend(
            top.iter()
                .flat_map(|&(id, logprob)| [f64::from(id), logprob]),
        );
        Ok(flat)
    }
}
