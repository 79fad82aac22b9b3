//! FLAC files.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../entries/audio.rs"]
mod audio;
#[path = "../entries/memory.rs"]
mod memory;

fuzz_target!(|bytes: &[u8]| audio::check_stream(bytes, audio::MAX_STREAM_SECONDS));
