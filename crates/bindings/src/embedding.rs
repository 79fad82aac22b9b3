//! Border of the table of token embeddings.

use crate::kernels::{dtype_named, fail};
use crate::region::{CoreBytes, CoreFloats, zeros};
use limbus_vecmath::dtype::Dtype;
use limbus_vecmath::embed::{EmbedError, Range, Table, embed_input_ids};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

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
            bytes: zeros(len)?,
            dtype,
            hidden,
        })
    }

    /// First byte of the table in the core's memory, where it is written.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> usize {
        self.bytes.as_ptr() as usize
    }

    /// See `limbus_vecmath::embed`. `ranges` holds (item, offset, length, 1 if masked) for each range, `masks` the masks
    /// of those that have one, in that order.
    #[wasm_bindgen(js_name = embedInputIds)]
    pub fn embed_input_ids(
        &self,
        ids: &[u32],
        ranges: &[u32],
        masks: &CoreBytes,
        rows: &CoreFloats,
        row_counts: &[u32],
        scale: f32,
    ) -> Result<CoreFloats, JsError> {
        let mut left = &masks.0[..];
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
        if rows.0.len() != counts.iter().sum::<usize>() * self.hidden {
            return Err(fail(
                "adapter_mismatch",
                "Expected rows of the table's hidden size: found another length",
            ));
        }
        let table = Table {
            bytes: &self.bytes,
            dtype: self.dtype,
            hidden: self.hidden,
        };
        match embed_input_ids(table, ids, &parsed, &rows.0, &counts, scale) {
            Ok(out) => Ok(CoreFloats(out)),
            Err(error @ EmbedError::UnknownId { .. }) => Err(fail("invalid_token_id", error)),
            Err(error @ EmbedError::OutOfMemory) => Err(fail("out_of_memory", error)),
            Err(error) => Err(fail("adapter_mismatch", error)),
        }
    }
}
