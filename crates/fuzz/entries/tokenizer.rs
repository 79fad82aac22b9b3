//! Laws of every `tokenizer.json` and text, whatever their bytes are.

#![allow(dead_code)] // Each user takes its part.

use limbus_text::{Origin, Segment, Tokenizer};

use crate::decoding::check_streams;
use crate::memory::most_bytes;

/// Bytes that loading may take for tables, whatever the file.
const TABLE_BYTES: usize = 64 << 20;
/// Longest text that is encoded, bytes: as long as those of the corpus that once took too long.
pub const MAX_TEXT: usize = 2048;
/// Longest text while fuzzing; a longer one only takes longer.
pub const MAX_FUZZED_TEXT: usize = 512;

/// Takes a case apart: a file, a zero byte, a text. What is not UTF-8 is replaced.
fn split(bytes: &[u8], max_text: usize) -> (String, String) {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let text = bytes.get(end + 1..).unwrap_or_default();
    let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (read(&bytes[..end]), read(&text[..text.len().min(max_text)]))
}

/// Loads a file; encodes a text in every way that there is, and decodes the ids.
pub fn check(bytes: &[u8], max_text: usize) {
    let (file, text) = split(bytes, max_text);
    let (tokenizer, taken) = most_bytes(|| Tokenizer::from_json(&file));
    let room = TABLE_BYTES + 64 * file.len();
    assert!(taken <= room, "{taken} bytes to load {} bytes", file.len());
    let mut tokenizer = match tokenizer {
        Ok(tokenizer) => tokenizer,
        Err(error) => return assert!(error.message.starts_with("Expected ")),
    };
    for add_special_tokens in [false, true] {
        let ids = tokenizer.encode(&text, add_special_tokens);
        assert_eq!(
            ids,
            tokenizer.encode(&text, add_special_tokens),
            "the second time"
        );
        let whole = [Segment {
            origin: Origin::Template,
            end: text.len(),
        }];
        let segments = tokenizer.encode_segments(&text, &whole, &[], add_special_tokens);
        assert_eq!(ids, segments.map(|encoded| encoded.ids), "as one segment");
        if let Ok(ids) = ids {
            check_decoding(&tokenizer, ids);
        }
    }
    if let Ok(Some(binary)) = Tokenizer::binary_of(file.as_bytes()) {
        let again = Tokenizer::from_binary(&binary, file.as_bytes());
        let mut again =
            again.unwrap_or_else(|reason| panic!("refused what was just made: {reason}"));
        let ids = tokenizer.encode(&text, true);
        assert_eq!(again.encode(&text, true), ids, "by the compact form");
        let ids = ids.unwrap_or_default();
        let texts = [&tokenizer, &again].map(|one| one.decoder().decode(&ids, false));
        assert_eq!(texts[0], texts[1], "by the compact form");
    }
    let mut middle = text.len() / 2;
    while !text.is_char_boundary(middle) {
        middle -= 1;
    }
    let halves = |first: Origin, second: Origin| {
        [(first, middle), (second, text.len())].map(|(origin, end)| Segment { origin, end })
    };
    for segments in [
        halves(Origin::Template, Origin::User),
        halves(Origin::User, Origin::Item),
    ] {
        let encoded = tokenizer.encode_segments(&text, &segments, &["a".to_owned()], true);
        if let Ok(encoded) = encoded {
            assert_eq!(encoded.ids.len(), encoded.segments.len());
            assert!(encoded.segments.iter().all(|&s| (-1..2).contains(&s)));
        }
    }
}

/// The laws of decoding, and every token that is there is found by its name.
fn check_decoding(tokenizer: &Tokenizer, ids: Vec<u32>) {
    let decoder = tokenizer.decoder();
    for id in check_streams(tokenizer, ids) {
        let _ = (decoder.bytes_of(id), decoder.is_special(id));
        if let Some(name) = decoder.name_of(id) {
            assert!(
                tokenizer.id_of(name).is_some(),
                "a token that is there is found"
            );
        }
    }
}
