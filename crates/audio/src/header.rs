//! What a file says of itself, before any sample is decoded.

use crate::error::AudioError;
use crate::{mp3, stream, wav};

/// Lowest and highest sampling rate that is taken, hertz.
pub const SAMPLING_RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Formats that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF WAVE, RF64.
    Wav,
    /// FLAC in its own container.
    Flac,
    /// MPEG-1, MPEG-2 and MPEG-2.5 audio, layer III.
    Mp3,
    /// Vorbis in Ogg.
    Ogg,
}

impl Format {
    /// As in a file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which kind of file.
    pub format: Format,
    /// Samples of a frame, at least 1.
    pub channels: usize,
    /// Frames of a second.
    pub sampling_rate: u32,
    /// Samples of each channel that decoding gives.
    pub num_frames: usize,
}

impl Header {
    /// Length of the sound.
    pub fn seconds(&self) -> f64 {
        self.num_frames as f64 / f64::from(self.sampling_rate)
    }
}

/// Signatures of formats that are known but not decoded: where, what, media type.
const UNSUPPORTED: [(usize, &[u8], &str); 8] = [
    (4, b"ftyp", "audio/mp4"),
    (8, b"AIF", "audio/aiff"),
    (0, &[0x1a, 0x45, 0xdf, 0xa3], "audio/webm"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"RIFX", "big-endian audio/wav"),
    (0, b"caff", "audio/x-caf"),
    (0, b".snd", "audio/basic"),
    (0, b"wvpk", "audio/x-wavpack"),
];

/// Which kind of file this is, and where it begins behind tags.
pub(crate) fn recognize(bytes: &[u8]) -> Result<(Format, &[u8]), AudioError> {
    let bytes = behind_id3(bytes);
    let refuse = |media_type: &str| {
        Err(AudioError::unsupported(format!(
            "Expected a WAV, FLAC, MP3 or Ogg Vorbis file: found {media_type}, which is not supported"
        )))
    };
    if wav::is_wav(bytes) {
        return Ok((Format::Wav, bytes));
    }
    if bytes.starts_with(b"fLaC") {
        return Ok((Format::Flac, bytes));
    }
    if bytes.starts_with(b"OggS") {
        return Ok((Format::Ogg, bytes));
    }
    // Eleven bits of ones, two of version, two of layer.
    if let &[0xff, second, ..] = bytes
        && second & 0xe0 == 0xe0
    {
        return match (second >> 1) & 3 {
            1 => Ok((Format::Mp3, bytes)),
            2 => refuse("MPEG layer II"),
            3 => refuse("MPEG layer I"),
            _ => refuse("audio/aac"),
        };
    }
    let holds = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
    match UNSUPPORTED.iter().find(|(at, magic, _)| holds(*at, magic)) {
        Some((_, _, media_type)) => refuse(media_type),
        None => Err(AudioError::invalid(
            "Expected a WAV, FLAC, MP3 or Ogg Vorbis file: found another signature",
        )),
    }
}

/// What follows ID3v2 tags and the zeros that some writers put behind them. Source: "ID3 tag version 2.4.0".
fn behind_id3(mut bytes: &[u8]) -> &[u8] {
    let mut was_tag = false;
    while let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = bytes {
        let size = [a, b, c, d]
            .iter()
            .fold(0, |size, &byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        bytes = bytes.get(10 + size + footer..).unwrap_or(&[]);
        was_tag = true;
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    if was_tag { &bytes[zeros..] } else { bytes }
}

/// Refuses rates at which there is no sound.
pub(crate) fn check_rate(sampling_rate: u32) -> Result<(), AudioError> {
    if SAMPLING_RATES.contains(&sampling_rate) {
        return Ok(());
    }
    Err(AudioError::invalid(format!(
        "Expected a sampling rate of {} to {} Hz: found {sampling_rate}",
        SAMPLING_RATES.start(),
        SAMPLING_RATES.end()
    )))
}

/// Reads the header; no sample is decoded. MP3 and Ogg have their length nowhere: there the file is walked from frame
/// header to frame header.
pub fn probe(bytes: &[u8]) -> Result<Header, AudioError> {
    let (format, bytes) = recognize(bytes)?;
    let header = match format {
        Format::Wav => wav::probe(bytes)?,
        Format::Mp3 => return mp3::probe(bytes),
        Format::Flac | Format::Ogg => return stream::probe(format, bytes),
    };
    Ok(Header {
        format,
        channels: header.channels,
        sampling_rate: header.sampling_rate,
        num_frames: header.num_frames,
    })
}
