//! What the header of a file says, before any sample is decoded.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE), Microsoft's `mmreg.h` and
//! "Multiple channel audio data and WAVE files" (`WAVE_FORMAT_EXTENSIBLE`).

use crate::error::AudioError;
use crate::riff::{chunks, u16_at, u32_at};
use std::ops::Range;

/// Lowest and highest sampling rate that is taken, hertz.
pub const SAMPLING_RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

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
pub struct Header {
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

impl Header {
    /// Length of the sound.
    pub fn seconds(&self) -> f64 {
        self.num_frames as f64 / f64::from(self.sampling_rate)
    }
}

/// Signatures of formats that are known but not decoded: where, what, media type.
const UNSUPPORTED: [(usize, &[u8], &str); 14] = [
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, &[0xff, 0xfb], "audio/mpeg"),
    (0, &[0xff, 0xfa], "audio/mpeg"),
    (0, &[0xff, 0xf3], "audio/mpeg"),
    (0, &[0xff, 0xf2], "audio/mpeg"),
    (0, &[0xff, 0xf1], "audio/aac"),
    (0, &[0xff, 0xf9], "audio/aac"),
    (4, b"ftyp", "audio/mp4"),
    (8, b"AIF", "audio/aiff"),
    (0, &[0x1a, 0x45, 0xdf, 0xa3], "audio/webm"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"RIFX", "big-endian audio/wav"),
];

/// The end of the identifiers of codings that have a number.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Reads the header. A data chunk that promises more than is there is read as far as the file goes: whoever writes to a
/// pipe cannot know the length.
pub fn probe(bytes: &[u8]) -> Result<Header, AudioError> {
    let holds = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
    if !((holds(0, b"RIFF") || holds(0, b"RF64")) && holds(8, b"WAVE")) {
        return Err(
            match UNSUPPORTED.iter().find(|(at, magic, _)| holds(*at, magic)) {
                Some((_, _, media_type)) => AudioError::unsupported(format!(
                    "Expected a WAV file: found {media_type}, not supported yet"
                )),
                None => AudioError::invalid("Expected a WAV file: found another signature"),
            },
        );
    }
    let mut format = None;
    for chunk in chunks(bytes) {
        match &chunk.id {
            b"fmt " => format = Some(read_format(chunk.body)?),
            b"data" => {
                let (coding, channels, sampling_rate) = format.ok_or_else(|| {
                    AudioError::invalid("Expected a fmt chunk before the data chunk: found none")
                })?;
                let frame = coding.bytes() * channels;
                let num_frames = chunk.body.len() / frame;
                return Ok(Header {
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
    if !SAMPLING_RATES.contains(&sampling_rate) {
        return Err(AudioError::invalid(format!(
            "Expected a sampling rate of {} to {} Hz: found {sampling_rate}",
            SAMPLING_RATES.start(),
            SAMPLING_RATES.end()
        )));
    }
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
