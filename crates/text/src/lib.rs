//! Tokenizers: `tokenizer.json` to ids and back.
//!
//! One file for each stage, in the order in which a text passes them: `added_vocabulary`, `normalizer`,
//! `pre_tokenizer` (with `split`, `pattern` and `regex_split`), `model` (with `merge` and `piece_cache`), `post_processor`; and
//! `decoder` for the way back. Ids are those of Hugging Face `tokenizers`.

mod added_vocabulary;
mod aligned;
mod byte_level;
mod decoder;
mod json;
mod merge;
mod model;
mod normalization_exceptions;
mod normalizer;
mod pattern;
mod piece_cache;
mod post_processor;
mod pre_tokenizer;
mod provenance;
mod regex_split;
mod split;
mod token_table;
mod tokenizer;
mod unicode;
mod unicode_tables;

pub use decoder::{Decoder, State as DecoderState};
pub use json::LoadError;
pub use provenance::{Origin, Segment};
pub use tokenizer::{EncodedSegments, Tokenizer};
