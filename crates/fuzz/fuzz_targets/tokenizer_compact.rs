//! Compact forms of tokenizers, and texts behind them. The checksum refuses every mutation, so it is written anew behind one,
//! and most mutations are those of one section, whose length is then made right too.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};

#[path = "../entries/compact.rs"]
mod compact;
#[path = "../entries/decoding.rs"]
mod decoding;
#[path = "../entries/memory.rs"]
mod memory;

/// Bytes by which a section grows at most.
const GROWTH: usize = 64;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match compact::check(bytes) {
        true => Corpus::Keep,
        false => Corpus::Reject,
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let (sections, text) = compact::take_apart(&data[..size]);
    if sections.is_empty() || seed.is_multiple_of(8) {
        let size = fuzzer_mutate(data, size, max_size);
        let sealed = size - compact::take_apart(&data[..size]).1.len();
        compact::seal(&mut data[..sealed]);
        return size;
    }
    let mut parts: Vec<Vec<u8>> = sections.into_iter().map(<[u8]>::to_vec).collect();
    parts.push(text.to_vec());
    let index = seed as usize / 8 % parts.len();
    let part = &mut parts[index];
    let length = part.len();
    part.resize(length + GROWTH, 0);
    let mutated = fuzzer_mutate(part, length, length + GROWTH);
    // Most sections are lists of numbers of four bytes or more.
    let is_odd = length.is_multiple_of(4) && seed % 8 < 6;
    part.truncate(if is_odd { mutated & !3 } else { mutated });
    let text = parts.pop().unwrap_or_default();
    let case = compact::put_together(&parts, &text);
    let size = case.len().min(max_size);
    data[..size].copy_from_slice(&case[..size]);
    size
});
