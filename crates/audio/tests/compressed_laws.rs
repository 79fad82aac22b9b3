//! FLAC, MP3 and Ogg Vorbis: what the header promises is what decoding gives, and no bytes make the readers panic. The
//! samples of libsndfile are compared in the repository's own tests.

use fastrand::Rng;
use limbus_audio::decode::decode;
use limbus_audio::error::AudioErrorKind;
use limbus_audio::header::{Format, probe};
use std::path::Path;

fn read(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/testdata/audio");
    std::fs::read(folder.join(name)).expect("a file of the repository")
}

const FILES: [(&str, Format); 6] = [
    ("three_8k_pcm8.flac", Format::Flac),
    ("mono_16k_pcm16.flac", Format::Flac),
    ("mono_8k_abr.mp3", Format::Mp3),
    ("mono_16k_vbr.mp3", Format::Mp3),
    ("mono_16k.ogg", Format::Ogg),
    ("stereo_44k.ogg", Format::Ogg),
];

/// Makes the checksums of the pages right again, so that damage reaches what lies in them.
fn seal_pages(mut bytes: &mut [u8]) {
    while bytes.len() >= 27 && bytes.starts_with(b"OggS") {
        let lacing = 27..27 + usize::from(bytes[26]);
        let Some(lengths) = bytes.get(lacing.clone()) else {
            return;
        };
        let body: usize = lengths.iter().map(|&length| usize::from(length)).sum();
        let Some((page, rest)) = bytes.split_at_mut_checked(lacing.end + body) else {
            return;
        };
        page[22..26].fill(0);
        let crc = page.iter().fold(0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
                crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        bytes = rest;
    }
}

#[test]
fn headers_promise_what_decoding_gives() {
    for (name, format) in FILES {
        let bytes = read(name);
        let header = probe(&bytes).expect("a good file");
        let mono = decode(&bytes, header.seconds()).expect("a good file");
        assert_eq!(header.format, format);
        assert_eq!(mono.samples.len(), header.num_frames);
        let error = decode(&bytes, header.seconds() - 1e-4).expect_err("too long");
        assert_eq!(error.kind, AudioErrorKind::TooLong);
    }
}

#[test]
fn damaged_files_never_panic() {
    let mut rng = Rng::with_seed(3);
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..6000 {
        let (name, format) = FILES[round % FILES.len()];
        let mut bytes = read(name);
        for _ in 0..rng.usize(1..=4) {
            let within = if rng.bool() { 4000 } else { bytes.len() };
            let at = rng.usize(..within.min(bytes.len()));
            match rng.u8(..4) {
                0 => bytes[at] ^= 1 << rng.u8(..8),
                1 => bytes[at] = rng.u8(..),
                2 => drop(bytes.drain(at..(at + rng.usize(..40)).min(bytes.len()))),
                _ => drop(bytes.splice(at..at, (0..rng.u8(..40)).map(|i| i ^ 0x5a))),
            }
        }
        if rng.u8(..4) == 0 {
            bytes.truncate(rng.usize(..bytes.len()));
        }
        if format == Format::Ogg {
            seal_pages(&mut bytes);
        }
        match decode(&bytes, 30.0) {
            Ok(mono) => {
                let header = probe(&bytes).expect("it was decoded");
                assert_eq!(mono.samples.len(), header.num_frames);
                decoded += 1;
            }
            Err(error) => {
                assert!(error.message.contains(": found "), "{}", error.message);
                refused += 1;
            }
        }
    }
    assert!(
        decoded > 500 && refused > 500,
        "{decoded} decoded, {refused} refused"
    );
}

#[test]
fn a_few_bytes_cannot_promise_much() {
    // 2^36 - 1 frames.
    let mut bytes = read("mono_16k_pcm16.flac");
    bytes[21] |= 0x0f;
    bytes[22..26].fill(0xff);
    for max_seconds in [600.0, f64::INFINITY] {
        let error = decode(&bytes, max_seconds).expect_err("too long");
        assert_eq!(error.kind, AudioErrorKind::TooLong);
    }
}
