//! Activations, element by element.

use crate::lanes::F32x4;

/// Which function; the numbers are part of the program's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x`.
    Identity,
    /// `x / (1 + e^-x)`.
    Silu,
    /// `x * Phi(x)`, by the error function.
    Gelu,
    /// The tanh form of gelu.
    GeluTanh,
    /// `x / (1 + e^(-1.702 x))`.
    QuickGelu,
    /// `max(0, x)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// By its number; unknown ones are `Identity`.
    pub fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Silu,
            2 => Self::Gelu,
            3 => Self::GeluTanh,
            4 => Self::QuickGelu,
            5 => Self::Relu,
            6 => Self::Tanh,
            _ => Self::Identity,
        }
    }
}

/// e to the power of each lane, relative error below 2e-7; 0 below -87, the largest finite power above 88.
///
/// Range reduction by ln 2 in two parts and a polynomial of degree five, as in Cephes' `expf`.
#[inline(always)]
pub fn exp(x: F32x4) -> F32x4 {
    let floor = F32x4::splat(-87.0);
    let bounded = x.max(floor).min(F32x4::splat(88.0));
    let n = bounded
        .mul(F32x4::splat(core::f32::consts::LOG2_E))
        .nearest();
    let r = n.madd(F32x4::splat(-0.693_359_4), bounded);
    let r = n.madd(F32x4::splat(2.121_944_4e-4), r);
    let mut p = F32x4::splat(1.987_569_1e-4);
    for c in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5.000_000_3e-1,
    ] {
        p = p.madd(r, F32x4::splat(c));
    }
    let p = p.madd(r.mul(r), r.add(F32x4::splat(1.0)));
    x.select_lt(floor, F32x4::splat(0.0), p.mul(n.exp2_whole()))
}

/// `x / (1 + e^-z)`.
#[inline(always)]
fn over_one_plus_exp(x: F32x4, z: F32x4) -> F32x4 {
    x.div(F32x4::splat(1.0).add(exp(F32x4::splat(0.0).sub(z))))
}

/// `x * Phi(x)`; the complementary error function by Abramowitz and Stegun 7.1.26, absolute error below 2e-7, so that the
/// small side has no cancellation.
#[inline(always)]
fn gelu(x: F32x4) -> F32x4 {
    let zero = F32x4::splat(0.0);
    let one = F32x4::splat(1.0);
    let a = x.abs().mul(F32x4::splat(core::f32::consts::FRAC_1_SQRT_2));
    let t = one.div(a.madd(F32x4::splat(0.327_591_1), one));
    let mut p = F32x4::splat(1.061_405_4);
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p.madd(t, F32x4::splat(c));
    }
    let tail = p.mul(t).mul(exp(zero.sub(a.mul(a)))).mul(F32x4::splat(0.5));
    x.mul(x.select_lt(zero, tail, one.sub(tail)))
}

/// Applies an activation to four lanes.
#[inline(always)]
pub fn activate(kind: Activation, x: F32x4) -> F32x4 {
    match kind {
        Activation::Identity => x,
        Activation::Silu => over_one_plus_exp(x, x),
        Activation::QuickGelu => over_one_plus_exp(x, x.mul(F32x4::splat(1.702))),
        // 0.5 (1 + tanh u) is the logistic function of 2u; 1.595... is 2 sqrt(2 / pi).
        Activation::GeluTanh => {
            let cubic = x.mul(x).madd(F32x4::splat(0.044_715), F32x4::splat(1.0));
            over_one_plus_exp(x, x.mul(cubic).mul(F32x4::splat(1.595_769)))
        }
        Activation::Gelu => gelu(x),
        Activation::Relu => x.max(F32x4::splat(0.0)),
        // 1 - 2 / (1 + e^2x)
        Activation::Tanh => {
            let one = F32x4::splat(1.0);
            one.sub(F32x4::splat(2.0).div(one.add(exp(x.add(x)))))
        }
    }
}
