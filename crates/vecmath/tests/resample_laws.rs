//! The passes of a resize against their definition.

use limbus_vecmath::resample::{Weights, horizontal, naive, vertical};

struct Lcg(u32);
impl Lcg {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 9) as usize % n
    }
    fn pixels(&mut self, n: usize) -> Vec<u8> {
        (0..n)
            .map(|_| [0, 255, self.below(256) as u8][self.below(3)])
            .collect()
    }
}

/// Any windows and weights that lie in `extent`, not only those of a filter.
fn weights(rng: &mut Lcg, extent: usize, outputs: usize) -> Weights {
    let taps = 4 * (1 + rng.below(4));
    let precision = 1 + rng.below(22) as u32;
    let first: Vec<usize> = (0..outputs).map(|_| rng.below(extent)).collect();
    let mut weights = vec![0; outputs * taps];
    for (o, &first) in first.iter().enumerate() {
        for tap in 0..taps.min(extent - first) {
            weights[o * taps + tap] = (rng.below(65_536) as i32 - 32_768).max(-32_767) as i16;
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
fn wide_weights(rng: &mut Lcg, extent: usize, outputs: usize) -> Weights {
    let mut wide = weights(rng, extent, outputs);
    wide.precision = 22;
    for low in &mut wide.weights {
        let whole = match *low {
            0 => 0,
            _ => rng.below(1 << 19) as i32 - (1 << 18),
        };
        *low = (whole & 0x7fff) as i16;
        wide.high.push((whole >> 15) as i16);
    }
    wide
}

#[test]
fn passes_equal_their_definition() {
    let mut rng = Lcg(1);
    for _ in 0..400 {
        let (width, height) = (1 + rng.below(40), 1 + rng.below(40));
        let pixels = rng.pixels(width * height * 3);
        let outputs = 1 + rng.below(50);
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
