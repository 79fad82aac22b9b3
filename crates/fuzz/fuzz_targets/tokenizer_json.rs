//! `tokenizer.json` files, and texts behind a zero byte.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../entries/decoding.rs"]
mod decoding;
#[path = "../entries/memory.rs"]
mod memory;
#[path = "../entries/tokenizer.rs"]
mod tokenizer;

fuzz_target!(|bytes: &[u8]| tokenizer::check(bytes, tokenizer::MAX_FUZZED_TEXT));
