//! Laws of norms, activations, moves, windows, gathers and rotations.

mod oracle;

use fastrand::Rng;
use limbus_kernels::activation::{Activation, exp};
use limbus_kernels::copy::{MAX_AXES, Runs, copy_runs};
use limbus_kernels::elementwise::{Binary, ahead_bias, binary, mean_rows, scale_and_activate};
use limbus_kernels::gather::gather_rows;
use limbus_kernels::im2col::Windows;
use limbus_kernels::lanes::F32x4;
use limbus_kernels::norm::{Norm, layer_norm, rms_norm};
use limbus_kernels::rotary::{Rotary, rotary};
use oracle::{activate, assert_close, floats};

#[test]
fn exp_is_within_two_parts_in_ten_million() {
    for i in -87_000..=88_000 {
        let x = i as f32 / 1000.0;
        let found = f64::from(exp(F32x4::splat(x)).to_array()[0]);
        let expected = f64::from(x).exp();
        assert!(
            (found - expected).abs() <= 2e-7 * expected,
            "e^{x}: expected {expected}, found {found}"
        );
    }
    for x in [-88.0, -1e30, f32::NEG_INFINITY] {
        assert_eq!(exp(F32x4::splat(x)).to_array()[0], 0.0);
    }
}

#[test]
fn activations_are_their_formulas() {
    let mut rng = Rng::with_seed(4);
    for code in 0..=6 {
        for scale in [1.0, 8.0, 300.0] {
            let len = rng.usize(50..57);
            let x = floats(&mut rng, len, scale);
            let mut y = vec![0.0; x.len()];
            let kind = Activation::from_code(code);
            // SAFETY: equal lengths.
            unsafe { scale_and_activate(x.as_ptr(), y.as_mut_ptr(), x.len(), 0.5, kind) };
            let expected: Vec<f64> = x
                .iter()
                .map(|&x| activate(code, f64::from(x) * 0.5))
                .collect();
            assert_close(&y, &expected, 1e-6);
        }
    }
}

#[test]
fn norms_are_their_formulas() {
    let mut rng = Rng::with_seed(5);
    for _ in 0..100 {
        let (rows, size) = (rng.usize(1..=5), rng.usize(2..=70));
        let [x, r] = [0, 1].map(|_| floats(&mut rng, rows * size, 3.0));
        let [w, b] = [0, 1].map(|_| floats(&mut rng, size, 1.0));
        let [mut y, mut sum] = [0, 1].map(|_| vec![0.0; rows * size]);
        let eps = 1e-5;
        let mut norm = Norm {
            x: x.as_ptr(),
            weight: w.as_ptr(),
            bias: b.as_ptr(),
            y: y.as_mut_ptr(),
            size,
            eps,
        };
        let each = |f: &dyn Fn(&[f64]) -> Vec<f64>, of: &[f64]| {
            of.chunks(size).flat_map(f).collect::<Vec<f64>>()
        };
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        // SAFETY: sizes as the fields say.
        unsafe { layer_norm(&norm, 0, rows) };
        let layer = |row: &[f64]| {
            let mean = row.iter().sum::<f64>() / size as f64;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / size as f64;
            let scaled = row
                .iter()
                .map(|v| (v - mean) / (variance + f64::from(eps)).sqrt());
            scaled
                .zip(w.iter().zip(&b))
                .map(|(v, (&w, &b))| v * f64::from(w) + f64::from(b))
                .collect()
        };
        assert_close(&y, &each(&layer, &wide(&x)), 1e-5);
        norm.bias = std::ptr::null();
        norm.y = y.as_mut_ptr();
        // SAFETY: sizes as the fields say.
        unsafe { rms_norm(&norm, r.as_ptr(), sum.as_mut_ptr(), 0, rows) };
        let sums: Vec<f64> = wide(&x).iter().zip(wide(&r)).map(|(a, b)| a + b).collect();
        let root = |row: &[f64]| {
            let square = row.iter().map(|v| v * v).sum::<f64>() / size as f64;
            row.iter()
                .zip(&w)
                .map(|(v, &w)| v / (square + f64::from(eps)).sqrt() * f64::from(w))
                .collect()
        };
        assert_close(&sum, &sums, 1e-6);
        assert_close(&y, &each(&root, &sums), 1e-5);
    }
}

