//! WAV files: what the header says, and the samples behind it.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE), Microsoft's `mmreg.h` and
//! "Multiple channel audio data and WAVE files" (`WAVE_FORMAT_EXTENSIBLE`); EBU Tech 3306 (RF64).

use crate::companding::{a_law, mu_law};
use crate::error::AudioError;
use crate::header::check_rate;
use crate::riff::{chunks, u16_at, u32_at, u64_at};
use std::ops::Range;

/// How one sample is stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// 8-bit, 128 is silence.
    Unsigned8,
    /// Two's complement of so many bytes, 2 to 4; fewer bits fill the upper end.
    Signed(usize),
    /// IEEE 754, 32 bits.
    Float32,
    /// IEEE 754, 64 bits.
    Float64,
    /// ITU-T G.711 A-law.
    ALaw,
    /// ITU-T G.711 mu-law.
    MuLaw,
}

impl Coding {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::ALaw | Self::MuLaw => 1,
            Self::Signed(bytes) => bytes,
            Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }
}

/// The header of a WAV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavHeader {
    /// How samples are stored.
    pub coding: Coding,
    /// Samples of a frame, at least 1.
    pub channels: usize,
    /// Frames of a second.
    pub sampling_rate: u32,
    /// Samples of each channel that are there.
    pub num_frames: usize,
    /// Where they lie in the file: whole frames.
    pub data: Range<usize>,
}

/// The end of the identifiers of codings that have a number.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Whether the file says of itself that it is one.
pub fn is_wav(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"RIFF") || bytes.starts_with(b"RF64")) && bytes.get(8..12) == Some(b"WAVE")
}

/// Reads the header. A data chunk that promises more than is there is read as far as the file goes: whoever writes to a
/// pipe cannot know the length.
pub fn probe(bytes: &[u8]) -> Result<WavHeader, AudioError> {
    // Where a length of 32 bits does not do, an earlier chunk has the true one.
    let mut long_data = None;
    let mut format = None;
    for chunk in chunks(bytes) {
        match &chunk.id {
            b"fmt " => format = Some(read_format(chunk.body)?),
            b"ds64" => long_data = u64_at(chunk.body, 8),
            b"data" => {
                let (coding, channels, sampling_rate) = format.ok_or_else(|| {
                    AudioError::invalid("Expected a fmt chunk before the data chunk: found none")
                })?;
                let frame = coding.bytes() * channels;
                let most = match long_data {
                    Some(size) if chunk.size == u32::MAX as usize => size,
                    _ => u64::MAX,
                };
                let size = chunk
                    .body
                    .len()
                    .min(usize::try_from(most).unwrap_or(usize::MAX));
                let num_frames = size / frame;
                return Ok(WavHeader {
                    coding,
                    channels,
                    sampling_rate,
                    num_frames,
                    data: chunk.start..chunk.start + num_frames * frame,
                });
            }
            _ if chunk.body.len() < chunk.size => break,
            _ => {}
        }
    }
    Err(AudioError::invalid(
        "Expected a WAV file with a data chunk: found none before its end",
    ))
}

/// Coding, channels and rate of a `fmt ` chunk.
fn read_format(body: &[u8]) -> Result<(Coding, usize, u32), AudioError> {
    let cut = || AudioError::invalid("Expected a whole fmt chunk: found a shorter one");
    let mut tag = u16_at(body, 0).ok_or_else(cut)?;
    let channels = usize::from(u16_at(body, 2).ok_or_else(cut)?);
    let sampling_rate = u32_at(body, 4).ok_or_else(cut)?;
    let frame = usize::from(u16_at(body, 12).ok_or_else(cut)?);
    let bits = usize::from(u16_at(body, 14).ok_or_else(cut)?);
    if tag == 0xfffe {
        tag = u16_at(body, 24).ok_or_else(cut)?;
        if body.get(26..40).ok_or_else(cut)? != GUID_TAIL {
            return Err(AudioError::unsupported(
                "Expected WAV samples of PCM, float, A-law or mu-law: found another coding",
            ));
        }
    }
    check_rate(sampling_rate)?;
    if channels == 0 || frame == 0 || !frame.is_multiple_of(channels) {
        return Err(AudioError::invalid(format!(
            "Expected frames of whole samples: found {channels} channels in {frame} bytes"
        )));
    }
    let coding = match (tag, frame / channels, bits) {
        (1, 1, 1..=8) => Coding::Unsigned8,
        (1, bytes @ 2..=4, 1..) if bits <= 8 * bytes => Coding::Signed(bytes),
        (3, 4, 32) => Coding::Float32,
        (3, 8, 64) => Coding::Float64,
        (6, 1, 8) => Coding::ALaw,
        (7, 1, 8) => Coding::MuLaw,
        (1 | 3 | 6 | 7, bytes, _) => {
            return Err(AudioError::unsupported(format!(
                "Expected WAV samples of 8 to 32 bits of PCM, 32 or 64 of float, 8 of A-law or mu-law: \
                 found {bits} bits in {bytes} bytes of format {tag}"
            )));
        }
        _ => {
            return Err(AudioError::unsupported(format!(
                "Expected WAV samples of PCM, float, A-law or mu-law: found format {tag:#06x}"
            )));
        }
    };
    Ok((coding, channels, sampling_rate))
}

/// Samples of one channel, the mean of each frame.
///
/// Integers are divided by their full scale, as `soundfile` and `librosa` do: -1 is reached, 1 is not.
pub fn decode(bytes: &[u8], header: &WavHeader) -> Vec<f32> {
    let data = &bytes[header.data.clone()];
    let channels = header.channels;
    match header.coding {
        Coding::Unsigned8 => mix(data, channels, |[byte]: [u8; 1]| {
            (f32::from(byte) - 128.0) / 128.0
        }),
        Coding::Signed(2) => mix(data, channels, |b| {
            f32::from(i16::from_le_bytes(b)) / 32768.0
        }),
        Coding::Signed(3) => mix(data, channels, |[a, b, c]: [u8; 3]| {
            from_i32(i32::from_le_bytes([0, a, b, c]))
        }),
        Coding::Signed(_) => mix(data, channels, |b| from_i32(i32::from_le_bytes(b))),
        Coding::Float32 => mix(data, channels, f32::from_le_bytes),
        Coding::Float64 => mix(data, channels, |b| f64::from_le_bytes(b) as f32),
        Coding::ALaw => mix(data, channels, |[byte]: [u8; 1]| {
            f32::from(a_law(byte)) / 32768.0
        }),
        Coding::MuLaw => mix(data, channels, |[byte]: [u8; 1]| {
            f32::from(mu_law(byte)) / 32768.0
        }),
    }
}

fn from_i32(value: i32) -> f32 {
    (f64::from(value) / 2_147_483_648.0) as f32
}

fn mix<const BYTES: usize>(
    data: &[u8],
    channels: usize,
    read: impl Fn([u8; BYTES]) -> f32,
) -> Vec<f32> {
    let (samples, _) = data.as_chunks::<BYTES>();
    if channels == 1 {
        return samples.iter().map(|&bytes| read(bytes)).collect();
    }
    let share = channels as f32;
    samples
        .chunks_exact(channels)
        .map(|frame| frame.iter().map(|&bytes| read(bytes)).sum::<f32>() / share)
        .collect()
}
