//! Speed of one tokenizer on texts: `throughput tokenizer.json text...`, in megabytes of UTF-8 a second.
//!
//! Texts are cut into slices of 32 KiB, and the best time of each slice counts, so that other work on the machine disturbs
//! little. Cold is the first pass after loading, warm every later one.

use std::time::Instant;

use limbus_text::Tokenizer;

const LOADS: usize = 5;
const ROUNDS: usize = 15;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let json = arguments.next().expect("the path of a tokenizer.json");
    let json = std::fs::read_to_string(json).expect("a file that can be read");
    let load = || Tokenizer::from_json(&json).expect("a tokenizer.json");
    for path in arguments {
        let text = std::fs::read_to_string(&path).expect("a text that can be read");
        let slices = slices(&text);
        let rate = |rounds: &[Vec<f64>]| {
            let best = |at| {
                rounds
                    .iter()
                    .map(|round| round[at])
                    .fold(f64::MAX, f64::min)
            };
            text.len() as f64 / 1e6 / (0..slices.len()).map(best).sum::<f64>()
        };
        let pass = |tokenizer: &mut Tokenizer| -> Vec<f64> {
            let time = |slice: &&str| timed(|| drop(tokenizer.encode(slice, false)));
            slices.iter().map(time).collect()
        };
        let mut tokenizer = load();
        let mut loading = f64::MAX;
        let mut cold = Vec::new();
        for _ in 0..LOADS {
            loading = loading.min(timed(|| tokenizer = load()));
            cold.push(pass(&mut tokenizer));
        }
        let warm: Vec<Vec<f64>> = (0..ROUNDS).map(|_| pass(&mut tokenizer)).collect();
        let mut encode = |slice: &&str| {
            tokenizer
                .encode(slice, false)
                .expect("a text of the vocabulary")
        };
        let ids: Vec<Vec<u32>> = slices.iter().map(&mut encode).collect();
        let decoder = tokenizer.decoder();
        let decode = |ids: &Vec<u32>| timed(|| drop(decoder.decode(ids, false)));
        let decoded: Vec<Vec<f64>> = (0..ROUNDS)
            .map(|_| ids.iter().map(decode).collect())
            .collect();
        println!(
            "{path}: load {:.0} ms, {} ids, cold {:.1}, warm {:.1}, decode {:.1}",
            loading * 1e3,
            ids.concat().len(),
            rate(&cold),
            rate(&warm),
            rate(&decoded)
        );
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn slices(mut text: &str) -> Vec<&str> {
    let mut slices = Vec::new();
    while !text.is_empty() {
        let (slice, rest) = text.split_at(text.floor_char_boundary(32 << 10));
        slices.push(slice);
        text = rest;
    }
    slices
}
