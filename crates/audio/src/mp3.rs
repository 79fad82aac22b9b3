//! MP3: frames found here, decoded by nanomp3.
//!
//! Lengths are those of mpg123, and so of libsndfile: the frame with Xing's or LAME's tag is no sound, and what the tag says
//! of the encoder's delay and padding is cut off, with the 529 samples of every decoder's own delay. A file without the tag
//! keeps all. Source of the headers: ISO/IEC 11172-3 and 13818-3.

use crate::error::AudioError;
use crate::header::{Format, Header, check_rate};
use nanomp3::{DecodeError, Decoder, MAX_SAMPLES_PER_FRAME, VbrTag};

/// Samples by which any decoder is late.
const DECODER_DELAY: u64 = 529;

/// Kilobits of a second, by index, of MPEG-1 and of the others.
const KILOBITS: [[usize; 15]; 2] = [
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// What must be the same in all frames of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Layout {
    sampling_rate: u32,
    channels: usize,
    /// Samples of a frame in each channel.
    samples: usize,
}

/// Layout and bytes of the frame that begins here.
fn read_header(bytes: &[u8]) -> Option<(Layout, usize)> {
    let &[0xff, second, third, fourth, ..] = bytes else {
        return None;
    };
    let (version, rate) = ((second >> 3) & 3, usize::from(third >> 2) & 3);
    // Version 1 and rate 3 are reserved; layer III is 1; an index of 15 is forbidden, and 0 says nothing of the size.
    let index = usize::from(third >> 4);
    let is_layer3 = second & 0xe6 == 0xe2;
    if !is_layer3 || version == 1 || rate == 3 || !(1..15).contains(&index) {
        return None;
    }
    let (halvings, samples) = match version {
        3 => (0, 1152),
        2 => (1, 576),
        _ => (2, 576),
    };
    let sampling_rate = [44_100u32, 48_000, 32_000][rate] >> halvings;
    let kilobits = KILOBITS[usize::from(version != 3)][index];
    let padding = usize::from(third >> 1) & 1;
    let layout = Layout {
        sampling_rate,
        channels: if fourth >> 6 == 3 { 1 } else { 2 },
        samples,
    };
    Some((
        layout,
        samples / 8 * kilobits * 1000 / sampling_rate as usize + padding,
    ))
}

/// The whole frames of a file, all of the first one's layout; anything between them is passed over.
struct Frames<'a> {
    bytes: &'a [u8],
    layout: Option<Layout>,
    /// Whether this is where the frame before ended.
    is_in_step: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = (Layout, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.bytes.len() < 4 {
                return None;
            }
            if let Some((layout, size)) = read_header(self.bytes)
                && self.layout.is_none_or(|known| known == layout)
                && let Some((frame, rest)) = self.bytes.split_at_checked(size)
            {
                // Two bytes are soon found by chance: out of step, another frame must follow, or the end.
                let follows = read_header(rest).is_some_and(|(next, _)| next == layout);
                if self.is_in_step || follows || rest.is_empty() {
                    (self.bytes, self.layout, self.is_in_step) = (rest, Some(layout), true);
                    return Some((layout, frame));
                }
            }
            (self.bytes, self.is_in_step) = (&self.bytes[1..], false);
        }
    }
}

/// Whether a frame of MPEG-2.5 has blocks that are long below and short above. nanomp3 0.2.0 takes more of them than there
/// are at 8 kHz, and ends the process; encoders do not use them.
fn has_mixed_blocks(frame: &[u8], channels: usize) -> bool {
    let bit = |at: usize| {
        frame
            .get(at / 8)
            .is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
    };
    // Header, checksum, where the main data begin, private bits; then 63 bits for each channel.
    let checksum = if bit(15) { 0 } else { 16 };
    let first = 32 + checksum + 8 + channels;
    (0..channels).any(|channel| {
        // Lengths and gains, whether windows switch, to which block type, whether mixed.
        let at = first + 63 * channel + 38;
        bit(at) && bit(at + 1) && !bit(at + 2) && bit(at + 3)
    })
}

/// A file with what its tag says.
struct File<'a> {
    layout: Layout,
    /// All that are sound.
    frames: Frames<'a>,
    /// Samples to leave out.
    skipped: u64,
    /// Samples up to which the sound goes, those left out included.
    end: u64,
}

fn open(bytes: &[u8]) -> Result<File<'_>, AudioError> {
    let mut frames = Frames {
        bytes,
        layout: None,
        is_in_step: false,
    };
    let all = Frames { ..frames };
    let (layout, first) = frames.next().ok_or_else(|| {
        AudioError::invalid("Expected MP3 frames one after the other: found none")
    })?;
    check_rate(layout.sampling_rate)?;
    let mut file = File {
        layout,
        frames: all,
        skipped: 0,
        end: u64::MAX,
    };
    if let Some(tag) = VbrTag::parse(first) {
        file.frames = frames;
        if let (Some(count), Some((delay, padding))) = (tag.frames, tag.encoder_delay_padding) {
            file.skipped = u64::from(delay) + DECODER_DELAY;
            if count > 0 {
                let padding = u64::from(padding).saturating_sub(DECODER_DELAY);
                file.end = (u64::from(count) * layout.samples as u64).saturating_sub(padding);
            }
        }
    }
    Ok(file)
}

/// Walks the frames, without decoding any.
pub(crate) fn probe(bytes: &[u8]) -> Result<Header, AudioError> {
    let file = open(bytes)?;
    let layout = file.layout;
    let there = file.frames.count() as u64 * layout.samples as u64;
    Ok(Header {
        format: Format::Mp3,
        channels: layout.channels,
        sampling_rate: layout.sampling_rate,
        num_frames: usize::try_from(there.min(file.end).saturating_sub(file.skipped))
            .unwrap_or(usize::MAX),
    })
}

/// Hands each decoded frame, `[samples, channels]`, to `take`, until that has enough.
///
/// A frame that needs bits of frames that are not there, as the first ones of a piece cut out of a stream do, is silence.
pub(crate) fn decode(bytes: &[u8], mut take: impl FnMut(&[f32]) -> bool) -> Result<(), AudioError> {
    let file = open(bytes)?;
    let Layout {
        channels,
        samples,
        sampling_rate,
    } = file.layout;
    let mut decoder = Decoder::new();
    let mut pcm = [0.0f32; MAX_SAMPLES_PER_FRAME];
    let mut skipped = usize::try_from(file.skipped).unwrap_or(usize::MAX);
    for (_, frame) in file.frames {
        if sampling_rate == 8_000 && has_mixed_blocks(frame, channels) {
            return Err(AudioError::unsupported(
                "Expected MP3 of 8 kHz without mixed blocks: found one with them",
            ));
        }
        match decoder.decode(frame, &mut pcm).1 {
            Ok(info) if info.samples_produced == samples => {}
            Err(DecodeError::ReservoirUnavailable(_)) => pcm.fill(0.0),
            _ => {
                return Err(AudioError::invalid(
                    "Expected sound MP3 frames: found a broken one",
                ));
            }
        }
        let left_out = skipped.min(samples);
        skipped -= left_out;
        if !take(&pcm[left_out * channels..samples * channels]) {
            break;
        }
    }
    Ok(())
}
