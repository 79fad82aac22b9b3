//! The passes of a resize against their definition.

use fastrand::Rng;
use limbus_vecmath::resample::{Weights, horizontal, naive, vertical};

fn pixels(rng: &mut Rng, n: usize) -> Vec<u8> {
    (0..n)
        .map(|_| [0, 255, rng.u8(..)][rng.usize(..3)])
        .collect()
}

/// Any windows and weights that lie in `extent`, not only those of a filter.
fn weights(rng: &mut Rng, extent: usize, outputs: usize) -> Weights {
    let taps = 4 * rng.usize(1..=4);
    let precision = rng.u32(1..=22);
    let first: Vec<usize> = (0..outputs).map(|_| rng.usize(..extent)).collect();
    let mut weights = vec![0; outputs * taps];
    for (o, &first) in first.iter().enumerate() {
        for tap in 0..taps.min(extent - first) {
            weights[o * taps + tap] = rng.i16(-32_767..);
        }
    }
    Weights {
        first,
        weights,
        high: Vec::new(),
        taps,
        precision,
    }
}

/// The same with 22 bits behind the point, whose sums stay in 32.
fn wide_weights(rng: &mut Rng, extent: usize, outputs: usize) -> Weights {
    let mut wide = weights(rng, extent, outputs);
    wide.precision = 22;
    for low in &mut wide.weights {
        let whole = match *low {
            0 => 0,
            _ => rng.i32(-(1 << 18)..1 << 18),
        };
        *low = (whole & 0x7fff) as i16;
        wide.high.push((whole >> 15) as i16);
    }
    wide
}

#[test]
fn passes_equal_their_definition() {
    let mut rng = Rng::with_seed(1);
    for _ in 0..400 {
        let (width, height) = (rng.usize(1..=40), rng.usize(1..=40));
        let pixels = pixels(&mut rng, width * height * 3);
        let outputs = rng.usize(1..=50);
        for weights in [weights, wide_weights] {
            let across = weights(&mut rng, width, outputs);
            assert_eq!(
                horizontal(&pixels, width, &across),
                naive(&pixels, width, &across, true)
            );
            let down = weights(&mut rng, height, outputs);
            assert_eq!(
                vertical(&pixels, width, &down),
                naive(&pixels, width, &down, false)
            );
        }
    }
}
