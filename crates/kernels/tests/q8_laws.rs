//! Laws of the quantized product: within what rounding allows of the product in `f64`, exact where the numbers are whole.

mod oracle;

use fastrand::Rng;
use limbus_kernels::activation::Activation;
use limbus_kernels::gemm::Gemm;
use limbus_kernels::gemm_q8::GemmQ8;
use limbus_kernels::pack::PANEL;
use limbus_kernels::quantize::{QuantizedRows, pack_panels_q8, row_bytes};
use oracle::{assert_close, floats};

fn multiply(x: &[f32], sources: &[&[f32]], m: usize, n: usize, k: usize, split: usize) -> Vec<f32> {
    let width = PANEL / sources.len();
    let panels = n.div_ceil(width);
    let mut weight = vec![0i8; panels * PANEL * row_bytes(k)];
    let mut scales = vec![0.0f32; panels * PANEL];
    for (i, w) in sources.iter().enumerate() {
        // SAFETY: sizes as asked for.
        unsafe {
            let (to, scales) = (weight.as_mut_ptr(), scales.as_mut_ptr());
            pack_panels_q8((w.as_ptr(), n, k), to, scales, width, i * width);
        }
    }
    let mut words = vec![0u64; (m * (row_bytes(k) + 8)).div_ceil(8)];
    let rows = QuantizedRows {
        at: words.as_mut_ptr().cast(),
        m,
        k,
    };
    let mut y = vec![0.0; m * n];
    let product = Gemm {
        x: std::ptr::null(),
        weight: std::ptr::null(),
        bias: std::ptr::null(),
        residual: std::ptr::null(),
        y: y.as_mut_ptr(),
        m,
        n,
        k,
        activation: Activation::Identity,
        gated: sources.len() == 2,
    };
    let gemm = GemmQ8 {
        product,
        rows,
        weight: weight.as_ptr(),
        scales: scales.as_ptr(),
    };
    // SAFETY: sizes as the fields say.
    unsafe {
        rows.fill(x.as_ptr(), 0, m);
        gemm.run(split.min(panels), panels);
        gemm.run(0, split.min(panels));
    }
    y
}

fn naive(x: &[f32], w: &[f32], m: usize, n: usize, k: usize) -> Vec<f64> {
    let dot = |i: usize| {
        let (row, column) = (i / n, i % n);
        (0..k)
            .map(|j| f64::from(x[row * k + j]) * f64::from(w[column * k + j]))
            .sum()
    };
    (0..m * n).map(dot).collect()
}

#[test]
fn whole_numbers_are_multiplied_exactly() {
    let mut rng = Rng::with_seed(8);
    for _ in 0..100 {
        let (m, n, k) = (rng.usize(1..=15), rng.usize(1..=30), rng.usize(1..=90));
        let mut whole = |len: usize, most: usize, stride: usize| -> Vec<f32> {
            let mut values: Vec<f32> = (0..len)
                .map(|_| rng.usize(0..=2 * most) as f32 - most as f32)
                .collect();
            // The largest magnitude of a row is what a scale of 1 stands for.
            values
                .iter_mut()
                .step_by(stride)
                .for_each(|value| *value = most as f32);
            values
        };
        let (x, w, up) = (
            whole(m * k, 127, k),
            whole(n * k, 63, k),
            whole(n * k, 63, k),
        );
        let split = n % 3;
        assert_close(
            &multiply(&x, &[&w], m, n, k, split),
            &naive(&x, &w, m, n, k),
            1e-6,
        );
        let (gate, up_sums) = (naive(&x, &w, m, n, k), naive(&x, &up, m, n, k));
        let gated: Vec<f64> = gate.iter().zip(&up_sums).map(|(a, b)| a * b).collect();
        assert_close(&multiply(&x, &[&w, &up], m, n, k, split), &gated, 1e-6);
    }
}

#[test]
fn rounding_is_all_that_is_lost() {
    let mut rng = Rng::with_seed(9);
    for _ in 0..100 {
        let (m, n, k) = (rng.usize(1..=15), rng.usize(1..=30), rng.usize(1..=200));
        let [x, w] = [m * k, n * k].map(|len| floats(&mut rng, len, 1.0));
        let found = multiply(&x, &[&w], m, n, k, 1);
        for (i, expected) in naive(&x, &w, m, n, k).into_iter().enumerate() {
            // Half a step of each weight and each activation, all in the same direction at worst.
            let row: f64 = (0..k).map(|j| f64::from(x[i / n * k + j]).abs()).sum();
            let column: f64 = (0..k).map(|j| f64::from(w[i % n * k + j]).abs()).sum();
            let bound = row / 126.0 + column / 254.0 + k as f64 / (126.0 * 254.0) + 1e-5;
            assert!((f64::from(found[i]) - expected).abs() <= bound);
        }
    }
}

#[test]
fn a_row_of_zeros_stays_zero() {
    assert_eq!(multiply(&[0.0; 7], &[&[0.5; 21]], 1, 3, 7, 0), vec![0.0; 3]);
}
