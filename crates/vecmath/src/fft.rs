//! Fourier transforms of any length, two at a time, one in each lane: nothing is ever shuffled.
//!
//! Source: Stockham's autosort form of the mixed-radix algorithm, decimation in frequency, as in C. Van Loan, "Computational
//! Frameworks for the Fast Fourier Transform"; steps of 4 and 5 are written out, other primes go by the sum.

use crate::f64x2::F64x2;

/// A complex number of each of two transforms.
#[derive(Clone, Copy, Debug)]
pub struct Complex {
    /// Real parts.
    pub re: F64x2,
    /// Imaginary parts.
    pub im: F64x2,
}

impl Complex {
    /// Zero.
    pub fn zero() -> Self {
        Self {
            re: F64x2::splat(0.0),
            im: F64x2::splat(0.0),
        }
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Self {
            re: self.re.add(b.re),
            im: self.im.add(b.im),
        }
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Self {
            re: self.re.sub(b.re),
            im: self.im.sub(b.im),
        }
    }
    #[inline(always)]
    fn scale(self, by: f64) -> Self {
        let by = F64x2::splat(by);
        Self {
            re: self.re.mul(by),
            im: self.im.mul(by),
        }
    }
    /// Times -i.
    #[inline(always)]
    fn turn(self) -> Self {
        Self {
            re: self.im,
            im: F64x2::splat(0.0).sub(self.re),
        }
    }
    #[inline(always)]
    fn mul(self, [re, im]: [F64x2; 2]) -> Self {
        Self {
            re: self.re.mul(re).sub(self.im.mul(im)),
            im: self.re.mul(im).add(self.im.mul(re)),
        }
    }
}

/// One step: what is left of the length is divided by a radix.
struct Step {
    radix: usize,
    /// `exp(-2 pi i j r / length)`, `[length / radix, radix - 1]`.
    twiddles: Vec<[f64; 2]>,
    /// `exp(-2 pi i k r / radix)`, `[radix, radix]`; only for radixes that are not written out.
    roots: Vec<[f64; 2]>,
}

/// A transform of one length.
pub struct Fft {
    len: usize,
    steps: Vec<Step>,
}

/// `exp(-2 pi i part / whole)`.
fn root(part: usize, whole: usize) -> [f64; 2] {
    let angle = -2.0 * std::f64::consts::PI * (part % whole) as f64 / whole as f64;
    [angle.cos(), angle.sin()]
}

/// Fives first and fours last: the last step has no twiddles.
fn factors(mut len: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for prime in [5, 3].into_iter().chain((7..).step_by(2)) {
        while len.is_multiple_of(prime) {
            found.push(prime);
            len /= prime;
        }
        if len.is_power_of_two() {
            break;
        }
    }
    if len.trailing_zeros() % 2 == 1 {
        found.push(2);
        len /= 2;
    }
    while len > 1 {
        found.push(4);
        len /= 4;
    }
    found
}

impl Fft {
    /// Prepares transforms of `len` numbers.
    ///
    /// # Panics
    /// If there is none.
    pub fn new(len: usize) -> Self {
        assert!(len > 0, "a length above zero");
        let mut left = len;
        let steps = factors(len)
            .into_iter()
            .map(|radix| {
                let rest = left / radix;
                let twiddles = (0..rest)
                    .flat_map(|j| (1..radix).map(move |r| root(j * r, left)))
                    .collect();
                left = rest;
                let roots = match radix {
                    4 | 5 => Vec::new(),
                    _ => (0..radix * radix)
                        .map(|i| root(i / radix * (i % radix), radix))
                        .collect(),
                };
                Step {
                    radix,
                    twiddles,
                    roots,
                }
            })
            .collect();
        Self { len, steps }
    }

    /// Transforms forward, without a factor: `sum of data[j] exp(-2 pi i j k / len)` for each `k`.
    ///
    /// # Panics
    /// If `data` or `scratch` have another length.
    pub fn forward(&self, data: &mut Vec<Complex>, scratch: &mut Vec<Complex>) {
        assert!(
            data.len() == self.len && scratch.len() == self.len,
            "the length of the plan"
        );
        let (mut left, mut stride) = (self.len, 1);
        for step in &self.steps {
            left /= step.radix;
            let pass = Pass {
                twiddles: &step.twiddles,
                count: left,
                stride,
            };
            match step.radix {
                4 => pass.run(data, scratch, fourths),
                5 => pass.run(data, scratch, fifths),
                radix => pass.by_sum(data, scratch, radix, &step.roots),
            }
            stride *= step.radix;
            std::mem::swap(data, scratch);
        }
    }
}

/// The shape of one step: `count` groups, of `stride` transforms each.
struct Pass<'a> {
    twiddles: &'a [[f64; 2]],
    count: usize,
    stride: usize,
}

