//! Laws of every sound file, whatever its bytes are.

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
const TABLE_BYTES: usize = 64 << 10;

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
