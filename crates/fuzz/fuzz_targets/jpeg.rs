//! JPEG files.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use limbus_media::header::Format;

#[path = "../entries/image.rs"]
mod image;
#[path = "../entries/memory.rs"]
mod memory;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match image::check(bytes, Format::Jpeg, image::MAX_PIXELS) {
        true => Corpus::Keep,
        false => Corpus::Reject,
    }
});
