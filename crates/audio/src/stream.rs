//! FLAC and Ogg Vorbis, by the readers and decoders of Symphonia.
//!
//! Lengths are those of libsndfile: of FLAC as its header says, of Vorbis as the positions of the Ogg pages say.

use crate::error::AudioError;
use crate::header::{Format, Header, check_rate};
use crate::vorbis_setup;
use std::io::Cursor;
use symphonia_bundle_flac::{FlacDecoder, FlacReader};
use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::errors::Error;
use symphonia_core::formats::{FormatReader, TrackType};
use symphonia_core::io::MediaSourceStream;
use symphonia_core::packet::Packet;
use symphonia_format_ogg::OggReader;

/// Most channels of FLAC.
const MAX_CHANNELS: usize = 8;

/// A file whose packets can be read.
struct Stream<'a> {
    reader: Box<dyn FormatReader + 'a>,
    track: u32,
    codec: AudioCodecParameters,
    channels: usize,
    sampling_rate: u32,
    /// Length by the header of FLAC or the last page of Ogg, if they have it.
    num_frames: Option<u64>,
}

/// What went wrong, in our words: messages must not hold parts of the file.
fn refuse(format: Format, error: Error) -> AudioError {
    let file = format.name().to_uppercase();
    match error {
        Error::Unsupported(what) => {
            AudioError::unsupported(format!("Expected {file} that can be decoded: found {what}"))
        }
        Error::DecodeError(what) | Error::LimitError(what) => {
            AudioError::invalid(format!("Expected a sound {file} file: found {what}"))
        }
        Error::ResetRequired => AudioError::unsupported(format!(
            "Expected one stream in the {file} file: found several one after the other"
        )),
        // Reading and seeking in memory fail only at the end.
        _ => AudioError::invalid(format!(
            "Expected a whole {file} file: found its end before"
        )),
    }
}

impl<'a> Stream<'a> {
    fn open(format: Format, bytes: &'a [u8]) -> Result<Self, AudioError> {
        if format == Format::Ogg {
            vorbis_setup::check(bytes)?;
        }
        let source = Box::new(Cursor::new(without_id3v1(bytes)));
        let source = MediaSourceStream::new(source, Default::default());
        let options = Default::default();
        let reader: Result<Box<dyn FormatReader + 'a>, Error> = match format {
            Format::Ogg => OggReader::try_new(source, options).map(|reader| Box::new(reader) as _),
            _ => FlacReader::try_new(source, options).map(|reader| Box::new(reader) as _),
        };
        let reader = reader.map_err(|error| refuse(format, error))?;
        let missing = |what: &str| AudioError::invalid(format!("Expected {what}: found none"));
        let track = reader
            .default_track(TrackType::Audio)
            .ok_or_else(|| missing("a track of sound"))?;
        let codec = track
            .codec_params
            .as_ref()
            .and_then(|codec| codec.audio())
            .ok_or_else(|| missing("a coding of sound"))?
            .clone();
        let sampling_rate = codec
            .sample_rate
            .ok_or_else(|| missing("a sampling rate"))?;
        check_rate(sampling_rate)?;
        let channels = codec
            .channels
            .as_ref()
            .map_or(0, |channels| channels.count());
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(AudioError::unsupported(format!(
                "Expected 1 to {MAX_CHANNELS} channels: found {channels}"
            )));
        }
        let (track, num_frames) = (track.id, track.num_frames);
        Ok(Self {
            reader,
            track,
            codec,
            channels,
            sampling_rate,
            num_frames,
        })
    }

    /// The next packet of the track, in the order of the file.
    fn next_packet(&mut self, format: Format) -> Result<Option<Packet>, AudioError> {
        loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                // A cut file ends where it ends; whoever knows the length compares it.
                Err(Error::IoError(_)) => return Ok(None),
                Err(error) => return Err(refuse(format, error)),
            }
        }
    }
}

/// Without the tag of 128 bytes that some writers append.
fn without_id3v1(bytes: &[u8]) -> &[u8] {
    match bytes.len().checked_sub(128) {
        Some(end) if bytes[end..].starts_with(b"TAG") => &bytes[..end],
        _ => bytes,
    }
}

/// Reads the header; where it does not have the length, all packets, without decoding any.
pub(crate) fn probe(format: Format, bytes: &[u8]) -> Result<Header, AudioError> {
    let mut stream = Stream::open(format, bytes)?;
    let num_frames = match (format, stream.num_frames) {
        (Format::Flac, Some(known)) => known,
        // Of a cut Ogg file there is less than its last page counts.
        (_, known) => {
            let mut sum = 0u64;
            while let Some(packet) = stream.next_packet(format)? {
                sum = sum.saturating_add(packet.dur.get());
            }
            sum.min(known.unwrap_or(u64::MAX))
        }
    };
    Ok(Header {
        format,
        channels: stream.channels,
        sampling_rate: stream.sampling_rate,
        num_frames: usize::try_from(num_frames).unwrap_or(usize::MAX),
    })
}

/// Hands each decoded packet, `[samples, channels]`, to `take`, until that has enough.
pub(crate) fn decode(
    format: Format,
    bytes: &[u8],
    mut take: impl FnMut(&[f32]) -> bool,
) -> Result<(), AudioError> {
    let mut stream = Stream::open(format, bytes)?;
    let options = AudioDecoderOptions::default();
    let decoder: Result<Box<dyn AudioDecoder>, Error> = match format {
        Format::Ogg => {
            VorbisDecoder::try_new(&stream.codec, &options).map(|decoder| Box::new(decoder) as _)
        }
        _ => FlacDecoder::try_new(&stream.codec, &options).map(|decoder| Box::new(decoder) as _),
    };
    let mut decoder = decoder.map_err(|error| refuse(format, error))?;
    let mut frames: Vec<f32> = Vec::new();
    while let Some(packet) = stream.next_packet(format)? {
        let decoded = decoder
            .decode(&packet)
            .map_err(|error| refuse(format, error))?;
        let is_same = decoded.spec().rate() == stream.sampling_rate;
        if !is_same || decoded.num_planes() != stream.channels {
            return Err(AudioError::unsupported(
                "Expected the same channels and rate up to the end: found a change",
            ));
        }
        decoded.copy_to_vec_interleaved(&mut frames);
        if !take(&frames) {
            break;
        }
    }
    Ok(())
}
