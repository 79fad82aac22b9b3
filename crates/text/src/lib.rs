//! Tokenizers: `tokenizer.json` to ids and back.
//!
//! One file for each stage, in the order in which a text passes them: `added_vocabulary`, `normalizer`,
//! `pre_tokenizer` (with `split`, the `pattern`s and `regex_split`), `model` (`bpe`, `unigram`, `word_level`, `word_piece`),
//! `post_processor`; and `decoder` for the way back. Ids are those of Hugging Face `tokenizers`.

mod added_vocabulary;
mod aligned;
mod backtrack;
mod base64;
mod bert_words;
mod binary;
mod binary_model;
mod bpe;
mod byte_level;
mod char_pass;
mod char_table;
mod decoder;
mod decoder_chain;
mod decoder_step;
mod decoder_whole;
mod double_array;
mod growth;
mod json;
mod json_source;
mod legacy;
mod legacy_tables;
mod merge;
mod model;
mod names;
mod normalization_exceptions;
mod normalizer;
mod pair_table;
mod pattern;
mod pattern_ascii;
mod pattern_deepseek;
mod pattern_scan;
mod piece_cache;
mod post_processor;
mod pre_tokenizer;
mod precompiled;
mod provenance;
mod regex_split;
mod replace;
mod source;
mod split;
mod token_table;
mod tokenizer;
mod tokenizer_load;
mod unicode;
mod unicode_normal;
mod unicode_tables;
mod unigram;
mod word_level;
mod word_piece;

pub use binary::Fingerprint;
pub use decoder::{Decoder, State as DecoderState};
pub use json::LoadError;
pub use provenance::{Origin, Segment};
pub use tokenizer::{EncodeError, EncodedSegments, Tokenizer};
