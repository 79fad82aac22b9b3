//! Plans of prompt updates.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../entries/prompt.rs"]
mod prompt;

fuzz_target!(|bytes: &[u8]| prompt::check(bytes));