impl Pass<'_> {
    #[inline(always)]
    fn run<const RADIX: usize>(
        &self,
        from: &[Complex],
        to: &mut [Complex],
        butterfly: impl Fn([Complex; RADIX]) -> [Complex; RADIX],
    ) {
        let (count, stride) = (self.count, self.stride);
        let rows: [&[Complex]; RADIX] =
            std::array::from_fn(|k| &from[k * count * stride..][..count * stride]);
        for (j, outs) in to.chunks_exact_mut(RADIX * stride).enumerate() {
            let ins: [&[Complex]; RADIX] =
                std::array::from_fn(|k| &rows[k][j * stride..][..stride]);
            if j == 0 {
                for q in 0..stride {
                    let y = butterfly(std::array::from_fn(|k| ins[k][q]));
                    for r in 0..RADIX {
                        outs[r * stride + q] = y[r];
                    }
                }
                continue;
            }
            let twiddles = &self.twiddles[j * (RADIX - 1)..][..RADIX - 1];
            let twiddles: [[F64x2; 2]; RADIX] =
                std::array::from_fn(|r| twiddles[r.max(1) - 1].map(F64x2::splat));
            for q in 0..stride {
                let y = butterfly(std::array::from_fn(|k| ins[k][q]));
                outs[q] = y[0];
                for r in 1..RADIX {
                    outs[r * stride + q] = y[r].mul(twiddles[r]);
                }
            }
        }
    }

    fn by_sum(&self, from: &[Complex], to: &mut [Complex], radix: usize, roots: &[[f64; 2]]) {
        let (count, stride) = (self.count, self.stride);
        for j in 0..count {
            for r in 0..radix {
                let twiddle = match r {
                    0 => [1.0, 0.0],
                    _ => self.twiddles[j * (radix - 1) + r - 1],
                };
                for q in 0..stride {
                    let mut sum = Complex::zero();
                    for k in 0..radix {
                        let root = roots[k * radix + r].map(F64x2::splat);
                        sum = sum.add(from[(k * count + j) * stride + q].mul(root));
                    }
                    to[(j * radix + r) * stride + q] = sum.mul(twiddle.map(F64x2::splat));
                }
            }
        }
    }
}

#[inline(always)]
fn fourths([a, b, c, d]: [Complex; 4]) -> [Complex; 4] {
    let (even, odd) = (a.add(c), b.add(d));
    let (half, turned) = (a.sub(c), b.sub(d).turn());
    [
        even.add(odd),
        half.add(turned),
        even.sub(odd),
        half.sub(turned),
    ]
}

/// Cosines and sines of a fifth and two fifths of a turn.
const COS: [f64; 2] = [0.309_016_994_374_947_45, -0.809_016_994_374_947_5];
const SIN: [f64; 2] = [0.951_056_516_295_153_5, 0.587_785_252_292_473_1];

#[inline(always)]
fn fifths([a, b, c, d, e]: [Complex; 5]) -> [Complex; 5] {
    let (outer, inner) = (b.add(e), c.add(d));
    let (across, within) = (b.sub(e), c.sub(d));
    let one = a.add(outer.scale(COS[0])).add(inner.scale(COS[1]));
    let two = a.add(outer.scale(COS[1])).add(inner.scale(COS[0]));
    let first = across.scale(SIN[0]).add(within.scale(SIN[1])).turn();
    let second = across.scale(SIN[1]).sub(within.scale(SIN[0])).turn();
    [
        a.add(outer).add(inner),
        one.add(first),
        two.add(second),
        two.sub(second),
        one.sub(first),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum() {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 23) - 1.0
        };
        for len in [
            1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 22, 30, 49, 64, 100, 128, 202, 400, 512,
        ] {
            let mut data: Vec<Complex> = (0..len)
                .map(|_| Complex {
                    re: F64x2::new(next(), next()),
                    im: F64x2::new(next(), next()),
                })
                .collect();
            let before = data.clone();
            let mut scratch = vec![Complex::zero(); len];
            Fft::new(len).forward(&mut data, &mut scratch);
            for lane in 0..2 {
                for (k, got) in data.iter().enumerate() {
                    let (mut re, mut im) = (0.0, 0.0);
                    for (j, x) in before.iter().enumerate() {
                        let [c, s] = root(j * k, len);
                        let (a, b) = (x.re.to_array()[lane], x.im.to_array()[lane]);
                        re += a * c - b * s;
                        im += a * s + b * c;
                    }
                    let error =
                        (got.re.to_array()[lane] - re).abs() + (got.im.to_array()[lane] - im).abs();
                    assert!(error < 1e-12 * len as f64, "{len}, {k}: {error}");
                }
            }
        }
    }
}
