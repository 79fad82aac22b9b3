//! Fourier transforms of any length, one in each lane of a register: nothing is ever shuffled.
//!
//! Source: Stockham's autosort form of the mixed-radix algorithm, decimation in frequency, as in C. Van Loan, "Computational
//! Frameworks for the Fast Fourier Transform"; steps of 2, 3, 4, 5 and 7 are written out, other primes go by the sum. The
//! steps written out make the file long; each is a few lines of one formula.

use crate::f64x2::F64x2;
use crate::simd::F32x4;
use std::hint::black_box;

/// Floating-point lanes.
pub trait Lanes: Copy {
    /// What a lane holds.
    type Scalar: Copy;
    /// The nearest number of a lane.
    fn round(x: f64) -> Self::Scalar;
    /// The same number in every lane.
    fn splat(x: Self::Scalar) -> Self;
    /// Sums.
    fn add(self, b: Self) -> Self;
    /// Differences.
    fn sub(self, b: Self) -> Self;
    /// Products.
    fn mul(self, b: Self) -> Self;
}

macro_rules! lanes {
    ($lanes:ident, $scalar:ident) => {
        impl Lanes for $lanes {
            type Scalar = $scalar;
            #[inline(always)]
            fn round(x: f64) -> $scalar {
                x as $scalar
            }
            #[inline(always)]
            fn splat(x: $scalar) -> Self {
                $lanes::splat(x)
            }
            #[inline(always)]
            fn add(self, b: Self) -> Self {
                $lanes::add(self, b)
            }
            #[inline(always)]
            fn sub(self, b: Self) -> Self {
                $lanes::sub(self, b)
            }
            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                $lanes::mul(self, b)
            }
        }
    };
}

lanes!(F64x2, f64);
lanes!(F32x4, f32);

/// A complex number of the transform in each lane.
#[derive(Clone, Copy, Debug)]
pub struct Complex<L> {
    /// Real parts.
    pub re: L,
    /// Imaginary parts.
    pub im: L,
}

