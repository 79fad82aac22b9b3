//! The cases that fuzzing has kept: every one obeys the laws of `crates/fuzz/entries/image.rs`.

use limbus_media::header::Format;

#[path = "../../fuzz/entries/corpus.rs"]
mod corpus;
#[path = "../../fuzz/entries/image.rs"]
mod image;
#[path = "../../fuzz/entries/memory.rs"]
mod memory;

/// One test: memory is counted for the whole process.
#[test]
fn every_picture_of_the_corpora_obeys_the_laws() {
    let targets = [
        ("bmp", Format::Bmp),
        ("gif", Format::Gif),
        ("jpeg", Format::Jpeg),
        ("png", Format::Png),
        ("webp", Format::Webp),
    ];
    for (target, format) in targets {
        corpus::replay(target, |bytes| {
            image::check(bytes, format, image::MAX_PIXELS);
        });
    }
}
