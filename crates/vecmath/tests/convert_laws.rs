//! Conversions against the `half` crate and against the definitions, every 16-bit value and every rounding boundary.

use half::{bf16, f16};
use limbus_vecmath::convert::{convert, convert_naive, widen_scaled};
use limbus_vecmath::dtype::*;

fn all_halves() -> impl Iterator<Item = u16> {
    0..=u16::MAX
}

/// Floats whose narrowing is hard: all halves of either kind, their midpoints, and one unit to each side.
fn hard_floats() -> Vec<f32> {
    let mut found = Vec::new();
    for h in all_halves() {
        let (a, b) = (
            f16::from_bits(h).to_f32(),
            f16::from_bits(h.wrapping_add(1)).to_f32(),
        );
        let middle = f32::from_bits((u32::from(h) << 16) | 0x8000);
        for x in [a, (a + b) / 2.0, bf16::from_bits(h).to_f32(), middle] {
            found.extend([
                x,
                f32::from_bits(x.to_bits().wrapping_sub(1)),
                f32::from_bits(x.to_bits().wrapping_add(1)),
            ]);
        }
    }
    found
}

fn bytes16(values: impl Iterator<Item = u16>) -> Vec<u8> {
    values.flat_map(u16::to_le_bytes).collect()
}

fn same(x: f32, y: f32) -> bool {
    x.to_bits() == y.to_bits()
        || (x.is_nan() && y.is_nan() && x.is_sign_negative() == y.is_sign_negative())
}

#[test]
fn every_half_widens_as_in_the_half_crate() {
    for h in all_halves() {
        assert!(
            same(f16_to_f32(h), f16::from_bits(h).to_f32()),
            "f16 {h:#x}"
        );
        assert!(
            same(bf16_to_f32(h), bf16::from_bits(h).to_f32()),
            "bf16 {h:#x}"
        );
    }
}

#[test]
fn floats_narrow_as_in_the_half_crate() {
    for x in hard_floats() {
        assert_eq!(
            f32_to_f16(x),
            f16::from_f32(x).to_bits(),
            "{x:e} {:#x}",
            x.to_bits()
        );
        assert_eq!(
            f32_to_bf16(x),
            bf16::from_f32(x).to_bits(),
            "{x:e} {:#x}",
            x.to_bits()
        );
    }
}

#[test]
fn widening_and_narrowing_gives_the_half_back() {
    for h in all_halves() {
        let quiet = |nan: bool, bit: u16| if nan { h | bit } else { h };
        assert_eq!(
            f32_to_f16(f16_to_f32(h)),
            quiet(f16::from_bits(h).is_nan(), 0x200)
        );
        assert_eq!(
            f32_to_bf16(bf16_to_f32(h)),
            quiet(bf16::from_bits(h).is_nan(), 0x40)
        );
    }
}

#[test]
fn bulk_equals_one_by_one_in_every_direction_and_at_every_tail() {
    let floats: Vec<u8> = hard_floats()
        .into_iter()
        .flat_map(f32::to_le_bytes)
        .collect();
    let halves = bytes16(all_halves());
    for (from, from_dtype) in [
        (&floats, Dtype::F32),
        (&halves, Dtype::F16),
        (&halves, Dtype::Bf16),
    ] {
        for to_dtype in [Dtype::F32, Dtype::F16, Dtype::Bf16] {
            for dropped in 0..4 {
                let from = &from[dropped * from_dtype.size()..];
                let n = from.len() / from_dtype.size();
                let (mut got, mut want) =
                    (vec![0; n * to_dtype.size()], vec![0; n * to_dtype.size()]);
                convert(from, from_dtype, &mut got, to_dtype);
                convert_naive(from, from_dtype, &mut want, to_dtype);
                assert_eq!(got, want, "{from_dtype:?} to {to_dtype:?}");
            }
        }
    }
}

#[test]
fn one_unusual_number_in_a_run_is_seen_wherever_it_is() {
    let mut rng = fastrand::Rng::with_seed(5);
    let dtypes = [Dtype::F32, Dtype::F16, Dtype::Bf16];
    for exponent in (0..=255u32).flat_map(|exponent| [exponent; 12]) {
        // Around one, in every format; and one of any exponent and any mantissa.
        let mut floats: Vec<f32> = (0..96)
            .map(|_| f32::from_bits((rng.u32(120..134) << 23) | rng.u32(..=0x7f_ffff)))
            .collect();
        let mantissa = [0, 1, 0x1fff, 0x2000, 0x7f_ffff, rng.u32(..=0x7f_ffff)][rng.usize(..6)];
        let sign = rng.u32(..2) << 31;
        floats[rng.usize(..96)] = f32::from_bits(sign | (exponent << 23) | mantissa);
        let bytes: Vec<u8> = floats.into_iter().flat_map(f32::to_le_bytes).collect();
        for from_dtype in dtypes {
            let mut from = vec![0; 96 * from_dtype.size()];
            convert_naive(&bytes, Dtype::F32, &mut from, from_dtype);
            for to_dtype in dtypes {
                let (mut got, mut want) =
                    (vec![0; 96 * to_dtype.size()], vec![0; 96 * to_dtype.size()]);
                convert(&from, from_dtype, &mut got, to_dtype);
                convert_naive(&from, from_dtype, &mut want, to_dtype);
                assert_eq!(
                    got, want,
                    "{from_dtype:?} to {to_dtype:?}, exponent {exponent}"
                );
            }
        }
    }
}

#[test]
fn scaled_widening_is_one_product() {
    let halves = bytes16(all_halves());
    let mut out = vec![0.0; 1 << 16];
    widen_scaled(&halves, Dtype::F16, &mut out, 45.25);
    for h in all_halves() {
        assert!(
            same(out[h as usize], f16::from_bits(h).to_f32() * 45.25),
            "{h:#x}"
        );
    }
    widen_scaled(&halves[2..], Dtype::Bf16, &mut out[1..], 1.0);
    assert!((1..=u16::MAX).all(|h| out[h as usize].to_bits() == u32::from(h) << 16));
}
