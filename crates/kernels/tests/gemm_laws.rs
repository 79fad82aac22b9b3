//! Laws of the matrix product: equal to the sum of products in `f64`, for every size around the tiles.

mod oracle;

use fastrand::Rng;
use limbus_kernels::activation::Activation;
use limbus_kernels::gemm::Gemm;
use limbus_kernels::pack::{PANEL, pack_panels};
use oracle::{activate, assert_close, floats};

fn pack(sources: &[&[f32]], n: usize, k: usize) -> Vec<f32> {
    let width = PANEL / sources.len();
    let mut panels = vec![0.0; n.div_ceil(width) * k * PANEL];
    for (i, source) in sources.iter().enumerate() {
        assert_eq!(source.len(), n * k);
        // SAFETY: sizes as asked for.
        unsafe { pack_panels(source.as_ptr(), n, k, panels.as_mut_ptr(), width, i * width) };
    }
    panels
}

fn naive(x: &[f32], w: &[f32], bias: &[f32], m: usize, n: usize, k: usize) -> Vec<f64> {
    (0..m * n)
        .map(|i| {
            let (row, column) = (i / n, i % n);
            (0..k)
                .map(|j| f64::from(x[row * k + j]) * f64::from(w[column * k + j]))
                .sum::<f64>()
                + f64::from(bias[column])
        })
        .collect()
}

/// Sums of up to 70 products of numbers below 1.
const TOLERANCE: f64 = 1e-5;

#[test]
fn a_product_is_the_sum_of_products() {
    let mut rng = Rng::with_seed(1);
    for _ in 0..300 {
        let (m, n, k) = (rng.usize(1..=20), rng.usize(1..=40), rng.usize(1..=70));
        let [x, w, bias] = [m * k, n * k, n].map(|len| floats(&mut rng, len, 1.0));
        let residual = floats(&mut rng, m * n, 1.0);
        let code = rng.usize(0..=6) as u32;
        let (panels, bias_panels) = (pack(&[&w], n, k), pack(&[&bias], n, 1));
        let mut y = vec![7.0; m * n + 1];
        let gemm = Gemm {
            x: x.as_ptr(),
            weight: panels.as_ptr(),
            bias: bias_panels.as_ptr(),
            residual: residual.as_ptr(),
            y: y.as_mut_ptr(),
            m,
            n,
            k,
            activation: Activation::from_code(code),
            gated: false,
        };
        // In two parts, as two threads would.
        let middle = rng.usize(0..=gemm.panels());
        // SAFETY: sizes as the fields say.
        unsafe {
            gemm.run(middle, gemm.panels());
            gemm.run(0, middle);
        }
        let expected: Vec<f64> = naive(&x, &w, &bias, m, n, k)
            .iter()
            .zip(&residual)
            .map(|(&sum, &r)| activate(code, sum) + f64::from(r))
            .collect();
        assert_close(&y[..m * n], &expected, TOLERANCE);
        assert_eq!(y[m * n], 7.0, "nothing is written behind the result");
    }
}

#[test]
fn a_gate_scales_what_it_gates() {
    let mut rng = Rng::with_seed(2);
    for _ in 0..200 {
        let (m, n, k) = (rng.usize(1..=14), rng.usize(1..=30), rng.usize(1..=40));
        let [x, gate, up] = [m * k, n * k, n * k].map(|len| floats(&mut rng, len, 1.0));
        let none = vec![0.0; n];
        let panels = pack(&[&gate, &up], n, k);
        let mut y = vec![0.0; m * n];
        let gemm = Gemm {
            x: x.as_ptr(),
            weight: panels.as_ptr(),
            bias: std::ptr::null(),
            residual: std::ptr::null(),
            y: y.as_mut_ptr(),
            m,
            n,
            k,
            activation: Activation::Silu,
            gated: true,
        };
        // SAFETY: sizes as the fields say.
        unsafe { gemm.run(0, gemm.panels()) };
        let [gates, ups] = [&gate, &up].map(|w| naive(&x, w, &none, m, n, k));
        let expected: Vec<f64> = gates
            .iter()
            .zip(&ups)
            .map(|(&g, &u)| activate(1, g) * u)
            .collect();
        assert_close(&y, &expected, TOLERANCE);
    }
}
