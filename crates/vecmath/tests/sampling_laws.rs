//! Sampling against definitions in `f64` over sorted vocabularies, and against published numbers.
//! One file, because every law is held against the same few definitions.

use fastrand::Rng;
use limbus_vecmath::philox::{philox4x32_10, uniform};
use limbus_vecmath::reduce::{Exponential, argmax, block_maxima, exp_sums, largest, log_sum_exp};
use limbus_vecmath::sampling::{Params, SampleError, Sampler};
use limbus_vecmath::topk::{sort, top_k};
use std::collections::BTreeMap;

/// Quantized, so that ties are frequent; some at minus infinity.
fn logits(rng: &mut Rng, n: usize) -> Vec<f32> {
    let steps = [4.0, 64.0, 4096.0][rng.usize(..3)];
    let mut logits: Vec<f32> = (0..n)
        .map(|_| (((rng.f64() - 0.5) * 16.0 * steps).round() / steps) as f32)
        .collect();
    for _ in 0..rng.usize(..n) / 2 {
        logits[rng.usize(..n)] = f32::NEG_INFINITY;
    }
    logits[n / 2] = 1.0;
    logits
}

fn plain() -> Params {
    Params {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        repetition_penalty: 1.0,
        presence_penalty: 0.0,
        frequency_penalty: 0.0,
        seed: 0,
    }
}

fn sample(params: Params, logits: &[f32], position: u32) -> u32 {
    Sampler::new(params)
        .sample(&mut logits.to_vec(), position, &[], None)
        .expect("a token")
        .id
}

