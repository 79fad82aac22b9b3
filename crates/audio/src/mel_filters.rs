//! Triangular filters on Slaney's mel scale; source: M. Slaney, "Auditory Toolbox", and transformers `mel_filter_bank`
//! with `norm="slaney", mel_scale="slaney"`.

/// One filter: its weights from a frequency bin on; the others are zero.
#[derive(Clone, Debug, PartialEq)]
pub struct MelFilter {
    /// First bin with a weight.
    pub first: usize,
    /// From there on, all above zero.
    pub weights: Vec<f64>,
}

/// Hertz where the scale turns from linear to logarithmic, and its mel.
const BREAK_HERTZ: f64 = 1000.0;
const BREAK_MEL: f64 = 15.0;

fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

fn hertz_to_mel(hertz: f64) -> f64 {
    if hertz < BREAK_HERTZ {
        3.0 * hertz / 200.0
    } else {
        BREAK_MEL + (hertz / BREAK_HERTZ).ln() / log_step()
    }
}

fn mel_to_hertz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        200.0 * mel / 3.0
    } else {
        BREAK_HERTZ * (log_step() * (mel - BREAK_MEL)).exp()
    }
}

/// Filters from 0 to `max_hertz` over the `num_bins` frequencies from 0 to half of the sampling rate.
pub fn mel_filters(
    num_filters: usize,
    num_bins: usize,
    sampling_rate: u32,
    max_hertz: f64,
) -> Vec<MelFilter> {
    let top = hertz_to_mel(max_hertz);
    let edges: Vec<f64> = (0..num_filters + 2)
        .map(|i| mel_to_hertz(top * i as f64 / (num_filters + 1) as f64))
        .collect();
    let bin_width = f64::from(sampling_rate / 2) / (num_bins - 1) as f64;
    edges
        .windows(3)
        .map(|edge| {
            let (low, middle, high) = (edge[0], edge[1], edge[2]);
            let height = 2.0 / (high - low);
            let weight = |bin: usize| {
                let hertz = bin as f64 * bin_width;
                let slope = ((hertz - low) / (middle - low)).min((high - hertz) / (high - middle));
                slope.max(0.0) * height
            };
            let first = (0..num_bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            let weights = (first..num_bins)
                .map(weight)
                .take_while(|&weight| weight > 0.0)
                .collect();
            MelFilter { first, weights }
        })
        .collect()
}
