//! Border of the tokenizer functions.

use std::rc::Rc;

use limbus_text::{Decoder, DecoderState, EncodeError, Origin, Segment, Tokenizer};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A tokenizer in the core's memory.
#[wasm_bindgen(js_name = CoreTokenizer)]
pub struct CoreTokenizer(Tokenizer);

/// A stream of ids on its way to text.
#[wasm_bindgen(js_name = CoreDecodeStream)]
pub struct CoreDecodeStream {
    decoder: Rc<Decoder>,
    state: DecoderState,
    skip_special: bool,
}

#[wasm_bindgen(js_class = CoreTokenizer)]
impl CoreTokenizer {
    /// Loads a `tokenizer.json`; throws `[path, message]`.
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(json: &str) -> Result<CoreTokenizer, Vec<JsValue>> {
        Tokenizer::from_json(json)
            .map(Self)
            .map_err(|error| vec![error.path.into(), error.message.into()])
    }

    /// Largest id plus one.
    #[wasm_bindgen(js_name = idBound)]
    pub fn id_bound(&self) -> usize {
        self.0.decoder().id_bound()
    }

    /// Ids of a text; throws a message.
    pub fn encode(&mut self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, JsValue> {
        self.0.encode(text, add_special_tokens).map_err(message_of)
    }

    /// Ids of segments that lie end to end in `text`, then, behind them, as many indices of segments (-1 as 0xffffffff).
    /// `lengths` are in UTF-16 units; `origins` are 0 template, 1 user, 2 item. Throws a message.
    #[wasm_bindgen(js_name = encodeSegments)]
    pub fn encode_segments(
        &mut self,
        text: &str,
        lengths: &[u32],
        origins: &[u8],
        placeholders: Vec<String>,
        add_special_tokens: bool,
    ) -> Result<Vec<u32>, JsValue> {
        let segments = segments(text, lengths, origins);
        let encoded = self
            .0
            .encode_segments(text, &segments, &placeholders, add_special_tokens)
            .map_err(message_of)?;
        let mut both = encoded.ids;
        both.extend(encoded.segments.iter().map(|&segment| segment as u32));
        Ok(both)
    }

    /// Ids that the post-processor puts before a text.
    #[wasm_bindgen(js_name = prefixIds)]
    pub fn prefix_ids(&self) -> Vec<u32> {
        self.0.prefix_ids()
    }

    /// Text of ids.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        self.0.decoder().decode(ids, skip_special)
    }

    /// A stream that decodes ids as they come.
    #[wasm_bindgen(js_name = decodeStream)]
    pub fn decode_stream(&self, skip_special: bool) -> CoreDecodeStream {
        let decoder = self.0.decoder().clone();
        CoreDecodeStream {
            state: decoder.start(),
            decoder,
            skip_special,
        }
    }

    /// Id of a token.
    #[wasm_bindgen(js_name = tokenToId)]
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.0.decoder().id_of(token)
    }

    /// Token of an id.
    #[wasm_bindgen(js_name = idToToken)]
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.0.decoder().name_of(id).map(str::to_owned)
    }

    /// Bytes of an id.
    #[wasm_bindgen(js_name = tokenBytes)]
    pub fn token_bytes(&self, id: u32) -> Vec<u8> {
        self.0.decoder().bytes_of(id)
    }

    /// Whether an id is special.
    #[wasm_bindgen(js_name = isSpecial)]
    pub fn is_special(&self, id: u32) -> bool {
        self.0.decoder().is_special(id)
    }
}

#[wasm_bindgen(js_class = CoreDecodeStream)]
impl CoreDecodeStream {
    /// Text that is certain once `id` has come.
    pub fn push(&mut self, id: u32) -> String {
        let mut out = String::new();
        self.decoder
            .push(&mut self.state, id, self.skip_special, &mut out);
        out
    }

    /// Text that was held back.
    pub fn flush(&mut self) -> String {
        let mut out = String::new();
        self.decoder.flush(&mut self.state, &mut out);
        out
    }
}

fn message_of(_: EncodeError) -> JsValue {
    EncodeError::MESSAGE.into()
}

/// Turns lengths in UTF-16 units into ends in bytes.
fn segments(text: &str, lengths: &[u32], origins: &[u8]) -> Vec<Segment> {
    let mut end = 0;
    let mut chars = text.chars();
    lengths
        .iter()
        .zip(origins)
        .map(|(&length, &origin)| {
            let mut left = length as usize;
            while left > 0
                && let Some(c) = chars.next()
            {
                left = left.saturating_sub(c.len_utf16());
                end += c.len_utf8();
            }
            let origin = match origin {
                0 => Origin::Template,
                2 => Origin::Item,
                _ => Origin::User,
            };
            Segment { origin, end }
        })
        .collect()
}