#[test]
fn philox_gives_the_published_vectors() {
    assert_eq!(
        philox4x32_10([0; 4], [0; 2]),
        [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
    );
    assert_eq!(
        philox4x32_10([!0; 4], [!0; 2]),
        [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
    );
    let pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    assert_eq!(
        philox4x32_10(pi, [0xa4093822, 0x299f31d0]),
        [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
    );
}

#[test]
fn draws_are_uniform_and_depend_on_seed_and_position() {
    let n = 100_000u32;
    let mut bins = [0u32; 20];
    for position in 0..n {
        bins[(uniform(42, position) * 20.0) as usize] += 1;
    }
    // Chi-squared with 19 degrees of freedom is above 60 once in a million.
    let expected = f64::from(n) / 20.0;
    let chi: f64 = bins
        .iter()
        .map(|&b| (f64::from(b) - expected).powi(2) / expected)
        .sum();
    assert!(chi < 60.0, "{chi}");
    assert_ne!(uniform(1, 2), uniform(2, 1));
    assert_eq!(uniform(1, 2), uniform(1, 2));
}

#[test]
fn weights_are_exponentials() {
    let plain = Exponential::new(0.0, 1.0, f32::NEG_INFINITY);
    let mut worst: f64 = 0.0;
    for i in 0..870_000 {
        let x = -f64::from(i as f32 * 1e-4);
        let error = (f64::from(plain.weight(x as f32)) / x.exp() - 1.0).abs();
        worst = worst.max(error / (2e-7 - 8e-8 * x));
    }
    assert!(worst < 1.0, "{worst}");
    assert_eq!(plain.weight(0.0), 1.0);
    assert_eq!(plain.weight(-88.0), 0.0);
    assert_eq!(plain.weight(f32::NEG_INFINITY), 0.0);
    for temperature in [1e-5, 0.3, 1e9, 3e38] {
        let cut = Exponential::new(5.0, 1.0 / temperature, 4.0);
        assert_eq!(cut.weight(5.0), 1.0);
        assert_eq!(cut.weight(3.999), 0.0);
        assert_eq!(cut.weight(f32::NEG_INFINITY), 0.0);
        let want = (-0.5 / f64::from(temperature)).exp();
        let got = f64::from(cut.weight(4.5));
        assert!(
            (got - want).abs() <= 1e-6 * want || want < 1e-37,
            "{temperature}"
        );
    }
}

#[test]
fn maxima_argmax_top_k_equal_a_sort() {
    let mut rng = Rng::with_seed(3);
    for round in 0..300 {
        let n = rng.usize(1..=2000);
        let logits = logits(&mut rng, n);
        let maxima = block_maxima(&logits).expect("no NaN");
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| {
            logits[b]
                .partial_cmp(&logits[a])
                .expect("no NaN")
                .then(a.cmp(&b))
        });
        assert_eq!(argmax(&logits, &maxima), order[0]);
        let k = rng.usize(1..=n.min(40));
        let kth = logits[order[k - 1]];
        let want: Vec<u32> = order
            .iter()
            .filter(|&&i| logits[i] >= kth && logits[i] > f32::NEG_INFINITY)
            .map(|&i| i as u32)
            .collect();
        let mut found = top_k(&logits, &maxima, k);
        assert!(found.is_sorted_by_key(|c| c.id));
        sort(&mut found);
        let got: Vec<u32> = found.iter().map(|c| c.id).collect();
        assert_eq!(got, want, "round {round}");
        let exact: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
        let max = largest(&maxima);
        let sums = exp_sums(
            &logits,
            &maxima,
            Exponential::new(max, 1.0, f32::NEG_INFINITY),
        );
        assert!((log_sum_exp(&sums, max) - exact).abs() < 3e-7);
    }
}

/// The kept tokens and their weights by the definitions, over a full sort.
fn reference(p: Params, logits: &[f32]) -> BTreeMap<usize, f64> {
    let mut order: Vec<usize> = (0..logits.len())
        .filter(|&i| logits[i] > f32::NEG_INFINITY)
        .collect();
    order.sort_by(|&a, &b| {
        logits[b]
            .partial_cmp(&logits[a])
            .expect("no NaN")
            .then(a.cmp(&b))
    });
    let best = f64::from(logits[order[0]]);
    let weight = |i: usize| ((f64::from(logits[i]) - best) / f64::from(p.temperature)).exp();
    order.retain(|&i| weight(i) >= f64::from(p.min_p));
    if p.top_k > 0 && p.top_k < order.len() {
        let kth = logits[order[p.top_k - 1]];
        order.retain(|&i| logits[i] >= kth);
    }
    let total: f64 = order.iter().map(|&i| weight(i)).sum();
    let mut before = 0.0;
    let mut kept = BTreeMap::new();
    for i in order {
        if !kept.is_empty() && before >= p.top_p * total {
            break;
        }
        kept.insert(i, weight(i));
        before += weight(i);
    }
    kept
}

#[test]
fn every_draw_is_the_inverse_of_the_kept_distribution() {
    let mut rng = Rng::with_seed(11);
    let mut near_a_border = 0;
    for round in 0..4000u32 {
        let n = rng.usize(1..=1500);
        let logits = logits(&mut rng, n);
        let p = Params {
            temperature: [0.3, 1.0, 1.7][rng.usize(..3)],
            top_k: [0, 1, 5, 50, n, n + 9][rng.usize(..6)],
            top_p: [1.0, 0.999_1, 0.9, 0.31, 1e-9][rng.usize(..5)],
            min_p: [0.0, 0.0, 0.053, 1.0][rng.usize(..4)],
            seed: round,
            ..plain()
        };
        let kept = reference(p, &logits);
        let total: f64 = kept.values().sum();
        let target = uniform(p.seed, round) * total;
        let (mut sum, mut want, mut gap) = (0.0, None, f64::MAX);
        for (&i, &w) in &kept {
            sum += w;
            gap = gap.min((sum - target).abs() / total);
            if want.is_none() && sum > target {
                want = Some(i);
            }
        }
        let got = sample(p, &logits, round) as usize;
        assert!(kept.contains_key(&got), "round {round}: {p:?}");
        if Some(got) != want {
            // Sums in f32 may move a border by some 1e-6 of the mass, no further.
            assert!(
                gap < 2e-6,
                "round {round}: {got} for {want:?}, {gap:e} from a border, {p:?}"
            );
            near_a_border += 1;
        }
    }
    assert!(near_a_border < 5, "{near_a_border}");
}

#[test]
fn temperature_zero_takes_the_best_and_the_lowest_of_equals() {
    let mut logits = vec![0.0; 1000];
    (logits[700], logits[300]) = (2.0, 2.0);
    assert_eq!(
        sample(
            Params {
                temperature: 0.0,
                ..plain()
            },
            &logits,
            5
        ),
        300
    );
}

#[test]
fn penalties_follow_their_definition() {
    let p = Params {
        temperature: 0.0,
        repetition_penalty: 2.0,
        presence_penalty: 0.5,
        frequency_penalty: 0.25,
        ..plain()
    };
    let mut sampler = Sampler::new(p);
    sampler.observe_prompt(&[0, 4]);
    sampler.observe_answer(&[1, 1]);
    sampler.observe_answer(&[1, 2]);
    // 4 / 2; 6 / 2 - 3 * 0.25 - 0.5 = 1.75; -1 * 2 - 0.75; untouched; -4 * 2.
    let penalized = [2.0, 1.75, -2.75, 1.9, -8.0];
    let mut logits = [4.0, 6.0, -1.0, 1.9, -4.0];
    let raw = logits;
    let choice = sampler
        .sample(&mut logits, 0, &[], Some(2))
        .expect("a token");
    assert_eq!(logits, penalized);
    assert_eq!(choice.id, 0);
    // What is reported is the model's own distribution.
    let total = raw.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
    assert!((choice.logprob.expect("asked for") - (4.0 - total)).abs() < 1e-6);
    assert_eq!(choice.top.iter().map(|t| t.0).collect::<Vec<_>>(), [1, 0]);
    assert!((choice.top[0].1 - (6.0 - total)).abs() < 1e-6);
    let banned = sampler
        .sample(&mut raw.clone(), 0, &[0, 3], None)
        .expect("a token");
    assert_eq!((banned.id, banned.logprob), (1, None));
}

#[test]
fn top_logprobs_are_as_many_as_asked_for_also_with_ties() {
    let choice = Sampler::new(plain())
        .sample(&mut [1.0; 600], 0, &[], Some(3))
        .expect("a token");
    assert_eq!(
        choice.top.iter().map(|t| t.0).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert!(choice.top.iter().all(|t| (t.1 + 600f64.ln()).abs() < 1e-6));
}

#[test]
fn bad_logits_are_errors() {
    let run = |mut logits: Vec<f32>, banned: &[u32]| {
        Sampler::new(plain()).sample(&mut logits, 0, banned, None)
    };
    for n in 1..9 {
        for at in 0..n {
            let mut logits = vec![0.0; n];
            logits[at] = f32::NAN;
            assert_eq!(run(logits.clone(), &[]), Err(SampleError::NotFinite));
            logits[at] = f32::INFINITY;
            assert_eq!(run(logits, &[]), Err(SampleError::NotFinite));
        }
    }
    assert_eq!(
        run(vec![f32::NEG_INFINITY; 3], &[]),
        Err(SampleError::NoCandidate)
    );
    assert_eq!(run(vec![], &[]), Err(SampleError::NoCandidate));
    assert_eq!(run(vec![0.0; 2], &[0, 1]), Err(SampleError::NoCandidate));
    assert_eq!(run(vec![0.0; 2], &[2]), Err(SampleError::UnknownId));
}

/// 152k logits as a language model gives them: a bell, and some far above.
fn qwen_logits(rng: &mut Rng) -> Vec<f32> {
    let bell = |rng: &mut Rng| (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
    let mut logits: Vec<f32> = (0..151_936).map(|_| (2.2 * bell(rng)) as f32).collect();
    for _ in 0..40 {
        let at = rng.usize(..logits.len());
        logits[at] = 8.0 + 8.0 * rng.f64() as f32;
    }
    logits
}

#[test]
fn a_large_vocabulary_is_sampled_as_defined() {
    let mut rng = Rng::with_seed(29);
    let logits = qwen_logits(&mut rng);
    let exact = logits.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
    let cases = [
        plain(),
        Params {
            top_k: 50,
            ..plain()
        },
        Params {
            top_k: 50,
            top_p: 0.9,
            temperature: 0.7,
            ..plain()
        },
        Params {
            top_p: 0.9,
            ..plain()
        },
        Params {
            top_p: 0.95,
            temperature: 2.5,
            ..plain()
        },
        Params {
            top_p: 0.999,
            temperature: 9.0,
            ..plain()
        },
        Params {
            min_p: 0.05,
            temperature: 1.5,
            ..plain()
        },
        Params {
            min_p: 0.001,
            top_p: 0.8,
            temperature: 3.0,
            ..plain()
        },
    ];
    for (case, p) in cases.into_iter().enumerate() {
        let kept = reference(p, &logits);
        let total: f64 = kept.values().sum();
        for position in 0..4 {
            let choice = Sampler::new(p)
                .sample(&mut logits.clone(), position, &[], Some(20))
                .expect("a token");
            let target = uniform(p.seed, position) * total;
            let mut before = 0.0;
            for (&id, &weight) in &kept {
                if id == choice.id as usize {
                    let slack = 1e-6 * total;
                    assert!(
                        before - slack <= target && target <= before + weight + slack,
                        "{case}"
                    );
                    before = f64::NAN;
                    break;
                }
                before += weight;
            }
            assert!(before.is_nan(), "{case}: a token that is not kept");
            let logit = f64::from(logits[choice.id as usize]);
            assert!((choice.logprob.expect("asked for") - (logit - exact)).abs() < 2e-7);
            assert_eq!(choice.top.len(), 20);
            assert!(choice.top.is_sorted_by(|a, b| a.1 >= b.1));
            let reported = choice
                .top
                .iter()
                .map(|t| (t.1 + exact - f64::from(logits[t.0 as usize])).abs());
            assert!(reported.fold(0.0, f64::max) < 2e-7);
        }
    }
}

#[test]
fn biases_come_before_penalties_and_bans_after() {
    let p = Params {
        temperature: 0.0,
        repetition_penalty: 2.0,
        ..plain()
    };
    let mut sampler = Sampler::new(p);
    sampler.observe_prompt(&[1]);
    sampler.set_bias(vec![(1, 3.0), (3, 9.0), (2, f32::NEG_INFINITY)]);
    let mut logits = [3.0, 4.0, 5.0, 0.0];
    let choice = sampler.sample(&mut logits, 0, &[3], None).expect("a token");
    assert_eq!(logits, [3.0, 3.5, f32::NEG_INFINITY, f32::NEG_INFINITY]);
    assert_eq!(choice.id, 1);
    sampler.set_bias(vec![(4, 1.0)]);
    let unknown = sampler.sample(&mut [0.0; 4], 0, &[], None);
    assert_eq!(unknown, Err(SampleError::UnknownId));
    sampler.set_bias(vec![(0, f32::INFINITY)]);
    let infinite = sampler.sample(&mut [0.0; 4], 0, &[], None);
    assert_eq!(infinite, Err(SampleError::NotFinite));
}
