//! Sounds: files to samples, samples to another rate, samples to log-mel features.

pub mod companding;
pub mod decode;
pub mod error;
pub mod header;
pub mod log_mel;
pub mod mel_filters;
mod mp3;
pub mod resample;
mod resample_spectra;
mod resample_sums;
mod riff;
mod stream;
mod vorbis_setup;
pub mod wav;
