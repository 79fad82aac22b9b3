//! Answers what a tokenizer makes of texts and ids, one JSON line for each line of the input; `fuzz.py` asks it.
//!
//! A line is `{"tokenizer": text of a tokenizer.json, "texts": [...], "ids": [[...]]}`. The answer holds `ids` and `plain`
//! (without special tokens) for the texts, `decoded` and `skipped` for the ids; a text that cannot be encoded gives null.
//! Or it is `{"refused": path, "message": ...}`.

use std::io::{BufRead, Write};

use limbus_text::{Decoder, Origin, Segment, Tokenizer};
use serde_json::{Value, json};

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the input is UTF-8");
        let answer = answer(&serde_json::from_str(&line).expect("each line is JSON"));
        writeln!(out, "{answer}").expect("somebody reads the answers");
        out.flush().expect("somebody reads the answers");
    }
}

fn answer(request: &Value) -> Value {
    let mut tokenizer = match Tokenizer::from_json(request["tokenizer"].as_str().unwrap_or("")) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return json!({"refused": error.path, "message": error.message}),
    };
    let texts = request["texts"].as_array().cloned().unwrap_or_default();
    let mut encode = |special: bool| -> Vec<Option<Vec<u32>>> {
        let texts = texts.iter().map(|text| text.as_str().unwrap_or(""));
        texts
            .map(|text| {
                let ids = tokenizer.encode(text, special);
                let segments = [Segment {
                    origin: Origin::Template,
                    end: text.len(),
                }];
                let same = tokenizer.encode_segments(text, &segments, &[], special);
                assert_eq!(ids.clone().ok(), same.ok().map(|both| both.ids), "{text:?}");
                ids.ok()
            })
            .collect()
    };
    let (ids, plain) = (encode(true), encode(false));
    let lists = request["ids"].as_array().cloned().unwrap_or_default();
    let decode = |skip: bool| -> Vec<String> {
        let lists = lists.iter().map(|list| {
            let list = list.as_array().map_or(&[][..], Vec::as_slice);
            list.iter()
                .map(|id| id.as_u64().unwrap_or(0) as u32)
                .collect::<Vec<u32>>()
        });
        lists
            .map(|ids| decode(tokenizer.decoder(), &ids, skip))
            .collect()
    };
    json!({"ids": ids, "plain": plain, "decoded": decode(false), "skipped": decode(true)})
}

/// The whole, after the stream has been seen to add up to it.
fn decode(decoder: &Decoder, ids: &[u32], skip: bool) -> String {
    let whole = decoder.decode(ids, skip);
    let mut state = decoder.start();
    let mut parts = String::new();
    for &id in ids {
        decoder.push(&mut state, id, skip, &mut parts);
    }
    decoder.flush(&mut state, &mut parts);
    assert_eq!(parts, whole, "{ids:?}");
    whole
}
