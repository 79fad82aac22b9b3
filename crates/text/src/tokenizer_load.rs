//! How a tokenizer is loaded: from `tokenizer.json` or from the compact form.

use std::rc::Rc;

use crate::added_vocabulary::AddedVocabulary;
use crate::binary::{self, Fingerprint, Kept};
use crate::binary_model;
use crate::decoder::Decoder;
use crate::json::{Load, LoadError, Node};
use crate::json_source;
use crate::model::Model;
use crate::normalizer::Normalizer;
use crate::post_processor::PostProcessor;
use crate::pre_tokenizer::PreTokenizer;
use crate::source::Source;
use crate::tokenizer::{SPACE_MARK, Tokenizer};

const FIELDS: [&str; 9] = [
    "version",
    "truncation",
    "padding",
    "added_tokens",
    "normalizer",
    "pre_tokenizer",
    "post_processor",
    "decoder",
    "model",
];

impl Tokenizer {
    /// Loads a `tokenizer.json`. `truncation` and `padding` are not read: they belong to a call, not to a vocabulary.
    pub fn from_json(json: &str) -> Load<Self> {
        Self::from_source(json_source::read(json)?)
    }

    /// The compact form of the tokenizer that a `tokenizer.json` describes; none for the rare ones that it cannot say.
    pub fn binary_of(json: &[u8]) -> Load<Option<Vec<u8>>> {
        let source = json_source::read(text_of(json)?)?;
        let settings = source.settings.clone();
        let tokenizer = Self::from_source(source)?;
        let kept = binary_model::keep(&settings, &tokenizer.model, &tokenizer.decoder);
        let good = kept.filter(|kept| Self::from_kept(kept.clone()).is_some());
        Ok(good.map(|kept| binary::write(&kept, json)))
    }

    /// Loads the compact form that was made from this `tokenizer.json`; or says what is wrong with it.
    pub fn from_binary(binary: &[u8], json: &[u8]) -> Result<Self, &'static str> {
        Self::from_binary_of(binary, &Fingerprint::of(json))
    }

    /// As [`Self::from_binary`], of a file that only its fingerprint is there of.
    pub fn from_binary_of(binary: &[u8], json: &Fingerprint) -> Result<Self, &'static str> {
        let kept = binary::read(binary, json)?;
        Self::from_kept(kept).ok_or("made of parts that do not fit together")
    }

    /// Builds a tokenizer from what was kept of it; none if the parts do not fit together.
    pub(crate) fn from_kept(kept: Kept) -> Option<Self> {
        let (source, contributions) = binary_model::source_of(kept)?;
        let tokenizer = Self::from_source(source).ok()?;
        let decoder = &tokenizer.decoder;
        let spelled = tokenizer.model.bpe().and_then(|bpe| bpe.spelled_apart());
        match spelled.filter(|_| decoder.is_spelled()) {
            Some(spelled) => decoder.restore_spelled(spelled),
            None if decoder.restore(contributions) => {}
            None => return None,
        }
        Some(tokenizer)
    }

    /// Loads the bytes of a `tokenizer.json`.
    pub fn from_json_bytes(json: &[u8]) -> Load<Self> {
        Self::from_json(text_of(json)?)
    }

    /// Builds a tokenizer.
    pub fn from_source(source: Source) -> Load<Self> {
        let root = Node::root(&source.settings);
        if !root.value.is_object() {
            let message = "Expected the file to hold an object: found something else".to_owned();
            return Err(LoadError {
                path: String::new(),
                message,
            });
        }
        root.only(&FIELDS)?;
        let normalizer = Normalizer::load(root.get("normalizer"))?;
        let model = root.need("model")?;
        let takes_bytes = Model::takes_bytes(&model);
        let mut pre_tokenizer = PreTokenizer::load(root.get("pre_tokenizer"), takes_bytes)?;
        let model = Model::load(&model, source.lists, pre_tokenizer.byte_level)?;
        if model.splits_before(SPACE_MARK) {
            pre_tokenizer.split_before_runs(SPACE_MARK);
        }
        let added = AddedVocabulary::load(root.get("added_tokens"), &model, &normalizer)?;
        let post_processor = PostProcessor::load(root.get("post_processor"))?;
        let decoder = Rc::new(Decoder::load(root.get("decoder"), model.names(), &added)?);
        Ok(Self {
            added,
            normalizer,
            pre_tokenizer,
            model,
            post_processor,
            decoder,
        })
    }
}

/// The text of a file, without a byte order mark.
fn text_of(file: &[u8]) -> Load<&str> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    str::from_utf8(file).map_err(|error| LoadError {
        path: String::new(),
        message: format!("Expected the file to be UTF-8: found {error}"),
    })
}
