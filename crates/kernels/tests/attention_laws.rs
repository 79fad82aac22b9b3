//! Laws of attention over panels: equal to softmax and mean in `f64`, however the keys came into the cache.

mod oracle;

use fastrand::Rng;
use limbus_kernels::attention::{HeadAttention, QUERY_BLOCK};
use limbus_kernels::cache::CacheView;
use oracle::{assert_close, floats};

struct Sizes {
    heads: usize,
    kv_heads: usize,
    dim: usize,
}

fn naive(
    s: &Sizes,
    [q, k, v]: [&[f32]; 3],
    num_keys: usize,
    (scale, bias): (f64, &[f32]),
    sees: impl Fn(usize, usize) -> bool,
) -> Vec<f64> {
    let num_queries = q.len() / (s.heads * s.dim);
    let mut y = vec![0.0; q.len()];
    for token in 0..num_queries {
        for head in 0..s.heads {
            let kv_head = head * s.kv_heads / s.heads;
            let at = (token * s.heads + head) * s.dim;
            let row = |of: &[f32], key: usize, i: usize| {
                f64::from(of[(key * s.kv_heads + kv_head) * s.dim + i])
            };
            let scores: Vec<f64> = (0..num_keys)
                .map(|key| {
                    let dot: f64 = (0..s.dim)
                        .map(|i| f64::from(q[at + i]) * row(k, key, i))
                        .sum();
                    let added = bias.get(token * num_keys + key).copied().unwrap_or(0.0);
                    if sees(token, key) {
                        dot * scale + f64::from(added)
                    } else {
                        f64::NEG_INFINITY
                    }
                })
                .collect();
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            for i in 0..s.dim {
                y[at + i] = (0..num_keys)
                    .map(|key| weights[key] / total * row(v, key, i))
                    .sum();
            }
        }
    }
    y
}

#[test]
fn attention_is_the_weighted_mean() {
    let mut rng = Rng::with_seed(3);
    for round in 0..120 {
        let kv_heads = rng.usize(1..=2);
        let s = Sizes {
            heads: kv_heads * rng.usize(1..=3),
            kv_heads,
            dim: rng.usize(1..=3) * 8,
        };
        let num_keys = rng.usize(1..=60);
        let num_queries = rng.usize(1..=num_keys);
        let causal = round % 2 == 0;
        let window = if round % 4 == 0 {
            rng.usize(1..=9)
        } else {
            usize::MAX
        };
        let first = num_keys - num_queries;
        let q = floats(&mut rng, num_queries * s.heads * s.dim, 2.0);
        let [k, v] = [2.0, 1.0].map(|scale| floats(&mut rng, num_keys * kv_heads * s.dim, scale));
        // Room for more than there is, and rubbish where nothing was written.
        let capacity = num_keys.div_ceil(8) * 8 + 8 * rng.usize(0..=2);
        let mut panels = [0, 1].map(|_| vec![f32::NAN; kv_heads * capacity * s.dim]);
        let [keys, values] = &mut panels;
        let cache = CacheView {
            keys: keys.as_mut_ptr(),
            values: values.as_mut_ptr(),
            capacity,
            head_dim: s.dim,
        };
        let stride = kv_heads * s.dim;
        let biases = if round % 3 == 0 {
            num_queries * num_keys
        } else {
            0
        };
        let bias = floats(&mut rng, biases, 3.0);
        // Appended in two runs.
        let middle = rng.usize(0..=num_keys);
        let mut y = vec![0.0; q.len()];
        let mut scratch = vec![f32::NAN; QUERY_BLOCK * num_keys.div_ceil(8) * 8];
        // SAFETY: sizes as asked for.
        unsafe {
            for (from, to) in [(0, middle), (middle, num_keys)] {
                for head in 0..kv_heads {
                    let at = from * stride + head * s.dim;
                    if to > from {
                        cache.append(
                            head,
                            (k.as_ptr().add(at), v.as_ptr().add(at)),
                            stride,
                            from,
                            to - from,
                        );
                    }
                }
            }
            for head in 0..s.heads {
                let attention = HeadAttention {
                    q: q.as_ptr().add(head * s.dim),
                    y: y.as_mut_ptr().add(head * s.dim),
                    stride: s.heads * s.dim,
                    first_position: first,
                    num_keys,
                    causal,
                    window,
                    scale: 0.3,
                    bias: if bias.is_empty() {
                        std::ptr::null()
                    } else {
                        bias.as_ptr()
                    },
                    bias_stride: num_keys,
                };
                for from in (0..num_queries).step_by(QUERY_BLOCK) {
                    let to = (from + QUERY_BLOCK).min(num_queries);
                    attention.run(
                        &cache,
                        head * kv_heads / s.heads,
                        scratch.as_mut_ptr(),
                        from,
                        to,
                    );
                }
            }
        }
        let expected = naive(&s, [&q, &k, &v], num_keys, (0.3, &bias), |token, key| {
            !causal || (key <= first + token && key + window.min(1000) > first + token)
        });
        assert_close(&y, &expected, 1e-5);
    }
}
