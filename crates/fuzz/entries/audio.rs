//! Laws of every sound file, whatever its bytes are.

#![allow(dead_code)] // Each target uses its part.

use limbus_audio::decode::decode;
use limbus_audio::error::AudioErrorKind;
use limbus_audio::header::probe;
use limbus_audio::resample::{resample, resampled_len};

use crate::memory::most_bytes;

/// Longest sound that the server takes unless told otherwise, seconds.
pub const MAX_SECONDS: f64 = 600.0;
/// Rate that models hear at, Hz.
const MODEL_RATE: u32 = 16_000;
/// Longest result that is resampled here, samples; a longer one only takes longer.
const MAX_RESAMPLED: usize = 1 << 16;
/// Bytes that a decoder may take for tables and messages, whatever the sound.
const TABLE_BYTES: usize = 1 << 20;

/// Longest compressed sound here, seconds: a few bytes of FLAC may hold a minute of silence.
pub const MAX_STREAM_SECONDS: f64 = 10.0;

/// An Ogg file with the checksums of its pages made right, so that what lies in them is reached.
pub fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    let mut rest = &mut file[..];
    while rest.len() >= 27 && rest.starts_with(b"OggS") {
        let lacing = 27..27 + usize::from(rest[26]);
        let Some(lengths) = rest.get(lacing.clone()) else {
            break;
        };
        let body: usize = lengths.iter().map(|&length| usize::from(length)).sum();
        let Some((page, next)) = rest.split_at_mut_checked(lacing.end + body) else {
            break;
        };
        page[22..26].fill(0);
        let crc = page.iter().fold(0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
                crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        rest = next;
    }
    file
}

/// Bytes that a decoder of compressed sounds may take beside the samples.
const STREAM_BYTES: usize = 128 << 20;

/// Probes and decodes a compressed file.
pub fn check_stream(bytes: &[u8], max_seconds: f64) {
    let header = probe(bytes);
    let (mono, taken) = most_bytes(|| decode(bytes, max_seconds));
    let num_frames = header.as_ref().map_or(0, |header| header.num_frames);
    let samples = if mono.is_ok() { num_frames } else { 0 };
    assert!(
        taken <= STREAM_BYTES + 8 * samples.max(max_seconds as usize * 200_000),
        "{taken} bytes are too many"
    );
    match mono {
        Ok(mono) => {
            assert_eq!(mono.samples.len(), num_frames);
            assert!(num_frames as f64 <= max_seconds * f64::from(mono.sampling_rate));
            assert!(mono.samples.iter().all(|sample| sample.is_finite()));
        }
        Err(error) => assert!(error.message.starts_with("Expected ")),
    }
}

/// Probes, decodes and resamples a file.
pub fn check(bytes: &[u8], max_seconds: f64) {
    let (header, taken) = most_bytes(|| probe(bytes));
    assert!(
        taken <= TABLE_BYTES + 2 * bytes.len(),
        "{taken} bytes to read a header"
    );
    let (mono, taken) = most_bytes(|| decode(bytes, max_seconds));
    let header = match header {
        Ok(header) => header,
        Err(error) => {
            assert!(error.message.starts_with("Expected "));
            assert_eq!(mono, Err(error));
            return;
        }
    };
    let room = TABLE_BYTES + 8 * header.num_frames + 8 * bytes.len();
    assert!(taken <= room, "{taken} bytes where {room} are enough");
    let kind = mono.as_ref().err().map(|error| error.kind);
    assert_eq!(
        header.seconds() > max_seconds,
        kind == Some(AudioErrorKind::TooLong)
    );
    let Ok(mono) = mono else { return };
    assert_eq!(mono.samples.len(), header.num_frames);
    assert_eq!(mono.sampling_rate, header.sampling_rate);
    assert!(mono.samples.iter().all(|sample| sample.is_finite()));
    let len = resampled_len(mono.samples.len(), mono.sampling_rate, MODEL_RATE);
    if len <= MAX_RESAMPLED {
        let resampled = resample(&mono.samples, mono.sampling_rate, MODEL_RATE);
        assert_eq!(resampled.len(), len);
        assert!(resampled.iter().all(|sample| sample.is_finite()));
    }
}
