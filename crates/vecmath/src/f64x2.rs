//! Two 64-bit lanes: SIMD128 in WebAssembly, an array elsewhere, the same bits from both.

#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    /// Two `f64` lanes.
    #[derive(Clone, Copy, Debug)]
    pub struct F64x2([f64; 2]);

    fn zip(a: F64x2, b: F64x2, f: impl Fn(f64, f64) -> f64) -> F64x2 {
        F64x2([f(a.0[0], b.0[0]), f(a.0[1], b.0[1])])
    }

    // Method names follow the instructions, not std::ops, so that both backends read alike.
    #[allow(clippy::should_implement_trait, missing_docs)]
    impl F64x2 {
        pub fn new(a: f64, b: f64) -> Self {
            Self([a, b])
        }
        pub fn splat(x: f64) -> Self {
            Self([x; 2])
        }
        pub fn to_array(self) -> [f64; 2] {
            self.0
        }
        pub fn add(self, b: Self) -> Self {
            zip(self, b, |x, y| x + y)
        }
        pub fn sub(self, b: Self) -> Self {
            zip(self, b, |x, y| x - y)
        }
        pub fn mul(self, b: Self) -> Self {
            zip(self, b, |x, y| x * y)
        }
        pub fn div(self, b: Self) -> Self {
            zip(self, b, |x, y| x / y)
        }
        /// `b` where `self < b`, else `self`.
        pub fn pmax(self, b: Self) -> Self {
            zip(self, b, |x, y| if x < y { y } else { x })
        }
        /// Normal numbers above zero as mantissas of 1 to 2, and as whole exponents.
        pub fn split(self) -> (Self, Self) {
            let bits = self.0.map(f64::to_bits);
            let mantissa = bits.map(|x| f64::from_bits(x & ((1 << 52) - 1) | 1.0f64.to_bits()));
            (
                Self(mantissa),
                Self(bits.map(|x| (x >> 52) as f64 - 1023.0)),
            )
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod lanes {
    use core::arch::wasm32::*;

    /// Two `f64` lanes.
    #[derive(Clone, Copy, Debug)]
    pub struct F64x2(v128);

    #[allow(clippy::should_implement_trait, missing_docs)]
    impl F64x2 {
        #[inline(always)]
        pub fn new(a: f64, b: f64) -> Self {
            Self(f64x2(a, b))
        }
        #[inline(always)]
        pub fn splat(x: f64) -> Self {
            Self(f64x2_splat(x))
        }
        #[inline(always)]
        pub fn to_array(self) -> [f64; 2] {
            [
                f64x2_extract_lane::<0>(self.0),
                f64x2_extract_lane::<1>(self.0),
            ]
        }
        #[inline(always)]
        pub fn add(self, b: Self) -> Self {
            Self(f64x2_add(self.0, b.0))
        }
        #[inline(always)]
        pub fn sub(self, b: Self) -> Self {
            Self(f64x2_sub(self.0, b.0))
        }
        #[inline(always)]
        pub fn mul(self, b: Self) -> Self {
            Self(f64x2_mul(self.0, b.0))
        }
        #[inline(always)]
        pub fn div(self, b: Self) -> Self {
            Self(f64x2_div(self.0, b.0))
        }
        #[inline(always)]
        pub fn pmax(self, b: Self) -> Self {
            Self(f64x2_pmax(self.0, b.0))
        }
        #[inline(always)]
        pub fn split(self) -> (Self, Self) {
            let one = f64x2_splat(1.0);
            let fraction = v128_and(self.0, i64x2_splat((1 << 52) - 1));
            // A whole number in the lowest bits of 2^52 is that much more than 2^52.
            let magic = f64x2_splat(4_503_599_627_370_496.0);
            let exponent = v128_or(u64x2_shr(self.0, 52), magic);
            let bias = f64x2_splat(4_503_599_627_370_496.0 + 1023.0);
            (
                Self(v128_or(fraction, one)),
                Self(f64x2_sub(exponent, bias)),
            )
        }
    }
}

pub use lanes::F64x2;

/// Coefficients of the artanh series, twice: `ln(m) = 2 artanh((m - 1) / (m + 1))`.
const SERIES: [f64; 6] = [2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0];

/// Base-10 logarithm of each lane, absolute error below 1e-11; the lanes are normal numbers above zero.
#[inline(always)]
pub fn log10(x: F64x2) -> F64x2 {
    // Around the square root of two, so that the series sees at most 0.172.
    let (mantissa, exponent) = x.split();
    let root = F64x2::splat(std::f64::consts::SQRT_2);
    let f = mantissa.sub(root).div(mantissa.add(root));
    let square = f.mul(f);
    let mut sum = F64x2::splat(SERIES[0]);
    for coefficient in &SERIES[1..] {
        sum = sum.mul(square).add(F64x2::splat(*coefficient));
    }
    let natural = sum.mul(f);
    exponent
        .add(F64x2::splat(0.5))
        .mul(F64x2::splat(std::f64::consts::LOG10_2))
        .add(natural.mul(F64x2::splat(std::f64::consts::LOG10_E)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_library() {
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..200_000 {
            let x = f64::from_bits(rng.u64(..) >> 2).clamp(1e-300, 1e300);
            let y = 10f64.powf(rng.f64() * 40.0 - 20.0);
            for (got, x) in log10(F64x2::new(x, y)).to_array().into_iter().zip([x, y]) {
                assert!((got - x.log10()).abs() < 1e-11, "{x}: {got}");
            }
        }
    }
}
