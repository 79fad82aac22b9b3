//! The passes of a resize and the crop against their definitions.

use limbus_vecmath::pixels::crop_and_normalize;
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

#[test]
fn the_crop_is_centred_and_padded() {
    let mut rng = Lcg(2);
    let tables = std::array::from_fn(|c| std::array::from_fn(|v| (c * 1000 + v) as f32 + 0.5));
    for _ in 0..300 {
        let (rows, columns, height, width) = (
            1 + rng.below(9),
            1 + rng.below(9),
            1 + rng.below(9),
            1 + rng.below(9),
        );
        let pixels = rng.pixels(rows * columns * 3);
        let mut out = vec![f32::NAN; 3 * height * width];
        crop_and_normalize(&pixels, (rows, columns), (height, width), &tables, &mut out);
        // The offset of the window in the picture, negative where it is padded; floor in both directions.
        let offset = |extent: usize, size: usize| {
            let spare = extent as isize - size as isize;
            if spare < 0 { -(-spare / 2) } else { spare / 2 }
        };
        let (top, left) = (offset(rows, height), offset(columns, width));
        for (i, &got) in out.iter().enumerate() {
            let (c, y, x) = (i / (height * width), i / width % height, i % width);
            let (y, x) = (y as isize + top, x as isize + left);
            let inside = (0..rows as isize).contains(&y) && (0..columns as isize).contains(&x);
            let value = if inside {
                pixels[(y as usize * columns + x as usize) * 3 + c]
            } else {
                0
            };
            assert_eq!(got, (c * 1000) as f32 + f32::from(value) + 0.5);
        }
    }
}
