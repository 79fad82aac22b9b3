//! Border of the tokenizer functions.

use std::ops::Range;
use std::rc::Rc;

use crate::region::resize;
use limbus_text::{
    Decoder, DecoderState, EncodeError, Fingerprint, LoadError, Origin, Segment, Tokenizer,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

/// Room for a text or for ids that is kept from one call to the next; more is given back, bytes.
const KEPT: usize = 4 << 20;

/// A tokenizer in the core's memory, with room for a text that comes and for the ids that go.
#[wasm_bindgen(js_name = CoreTokenizer)]
pub struct CoreTokenizer {
    tokenizer: Tokenizer,
    text: Vec<u8>,
    ids: Vec<u32>,
    /// Where in `text` the last decoded one lies.
    decoded: Range<usize>,
}

/// What tells one `tokenizer.json` from another, from its bytes as they come: they need not be in the core all at once.
#[wasm_bindgen(js_name = CoreFingerprint)]
#[derive(Default)]
pub struct CoreFingerprint(Fingerprint);

#[wasm_bindgen(js_class = CoreFingerprint)]
impl CoreFingerprint {
    /// That of nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// A stream of ids on its way to text.
#[wasm_bindgen(js_name = CoreDecodeStream)]
pub struct CoreDecodeStream {
    decoder: Rc<Decoder>,
    state: DecoderState,
    skip_special: bool,
}

#[wasm_bindgen(js_class = CoreTokenizer)]
impl CoreTokenizer {
    fn new(tokenizer: Tokenizer) -> Self {
        Self {
            tokenizer,
            text: Vec::new(),
            ids: Vec::new(),
            decoded: 0..0,
        }
    }

    /// Loads a `tokenizer.json`; throws `[path, message]`.
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(json: &str) -> Result<CoreTokenizer, Vec<JsValue>> {
        Tokenizer::from_json(json).map(Self::new).map_err(refusal)
    }

    /// Loads the bytes of a `tokenizer.json`; throws `[path, message]`.
    #[wasm_bindgen(js_name = fromJsonBytes)]
    pub fn from_json_bytes(json: &[u8]) -> Result<CoreTokenizer, Vec<JsValue>> {
        Tokenizer::from_json_bytes(json)
            .map(Self::new)
            .map_err(refusal)
    }

    /// Loads the compact form that was made from the `tokenizer.json` of this fingerprint; throws what is wrong with it.
    #[wasm_bindgen(js_name = fromBinary)]
    pub fn from_binary(binary: &[u8], json: &CoreFingerprint) -> Result<CoreTokenizer, JsValue> {
        Tokenizer::from_binary_of(binary, &json.0)
            .map(Self::new)
            .map_err(JsValue::from)
    }

    /// The compact form of what a `tokenizer.json` describes, if there is one; throws `[path, message]`.
    #[wasm_bindgen(js_name = binaryOf)]
    pub fn binary_of(json: &[u8]) -> Result<Option<Vec<u8>>, Vec<JsValue>> {
        Tokenizer::binary_of(json).map_err(refusal)
    }

    /// Texts of the added tokens.
    #[wasm_bindgen(js_name = addedTokens)]
    pub fn added_tokens(&self) -> Vec<String> {
        self.tokenizer.added_tokens().map(str::to_owned).collect()
    }

    /// Largest id plus one.
    #[wasm_bindgen(js_name = idBound)]
    pub fn id_bound(&self) -> usize {
        self.tokenizer.decoder().id_bound()
    }

    /// Address of room for a text of so many bytes, good until the next call; throws an error if there is none.
    #[wasm_bindgen(js_name = textAddress)]
    pub fn text_address(&mut self, bytes: usize) -> Result<usize, JsError> {
        if self.text.len() < bytes {
            resize(&mut self.text, bytes)?;
        }
        Ok(self.text.as_ptr() as usize)
    }

    /// Number of ids of the text that was written to that room; they lie at `idsAddress`. Throws a message.
    #[wasm_bindgen(js_name = encodeText)]
    pub fn encode_text(
        &mut self,
        bytes: usize,
        add_special_tokens: bool,
    ) -> Result<usize, JsValue> {
        let Self {
            tokenizer,
            text,
            ids,
            ..
        } = self;
        if ids.capacity() > KEPT / 4 {
            *ids = Vec::new();
        }
        let utf8 = text.get(..bytes).map(simdutf8::basic::from_utf8);
        let Some(Ok(written)) = utf8 else {
            return Err("Expected text in UTF-8: found other bytes".into());
        };
        let result = tokenizer.encode_into(written, add_special_tokens, ids);
        if text.len() > KEPT {
            *text = Vec::new();
        }
        result.map(|()| ids.len()).map_err(message_of)
    }

    /// Where the ids of the last text are, good until the next call.
    #[wasm_bindgen(js_name = idsAddress)]
    pub fn ids_address(&self) -> usize {
        self.ids.as_ptr() as usize
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
            .tokenizer
            .encode_segments(text, &segments, &placeholders, add_special_tokens)
            .map_err(message_of)?;
        let mut both = encoded.ids;
        both.extend(encoded.segments.iter().map(|&segment| segment as u32));
        Ok(both)
    }

    /// Address of room for so many ids, good until the next call; throws an error if there is none.
    #[wasm_bindgen(js_name = idsRoom)]
    pub fn ids_room(&mut self, count: usize) -> Result<usize, JsError> {
        resize(&mut self.ids, count)?;
        Ok(self.ids.as_ptr() as usize)
    }

    /// Decodes the ids that were written to that room. Their text lies between `decodedStart` and `decodedEnd`, good until the
    /// next call; bytes in it that are no UTF-8 stand for U+FFFD, as the Encoding Standard has it.
    #[wasm_bindgen(js_name = decodeIds)]
    pub fn decode_ids(&mut self, count: usize, skip_special: bool) {
        let Self {
            tokenizer,
            text,
            ids,
            decoded,
        } = self;
        if text.len() > KEPT {
            *text = Vec::new();
        }
        let known = ids.get(..count).unwrap_or(&[]);
        *decoded = tokenizer.decoder().decode_into(known, skip_special, text);
        if ids.capacity() > KEPT / 4 {
            *ids = Vec::new();
        }
    }

    /// Address of the last decoded text.
    #[wasm_bindgen(js_name = decodedStart)]
    pub fn decoded_start(&self) -> usize {
        self.text.as_ptr() as usize + self.decoded.start
    }

    /// Address behind it.
    #[wasm_bindgen(js_name = decodedEnd)]
    pub fn decoded_end(&self) -> usize {
        self.text.as_ptr() as usize + self.decoded.end
    }

    /// A stream that decodes ids as they come.
    #[wasm_bindgen(js_name = decodeStream)]
    pub fn decode_stream(&self, skip_special: bool) -> CoreDecodeStream {
        let decoder = self.tokenizer.decoder().clone();
        CoreDecodeStream {
            state: decoder.start(),
            decoder,
            skip_special,
        }
    }

    /// Id of a token.
    #[wasm_bindgen(js_name = tokenToId)]
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.tokenizer.id_of(token)
    }

    /// Token of an id.
    #[wasm_bindgen(js_name = idToToken)]
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.tokenizer.decoder().name_of(id).map(str::to_owned)
    }

    /// Bytes of an id.
    #[wasm_bindgen(js_name = tokenBytes)]
    pub fn token_bytes(&self, id: u32) -> Vec<u8> {
        self.tokenizer.decoder().bytes_of(id)
    }

    /// Whether an id is special.
    #[wasm_bindgen(js_name = isSpecial)]
    pub fn is_special(&self, id: u32) -> bool {
        self.tokenizer.decoder().is_special(id)
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

fn refusal(error: LoadError) -> Vec<JsValue> {
    vec![error.path.into(), error.message.into()]
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