impl<L: Lanes> Complex<L> {
    /// Zero.
    pub fn zero() -> Self {
        let zero = L::splat(L::round(0.0));
        Self { re: zero, im: zero }
    }
    /// Sum.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)]
    pub fn add(self, b: Self) -> Self {
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
    /// Product with a real number.
    #[inline(always)]
    pub fn scale(self, by: L) -> Self {
        Self {
            re: self.re.mul(by),
            im: self.im.mul(by),
        }
    }
    /// Plus and minus `b` times -i.
    #[inline(always)]
    fn turned(self, b: Self) -> [Self; 2] {
        [
            Self {
                re: self.re.add(b.im),
                im: self.im.sub(b.re),
            },
            Self {
                re: self.re.sub(b.im),
                im: self.im.add(b.re),
            },
        ]
    }
    /// Real and imaginary part changed places: transforming such numbers forward is transforming backward.
    #[inline(always)]
    pub fn swap(self) -> Self {
        Self {
            re: self.im,
            im: self.re,
        }
    }
    #[inline(always)]
    fn mul(self, [re, im]: [L; 2]) -> Self {
        Self {
            re: self.re.mul(re).sub(self.im.mul(im)),
            im: self.re.mul(im).add(self.im.mul(re)),
        }
    }
}

/// One step: what is left of the length is divided by a radix.
struct Step<L: Lanes> {
    radix: usize,
    /// `exp(-2 pi i j r / length)`, `[length / radix, radix - 1]`.
    twiddles: Vec<[L::Scalar; 2]>,
    /// `exp(-2 pi i k r / radix)`, `[radix, radix]`; only for radixes that are not written out.
    roots: Vec<[L::Scalar; 2]>,
}

/// A transform of one length.
pub struct Fft<L: Lanes> {
    len: usize,
    steps: Vec<Step<L>>,
}

/// `exp(-2 pi i part / whole)`.
fn root(part: usize, whole: usize) -> [f64; 2] {
    let angle = -2.0 * std::f64::consts::PI * (part % whole) as f64 / whole as f64;
    [angle.cos(), angle.sin()]
}

/// `x`, `x * x` and so on: products are a tenth of the work of sines.
fn powers([re, im]: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
    std::iter::successors(Some([re, im]), move |[a, b]| {
        Some([a * re - b * im, a * im + b * re])
    })
}

/// Odd ones first and fours last: the last step has no twiddles.
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

/// Whether a transform of this length is fast: it has no prime factor above 7.
pub fn is_fast(mut len: usize) -> bool {
    for prime in [2, 3, 5, 7] {
        while len > 0 && len.is_multiple_of(prime) {
            len /= prime;
        }
    }
    len == 1
}

impl<L: Lanes> Fft<L> {
    /// Prepares transforms of `len` numbers.
    ///
    /// # Panics
    /// If there is none.
    pub fn new(len: usize) -> Self {
        assert!(len > 0, "a length above zero");
        let rounded = |root: [f64; 2]| root.map(L::round);
        let mut left = len;
        let steps = factors(len)
            .into_iter()
            .map(|radix| {
                let twiddles = (0..left / radix)
                    .flat_map(|j| powers(root(j, left)).take(radix - 1))
                    .map(rounded)
                    .collect();
                left /= radix;
                let roots = match radix {
                    2 | 3 | 4 | 5 | 7 => Vec::new(),
                    _ => (0..radix * radix)
                        .map(|i| rounded(root(i / radix * (i % radix), radix)))
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
    pub fn forward(&self, data: &mut Vec<Complex<L>>, scratch: &mut Vec<Complex<L>>) {
        assert!(
            data.len() == self.len && scratch.len() == self.len,
            "the length of the plan"
        );
        let (mut left, mut stride) = (self.len, 1);
        for step in &self.steps {
            left /= step.radix;
            let pass = Pass::<L> {
                twiddles: &step.twiddles,
                count: left,
                stride,
            };
            match step.radix {
                2 => pass.run(data, scratch, halves),
                3 => {
                    let roots = splat_all(THIRDS);
                    pass.run(data, scratch, |x| thirds(roots, x));
                }
                4 => pass.run(data, scratch, fourths),
                5 => {
                    let roots = splat_all(FIFTHS);
                    pass.run(data, scratch, |x| fifths(roots, x));
                }
                7 => {
                    let roots = splat_all(SEVENTHS);
                    pass.run(data, scratch, |x| sevenths(roots, x));
                }
                radix => pass.by_sum(data, scratch, radix, &step.roots),
            }
            stride *= step.radix;
            std::mem::swap(data, scratch);
        }
    }
}

/// The shape of one step: `count` groups, of `stride` transforms each.
struct Pass<'a, L: Lanes> {
    twiddles: &'a [[L::Scalar; 2]],
    count: usize,
    stride: usize,
}

impl<L: Lanes> Pass<'_, L> {
    #[inline(always)]
    fn run<const RADIX: usize>(
        &self,
        from: &[Complex<L>],
        to: &mut [Complex<L>],
        butterfly: impl Fn([Complex<L>; RADIX]) -> [Complex<L>; RADIX],
    ) {
        let (count, stride) = (self.count, self.stride);
        let rows: [&[Complex<L>]; RADIX] =
            std::array::from_fn(|k| &from[k * count * stride..][..count * stride]);
        for (j, outs) in to.chunks_exact_mut(RADIX * stride).enumerate() {
            let ins: [&[Complex<L>]; RADIX] =
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
            let twiddles: [[L; 2]; RADIX] =
                std::array::from_fn(|r| twiddles[r.max(1) - 1].map(L::splat));
            for q in 0..stride {
                let y = butterfly(std::array::from_fn(|k| ins[k][q]));
                outs[q] = y[0];
                for r in 1..RADIX {
                    outs[r * stride + q] = y[r].mul(twiddles[r]);
                }
            }
        }
    }

    fn by_sum(
        &self,
        from: &[Complex<L>],
        to: &mut [Complex<L>],
        radix: usize,
        roots: &[[L::Scalar; 2]],
    ) {
        let (count, stride) = (self.count, self.stride);
        for j in 0..count {
            for r in 0..radix {
                for q in 0..stride {
                    let mut sum = Complex::zero();
                    for k in 0..radix {
                        let root = roots[k * radix + r].map(L::splat);
                        sum = sum.add(from[(k * count + j) * stride + q].mul(root));
                    }
                    if r > 0 {
                        sum = sum.mul(self.twiddles[j * (radix - 1) + r - 1].map(L::splat));
                    }
                    to[(j * radix + r) * stride + q] = sum;
                }
            }
        }
    }
}

#[inline(always)]
fn halves<L: Lanes>([a, b]: [Complex<L>; 2]) -> [Complex<L>; 2] {
    [a.add(b), a.sub(b)]
}

/// Numbers in every lane. The compiler must not know them: V8 makes constant vectors anew wherever they are used.
#[inline(always)]
fn splat_all<L: Lanes, const N: usize>(numbers: [f64; N]) -> [L; N] {
    numbers.map(|x| L::splat(black_box(L::round(x))))
}

/// Cosine and sine of a third of a turn.
const THIRDS: [f64; 2] = [-0.5, 0.866_025_403_784_438_6];

#[inline(always)]
fn thirds<L: Lanes>([cos, sin]: [L; 2], [a, b, c]: [Complex<L>; 3]) -> [Complex<L>; 3] {
    let sum = b.add(c);
    let [first, second] = a.add(sum.scale(cos)).turned(b.sub(c).scale(sin));
    [a.add(sum), first, second]
}

#[inline(always)]
fn fourths<L: Lanes>([a, b, c, d]: [Complex<L>; 4]) -> [Complex<L>; 4] {
    let (even, odd) = (a.add(c), b.add(d));
    let [first, third] = a.sub(c).turned(b.sub(d));
    [even.add(odd), first, even.sub(odd), third]
}

/// Cosines of a fifth and two fifths of a turn, and sines.
const FIFTHS: [f64; 4] = [
    0.309_016_994_374_947_45,
    -0.809_016_994_374_947_5,
    0.951_056_516_295_153_5,
    0.587_785_252_292_473_1,
];

#[inline(always)]
fn fifths<L: Lanes>(roots: [L; 4], [a, b, c, d, e]: [Complex<L>; 5]) -> [Complex<L>; 5] {
    let [cos, cos_two, sin, sin_two] = roots;
    let (outer, inner) = (b.add(e), c.add(d));
    let (across, within) = (b.sub(e), c.sub(d));
    let one = a.add(outer.scale(cos)).add(inner.scale(cos_two));
    let two = a.add(outer.scale(cos_two)).add(inner.scale(cos));
    let [first, fourth] = one.turned(across.scale(sin).add(within.scale(sin_two)));
    let [second, third] = two.turned(across.scale(sin_two).sub(within.scale(sin)));
    [a.add(outer).add(inner), first, second, third, fourth]
}

/// Cosines of one, two and three sevenths of a turn, and sines.
const SEVENTHS: [f64; 6] = [
    0.623_489_801_858_733_6,
    -0.222_520_933_956_314_34,
    -0.900_968_867_902_419,
    0.781_831_482_468_029_8,
    0.974_927_912_181_823_6,
    0.433_883_739_117_558_23,
];

#[inline(always)]
fn sevenths<L: Lanes>(roots: [L; 6], [a, b, c, d, e, f, g]: [Complex<L>; 7]) -> [Complex<L>; 7] {
    let [cos, cos_two, cos_three, sin, sin_two, sin_three] = roots;
    let (outer, middle, inner) = (b.add(g), c.add(f), d.add(e));
    let (across, between, within) = (b.sub(g), c.sub(f), d.sub(e));
    let whole = a.add(outer).add(middle).add(inner);
    let real = |x: L, y: L, z: L| {
        a.add(outer.scale(x))
            .add(middle.scale(y))
            .add(inner.scale(z))
    };
    let [first, sixth] = real(cos, cos_two, cos_three).turned(
        (across.scale(sin))
            .add(between.scale(sin_two))
            .add(within.scale(sin_three)),
    );
    let [second, fifth] = real(cos_two, cos_three, cos).turned(
        (across.scale(sin_two))
            .sub(between.scale(sin_three))
            .sub(within.scale(sin)),
    );
    let [third, fourth] = real(cos_three, cos, cos_two).turned(
        (across.scale(sin_three))
            .sub(between.scale(sin))
            .add(within.scale(sin_two)),
    );
    [whole, first, second, third, fourth, fifth, sixth]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut noise = || F64x2::new(rng.f64() * 2.0 - 1.0, rng.f64() * 2.0 - 1.0);
        for len in [
            1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 22, 30, 49, 64, 100, 128, 202, 400, 441, 512,
        ] {
            let mut data: Vec<Complex<F64x2>> = (0..len)
                .map(|_| Complex {
                    re: noise(),
                    im: noise(),
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

    #[test]
    fn lanes_of_32_bits_differ_by_rounding_only() {
        let mut rng = fastrand::Rng::with_seed(9);
        for len in [1, 2, 3, 5, 7, 22, 441, 2560] {
            let samples: Vec<[f64; 8]> = (0..len)
                .map(|_| std::array::from_fn(|_| f64::from(rng.f32() * 2.0 - 1.0)))
                .collect();
            let mut narrow: Vec<Complex<F32x4>> = samples
                .iter()
                .map(|x| {
                    let x = x.map(|x| x as f32);
                    Complex {
                        re: F32x4::load(&x[..4]),
                        im: F32x4::load(&x[4..]),
                    }
                })
                .collect();
            let mut scratch = narrow.clone();
            Fft::new(len).forward(&mut narrow, &mut scratch);
            for lane in 0..4 {
                let mut wide: Vec<Complex<F64x2>> = samples
                    .iter()
                    .map(|x| Complex {
                        re: F64x2::splat(x[lane]),
                        im: F64x2::splat(x[4 + lane]),
                    })
                    .collect();
                let mut scratch = wide.clone();
                Fft::new(len).forward(&mut wide, &mut scratch);
                for (x, y) in narrow.iter().zip(&wide) {
                    let apart = |x: F32x4, y: F64x2| {
                        (f64::from(x.to_array()[lane]) - y.to_array()[0]).abs()
                    };
                    let error = apart(x.re, y.re) + apart(x.im, y.im);
                    assert!(error < 1e-6 * (len as f64).sqrt(), "{len}: {error}");
                }
            }
        }
    }
}
