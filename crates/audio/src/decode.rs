//! A file to samples of one channel.

use crate::error::AudioError;
use crate::header::{Format, Header, probe, recognize};
use crate::{mp3, stream, wav};

/// Largest sample that is taken; full scale is 1. Larger ones are damage, and their squares would not be finite.
const LOUDEST: f32 = 1e9;

/// Most samples of one channel that are decoded, 512 MiB of them.
const MAX_FRAMES: usize = 1 << 27;

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
    if header.num_frames > MAX_FRAMES {
        return Err(AudioError::too_long(format!(
            "Expected at most {MAX_FRAMES} samples in each channel: found {}",
            header.num_frames
        )));
    }
    Ok(())
}

/// Decodes a file; several channels become their mean. The length in its header is held against `max_seconds` before
/// anything else is done, and not a sample more than it promises is decoded.
pub fn decode(bytes: &[u8], max_seconds: f64) -> Result<Mono, AudioError> {
    let header = probe(bytes)?;
    check_seconds(&header, max_seconds)?;
    let (format, bytes) = recognize(bytes)?;
    let samples = match format {
        Format::Wav => wav::decode(bytes, &wav::probe(bytes)?),
        Format::Mp3 => mix(&header, |take| mp3::decode(bytes, take))?,
        _ => mix(&header, |take| stream::decode(format, bytes, take))?,
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

/// The mean of each frame of what `decode` hands out: exactly as many as the header promises, or an error.
fn mix(
    header: &Header,
    decode: impl FnOnce(&mut dyn FnMut(&[f32]) -> bool) -> Result<(), AudioError>,
) -> Result<Vec<f32>, AudioError> {
    let (channels, wanted) = (header.channels, header.num_frames);
    let mut mono = Vec::new();
    mono.try_reserve_exact(wanted).map_err(|_| {
        AudioError::too_long("Expected a sound that fits the memory: found a longer one")
    })?;
    decode(&mut |frames| {
        let room = wanted - mono.len();
        if channels == 1 {
            mono.extend(frames.iter().take(room));
        } else {
            let share = channels as f32;
            let means = frames.chunks_exact(channels).take(room);
            mono.extend(means.map(|frame| frame.iter().sum::<f32>() / share));
        }
        mono.len() < wanted
    })?;
    if mono.len() != wanted {
        return Err(AudioError::invalid(format!(
            "Expected {wanted} samples in each channel: found {}",
            mono.len()
        )));
    }
    Ok(mono)
}
