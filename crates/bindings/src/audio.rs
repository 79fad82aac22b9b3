//! Border of the audio functions.

use crate::kernels::fail;
use limbus_audio::decode::decode;
use limbus_audio::error::{AudioError, AudioErrorKind};
use limbus_audio::header::probe;
use limbus_audio::log_mel::LogMel;
use limbus_audio::resample::{resample, resampled_len};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Most samples of one sound after resampling; 1 GiB of them.
const MAX_SAMPLES: usize = 1 << 28;

fn refuse(error: AudioError) -> JsError {
    let code = match error.kind {
        AudioErrorKind::Invalid => "invalid_audio",
        AudioErrorKind::TooLong => "audio_too_long",
        AudioErrorKind::Unsupported => "unsupported_audio",
    };
    fail(code, error)
}

/// What a header says.
#[wasm_bindgen(js_name = CoreAudioHeader)]
pub struct AudioHeader {
    format: &'static str,
    /// Hertz.
    #[wasm_bindgen(js_name = samplingRate)]
    pub sampling_rate: u32,
    /// At least 1.
    pub channels: u32,
    /// Samples of each channel that decoding gives.
    #[wasm_bindgen(js_name = numFrames)]
    pub num_frames: f64,
}

#[wasm_bindgen(js_class = CoreAudioHeader)]
impl AudioHeader {
    /// `wav`, `flac`, `mp3` or `ogg`.
    #[wasm_bindgen(getter)]
    pub fn format(&self) -> String {
        self.format.to_owned()
    }
}

/// Reads the header of a sound file.
#[wasm_bindgen(js_name = probeAudioHeader)]
pub fn probe_audio_header(bytes: &[u8]) -> Result<AudioHeader, JsError> {
    let header = probe(bytes).map_err(refuse)?;
    Ok(AudioHeader {
        format: header.format.name(),
        sampling_rate: header.sampling_rate,
        channels: header.channels as u32,
        num_frames: header.num_frames as f64,
    })
}

/// Samples of one channel at a rate; both have been checked to be above zero.
#[wasm_bindgen(js_name = decodeAudioMono)]
pub fn decode_audio_mono(
    bytes: &[u8],
    sampling_rate: u32,
    max_seconds: f64,
) -> Result<Vec<f32>, JsError> {
    let mono = decode(bytes, max_seconds).map_err(refuse)?;
    resample_checked(&mono.samples, mono.sampling_rate, sampling_rate)
}

/// Samples at another rate; both have been checked to be above zero.
#[wasm_bindgen(js_name = resampleMono)]
pub fn resample_mono(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, JsError> {
    resample_checked(samples, from, to)
}

fn resample_checked(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, JsError> {
    if resampled_len(samples.len(), from, to) > MAX_SAMPLES {
        let message =
            format!("Expected at most {MAX_SAMPLES} samples after resampling: found more");
        return Err(refuse(AudioError::too_long(message)));
    }
    Ok(resample(samples, from, to))
}

/// The log-mel transform of a checkpoint.
#[wasm_bindgen(js_name = CoreLogMel)]
pub struct CoreLogMel(LogMel);

#[wasm_bindgen(js_class = CoreLogMel)]
impl CoreLogMel {
    /// The caller has checked the ranges: `n_fft` is even, the others are above zero.
    #[wasm_bindgen(constructor)]
    pub fn new(num_mels: usize, sampling_rate: u32, n_fft: usize, hop: usize) -> CoreLogMel {
        CoreLogMel(LogMel::new(num_mels, sampling_rate, n_fft, hop))
    }

    /// Features `[num_mels, num_samples / hop]`; `num_samples` is more than half of `n_fft`.
    pub fn features(&self, samples: &[f32], num_samples: usize, padding: f32) -> Vec<f32> {
        self.0.features(samples, num_samples, padding)
    }
}
