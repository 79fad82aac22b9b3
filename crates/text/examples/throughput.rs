//! Speed of one tokenizer on texts: `throughput tokenizer.json text...`, in megabytes of UTF-8 a second.
//!
//! Cold is the first pass after loading, warm the best of several; slices are of 2,000 characters, on a warm cache.

use std::time::Instant;

use limbus_text::Tokenizer;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let json = arguments.next().expect("the path of a tokenizer.json");
    let json = std::fs::read_to_string(json).expect("a file that can be read");
    let start = Instant::now();
    let load = || Tokenizer::from_json(&json).expect("a tokenizer.json");
    drop(load());
    println!("loaded in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    for path in arguments {
        let text = std::fs::read_to_string(&path).expect("a text that can be read");
        let rate = |work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            text.len() as f64 / 1e6 / start.elapsed().as_secs_f64()
        };
        let mut cold = 0f64;
        let mut tokenizer = load();
        for _ in 0..3 {
            tokenizer = load();
            cold = cold.max(rate(&mut || drop(tokenizer.encode(&text, false))));
        }
        let mut slices = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest
                .char_indices()
                .nth(2000)
                .map_or(rest.len(), |(at, _)| at);
            slices.push(&rest[..end]);
            rest = &rest[end..];
        }
        let ids = tokenizer
            .encode(&text, false)
            .expect("a text that can be encoded");
        let (mut warm, mut sliced, mut decoded) = (0f64, 0f64, 0f64);
        for _ in 0..9 {
            warm = warm.max(rate(&mut || drop(tokenizer.encode(&text, false))));
            sliced = sliced.max(rate(&mut || {
                for slice in &slices {
                    drop(tokenizer.encode(slice, false));
                }
            }));
            decoded = decoded.max(rate(&mut || drop(tokenizer.decoder().decode(&ids, false))));
        }
        println!(
            "{path}: {} ids, cold {cold:.1}, warm {warm:.1}, slices {sliced:.1}, decode {decoded:.1}",
            ids.len()
        );
    }
}
