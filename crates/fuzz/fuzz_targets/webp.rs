//! WebP files. What a mutation does to the length of the file is written into its first chunk, else nearly all are refused.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use limbus_media::header::Format;

#[path = "../entries/image.rs"]
mod image;
#[path = "../entries/memory.rs"]
mod memory;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match image::check(bytes, Format::Webp, image::MAX_PIXELS) {
        true => Corpus::Keep,
        false => Corpus::Reject,
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let size = fuzzer_mutate(data, size, max_size);
    let is_list = data[..size].starts_with(b"RIFF") && size >= 12;
    if is_list && !seed.is_multiple_of(8) {
        data[4..8].copy_from_slice(&(size as u32 - 8).to_le_bytes());
        mend_last_chunk(&mut data[..size]);
    }
    size
});

/// Gives the chunk that reaches over the end of the file the length that is there.
fn mend_last_chunk(file: &mut [u8]) {
    let mut at = 12;
    while let Some(&[a, b, c, d]) = file.get(at + 4..).and_then(|rest| rest.first_chunk()) {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let end = at + 8 + length + (length & 1);
        if end > file.len() {
            // An odd length would want a byte of padding.
            let left = (file.len() - at - 8) & !1;
            file[at + 4..at + 8].copy_from_slice(&(left as u32).to_le_bytes());
            return;
        }
        at = end;
    }
}