#[test]
fn sums_and_products_repeat_one_value() {
    let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    for (kind, step, expected) in [
        (Binary::Add, 1, [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]),
        (Binary::Add, 0, [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        (Binary::Mul, 1, [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]),
    ] {
        let mut y = [0.0; 6];
        // SAFETY: six floats each.
        unsafe { binary(kind, (a.as_ptr(), 1), (a.as_ptr(), step), y.as_mut_ptr(), 6) };
        assert_eq!(y, expected);
    }
}

#[test]
fn runs_reach_every_element_once() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..50 {
        let extents: [usize; MAX_AXES] = std::array::from_fn(|_| rng.usize(1..=3));
        let count: usize = extents.iter().product();
        let plain: [usize; MAX_AXES] =
            std::array::from_fn(|axis| extents[axis + 1..].iter().product());
        // The axes of the target in reverse order.
        let reversed: [usize; MAX_AXES] =
            std::array::from_fn(|axis| extents[..axis].iter().product());
        let runs = Runs {
            extents,
            strides: [plain, reversed],
        };
        let x: Vec<u32> = (0..count as u32).collect();
        let mut y = vec![u32::MAX; count];
        // SAFETY: both arrays hold all elements.
        unsafe { copy_runs(&runs, x.as_ptr(), y.as_mut_ptr(), 0, runs.count()) };
        for from in 0..count {
            let indices: [usize; MAX_AXES] =
                std::array::from_fn(|axis| from / plain[axis] % extents[axis]);
            let to: usize = indices
                .iter()
                .zip(reversed)
                .map(|(i, stride)| i * stride)
                .sum();
            assert_eq!(y[to], from as u32);
        }
    }
}

#[test]
fn a_row_outside_the_table_is_told() {
    let table = [1.0, 2.0, 3.0, 4.0];
    let mut y = [0.0; 4];
    // SAFETY: two rows of two.
    let inside = unsafe {
        gather_rows(
            (table.as_ptr(), 2),
            [1, 0].as_ptr(),
            y.as_mut_ptr(),
            2,
            0,
            2,
        )
    };
    assert!(inside);
    assert_eq!(y, [3.0, 4.0, 1.0, 2.0]);
    for wrong in [-1, 2] {
        // SAFETY: two rows of two; the index is what is checked.
        let inside = unsafe {
            gather_rows(
                (table.as_ptr(), 2),
                [wrong].as_ptr(),
                y.as_mut_ptr(),
                2,
                0,
                1,
            )
        };
        assert!(!inside);
    }
}

#[test]
fn windows_are_what_a_kernel_sees() {
    let x: Vec<f32> = (0..2 * 2 * 4 * 5).map(|i| i as f32).collect();
    let windows = Windows {
        channels: 2,
        size: [4, 5],
        kernel: [2, 3],
        stride: 2,
    };
    assert_eq!(windows.counts(), [2, 2]);
    let mut y = vec![0.0; 8 * 12];
    // SAFETY: sizes as the fields say.
    unsafe { windows.rows(x.as_ptr(), y.as_mut_ptr(), 0, 8) };
    // Second image, second row, second column, second channel.
    let at = (2 + 1) * 20 + 2 * 5 + 2;
    assert_eq!(
        y[7 * 12 + 6..],
        [at, at + 1, at + 2, at + 5, at + 6, at + 7].map(|i| i as f32)
    );
}

#[test]
fn a_rotation_keeps_lengths_and_what_is_not_rotated() {
    let mut rng = Rng::with_seed(7);
    let (heads, dim, rotated) = (3, 10, 6);
    let x = floats(&mut rng, 2 * heads * dim, 1.0);
    let mut y = vec![0.0; x.len()];
    let angles: Vec<f32> = (0..4 * rotated / 2).map(|i| i as f32 * 0.37).collect();
    let [cos, sin] =
        [f32::cos, f32::sin].map(|f| angles.iter().map(|&angle| f(angle)).collect::<Vec<f32>>());
    let positions = [3, 1];
    let r = Rotary {
        x: x.as_ptr(),
        y: y.as_mut_ptr(),
        positions: positions.as_ptr(),
        cos: cos.as_ptr(),
        sin: sin.as_ptr(),
        heads,
        head_dim: dim,
        rotary_dim: rotated,
        table_rows: 4,
        interleaved: false,
    };
    // SAFETY: sizes as the fields say.
    unsafe { rotary(&r, 0, 2) };
    for (row, position) in positions.iter().enumerate() {
        for head in 0..heads {
            let at = (row * heads + head) * dim;
            for i in 0..rotated / 2 {
                let angle = f64::from(angles[*position as usize * rotated / 2 + i]);
                let [a, b] = [x[at + i], x[at + i + rotated / 2]].map(f64::from);
                let expected = [
                    a * angle.cos() - b * angle.sin(),
                    b * angle.cos() + a * angle.sin(),
                ];
                assert_close(&[y[at + i], y[at + i + rotated / 2]], &expected, 1e-6);
            }
            assert_eq!(x[at + rotated..at + dim], y[at + rotated..at + dim]);
        }
    }
}

#[test]
fn a_rotation_by_tables_pairs_neighbours_and_begins_anew() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let mut y = [0.0; 6];
    let (cos, sin) = ([0.0, 1.0], [1.0, 0.0]);
    let r = Rotary {
        x: x.as_ptr(),
        y: y.as_mut_ptr(),
        positions: std::ptr::null(),
        cos: cos.as_ptr(),
        sin: sin.as_ptr(),
        heads: 1,
        head_dim: 2,
        rotary_dim: 2,
        table_rows: 2,
        interleaved: true,
    };
    // SAFETY: three rows of one pair, a table of two.
    unsafe { rotary(&r, 0, 3) };
    // A quarter turn, none, a quarter turn.
    assert_eq!(y, [-2.0, 1.0, 3.0, 4.0, -6.0, 5.0]);
}

