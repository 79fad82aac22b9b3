//! A file to samples of one channel.

use crate::companding::{a_law, mu_law};
use crate::error::AudioError;
use crate::header::{Coding, Header, probe};

/// Largest sample that is taken; full scale is 1. Larger ones are damage, and their squares would not be finite.
const LOUDEST: f32 = 1e9;

/// Samples of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Mono {
    /// Samples of a second.
    pub sampling_rate: u32,
    /// Full scale is -1 to 1.
    pub samples: Vec<f32>,
}

/// Refuses a header that promises a longer sound than allowed.
pub fn check_seconds(header: &Header, max_seconds: f64) -> Result<(), AudioError> {
    let seconds = header.seconds();
    if seconds > max_seconds {
        return Err(AudioError::too_long(format!(
            "Expected a sound of at most {max_seconds} seconds: found {seconds:.1}"
        )));
    }
    Ok(())
}

/// Decodes a file; several channels become their mean. What its header promises is held against `max_seconds` before
/// anything else is done.
///
/// Integers are divided by their full scale, as `soundfile` and `librosa` do: -1 is reached, 1 is not.
pub fn decode(bytes: &[u8], max_seconds: f64) -> Result<Mono, AudioError> {
    let header = probe(bytes)?;
    check_seconds(&header, max_seconds)?;
    let data = &bytes[header.data.clone()];
    let samples = match header.coding {
        Coding::Unsigned8 => mix(data, &header, |[byte]: [u8; 1]| {
            (f32::from(byte) - 128.0) / 128.0
        }),
        Coding::Signed(2) => mix(data, &header, |b| {
            f32::from(i16::from_le_bytes(b)) / 32768.0
        }),
        Coding::Signed(3) => mix(data, &header, |[a, b, c]: [u8; 3]| {
            from_i32(i32::from_le_bytes([0, a, b, c]))
        }),
        Coding::Signed(_) => mix(data, &header, |b| from_i32(i32::from_le_bytes(b))),
        Coding::Float32 => mix(data, &header, f32::from_le_bytes),
        Coding::Float64 => mix(data, &header, |b| f64::from_le_bytes(b) as f32),
        Coding::ALaw => mix(data, &header, |[byte]: [u8; 1]| {
            f32::from(a_law(byte)) / 32768.0
        }),
        Coding::MuLaw => mix(data, &header, |[byte]: [u8; 1]| {
            f32::from(mu_law(byte)) / 32768.0
        }),
    };
    // A comparison with NaN is false.
    if !samples.iter().all(|sample| sample.abs() <= LOUDEST) {
        return Err(AudioError::invalid(
            "Expected finite samples: found one that is not finite or far too loud",
        ));
    }
    Ok(Mono {
        sampling_rate: header.sampling_rate,
        samples,
    })
}

fn from_i32(value: i32) -> f32 {
    (f64::from(value) / 2_147_483_648.0) as f32
}

/// Means over the channels of each frame.
fn mix<const BYTES: usize>(
    data: &[u8],
    header: &Header,
    read: impl Fn([u8; BYTES]) -> f32,
) -> Vec<f32> {
    let (samples, _) = data.as_chunks::<BYTES>();
    if header.channels == 1 {
        return samples.iter().map(|&bytes| read(bytes)).collect();
    }
    let share = header.channels as f32;
    samples
        .chunks_exact(header.channels)
        .map(|frame| frame.iter().map(|&bytes| read(bytes)).sum::<f32>() / share)
        .collect()
}
