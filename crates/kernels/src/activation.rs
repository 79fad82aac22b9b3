//! Activations, element by element.

use crate::lanes::{F32x4, SHIFT, fixed};

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
    let floor = fixed!(-87.0);
    let bounded = x.max(floor).min(fixed!(88.0));
    let shift = fixed!(SHIFT);
    let shifted = bounded.madd(fixed!(core::f32::consts::LOG2_E), shift);
    let n = shifted.sub(shift);
    let r = n.madd(fixed!(-0.693_359_4), bounded);
    let r = n.madd(fixed!(2.121_944_4e-4), r);
    let p = fixed!(1.987_569_1e-4).madd(r, fixed!(1.398_2e-3));
    let p = p.madd(r, fixed!(8.333_452e-3));
    let p = p.madd(r, fixed!(4.166_579_6e-2));
    let p = p.madd(r, fixed!(1.666_666_5e-1));
    let p = p.madd(r, fixed!(5.000_000_3e-1));
    let p = p.madd(r.mul(r), r.add(fixed!(1.0)));
    x.select_lt(floor, F32x4::splat(0.0), p.times_exp2(shifted))
}

/// 2 to the power of each lane, relative error below 3e-7; below -125 and above 126 the power of these.
///
/// The fraction's power is a polynomial of degree five of least relative error, found by reweighted least squares.
#[inline(always)]
fn exp2(x: F32x4) -> F32x4 {
    let bounded = x.max(fixed!(-125.0)).min(fixed!(126.0));
    let shift = fixed!(SHIFT);
    let shifted = bounded.add(shift);
    let r = bounded.sub(shifted.sub(shift));
    let p = fixed!(1.327_646e-3).madd(r, fixed!(9.675_541e-3));
    let p = p.madd(r, fixed!(5.550_713_5e-2));
    let p = p.madd(r, fixed!(2.402_212e-1));
    let p = p.madd(r, fixed!(6.931_469_4e-1));
    let p = p.madd(r, fixed!(1.000_000_1));
    p.times_exp2(shifted)
}

/// `x / (1 + 2^t)`: with -z log2 e for t, x times the logistic function of z. A rounding of t matters only where the result is
/// next to 0 or x.
#[inline(always)]
fn over_one_plus_exp2(x: F32x4, t: F32x4) -> F32x4 {
    x.div(exp2(t).add(fixed!(1.0)))
}

/// `x * Phi(x)`; the complementary error function by Abramowitz and Stegun 7.1.26, absolute error below 2e-7, so that the
/// small side has no cancellation.
#[inline(always)]
fn gelu(x: F32x4) -> F32x4 {
    let zero = F32x4::splat(0.0);
    let one = fixed!(1.0);
    let a = x.abs().mul(fixed!(core::f32::consts::FRAC_1_SQRT_2));
    let t = one.div(a.madd(fixed!(0.327_591_1), one));
    let p = fixed!(1.061_405_4).madd(t, fixed!(-1.453_152));
    let p = p.madd(t, fixed!(1.421_413_7));
    let p = p.madd(t, fixed!(-0.284_496_74));
    let p = p.madd(t, fixed!(0.254_829_6));
    let power = exp(zero.sub(a.mul(a)));
    let tail = p.mul(t).mul(power).mul(fixed!(0.5));
    x.mul(x.select_lt(zero, tail, one.sub(tail)))
}

/// Applies an activation to four lanes.
#[inline(always)]
pub fn activate(kind: Activation, x: F32x4) -> F32x4 {
    match kind {
        Activation::Identity => x,
        Activation::Silu => over_one_plus_exp2(x, x.mul(fixed!(-core::f32::consts::LOG2_E))),
        Activation::QuickGelu => {
            over_one_plus_exp2(x, x.mul(fixed!(-1.702 * core::f32::consts::LOG2_E)))
        }
        // 0.5 (1 + tanh u) is the logistic function of 2u, here with -2 sqrt(2 / pi) log2 e = -2.302... and 0.044715 times that.
        Activation::GeluTanh => {
            let cubic = x.mul(x).madd(fixed!(-0.102_943_24), fixed!(-2.302_208_2));
            over_one_plus_exp2(x, x.mul(cubic))
        }
        Activation::Gelu => gelu(x),
        Activation::Relu => x.max(F32x4::splat(0.0)),
        // 1 - 2 / (1 + e^2x)
        Activation::Tanh => {
            let one = fixed!(1.0);
            let t = x.mul(fixed!(2.0 * core::f32::consts::LOG2_E));
            one.sub(over_one_plus_exp2(fixed!(2.0), t))
        }
    }
}

/// Applies an activation to every `step`-th of some lanes. Not inline, because each product's tile has its own code already.
#[inline(never)]
pub fn activate_each(kind: Activation, lanes: &mut [F32x4], step: usize) {
    macro_rules! each {
        ($kind:ident) => {
            for x in lanes.iter_mut().step_by(step) {
                *x = activate(Activation::$kind, *x);
            }
        };
    }
    match kind {
        Activation::Identity => {}
        Activation::Silu => each!(Silu),
        Activation::Gelu => each!(Gelu),
        Activation::GeluTanh => each!(GeluTanh),
        Activation::QuickGelu => each!(QuickGelu),
        Activation::Relu => each!(Relu),
        Activation::Tanh => each!(Tanh),
    }
}