#[test]
fn a_mean_is_over_the_middle_axis() {
    let mut rng = Rng::with_seed(10);
    for _ in 0..50 {
        let (outer, extent, inner) = (rng.usize(1..=4), rng.usize(1..=5), rng.usize(1..=9));
        let x = floats(&mut rng, outer * extent * inner, 3.0);
        let mut y = vec![0.0; outer * inner];
        // SAFETY: sizes as asked for.
        unsafe { mean_rows(x.as_ptr(), y.as_mut_ptr(), (extent, inner), 0, outer) };
        let expected: Vec<f64> = (0..outer * inner)
            .map(|i| {
                let first = i / inner * extent * inner + i % inner;
                let sum: f64 = (0..extent).map(|at| f64::from(x[first + at * inner])).sum();
                sum / extent as f64
            })
            .collect();
        assert_close(&y, &expected, 1e-6);
    }
}

#[test]
fn a_token_sees_back_as_far_as_the_window_and_ahead_as_far_as_told() {
    let ahead = [0, 2, 1, 0, 0, 0, 0, 0];
    let mut y = [9.0; 32];
    // SAFETY: two sequences of four tokens.
    unsafe { ahead_bias(ahead.as_ptr(), y.as_mut_ptr(), (4, 2, -1.0), 0, 8) };
    let causal = [
        [0.0, -1.0, -1.0, -1.0],
        [0.0, 0.0, -1.0, -1.0],
        [-1.0, 0.0, 0.0, -1.0],
        [-1.0, -1.0, 0.0, 0.0],
    ];
    let mut first = causal;
    first[1] = [0.0; 4];
    first[2] = [-1.0, 0.0, 0.0, 0.0];
    assert_eq!(y[..16], first.concat());
    assert_eq!(y[16..], causal.concat());
}
