//! The cases that fuzzing has kept: every one obeys the laws of `crates/fuzz/entries/audio.rs`.

#[path = "../../fuzz/entries/audio.rs"]
mod audio;
#[path = "../../fuzz/entries/corpus.rs"]
mod corpus;
#[path = "../../fuzz/entries/memory.rs"]
mod memory;

/// One test: memory is counted for the whole process.
#[test]
fn every_sound_of_the_corpora_obeys_the_laws() {
    corpus::replay("wav", |bytes| audio::check(bytes, audio::MAX_SECONDS));
    for target in ["flac", "mp3"] {
        corpus::replay(target, |bytes| {
            audio::check_stream(bytes, audio::MAX_STREAM_SECONDS)
        });
    }
    corpus::replay("ogg", |bytes| {
        audio::check_stream(&audio::sealed(bytes), audio::MAX_STREAM_SECONDS);
    });
}
