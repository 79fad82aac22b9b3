//! Laws of every compact form of a tokenizer, whatever its bytes are.
//!
//! A case is a compact form and, behind its last section, a text.

#![allow(dead_code)] // Each user takes its part.

use std::sync::OnceLock;

use limbus_text::Tokenizer;
use xxhash_rust::xxh3::Xxh3;

use crate::decoding::check_streams;
use crate::memory::most_bytes;

/// The `tokenizer.json` that every case claims to be made from.
pub const JSON: &[u8] = br#"{"model":{"type":"WordLevel","unk_token":"?","vocab":{"?":0}}}"#;
/// Bytes that loading may take for tables, whatever the file.
const TABLE_BYTES: usize = 64 << 20;
/// Longest text that is encoded, bytes; a short one is repeated.
const MAX_TEXT: usize = 256;
/// Where the checksum and the lengths of the sections lie: `crates/text/src/binary.rs` has the layout.
const CHECKSUM_AT: usize = 40;
const LENGTHS_AT: usize = 48;

/// A form that is right.
fn model() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let binary = Tokenizer::binary_of(JSON).expect("it loads");
        binary.expect("it has a compact form")
    })
}

/// Number of sections of a form.
pub fn section_count() -> usize {
    let mut count = [0; 4];
    count.copy_from_slice(&model()[12..16]);
    u32::from_le_bytes(count) as usize
}

/// Takes a case apart: sections, as far as they are there, and the text.
pub fn take_apart(case: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let sections_at = LENGTHS_AT + 8 * section_count();
    let Some((header, mut rest)) = case.split_at_checked(sections_at) else {
        return (Vec::new(), &[]);
    };
    let lengths = header[LENGTHS_AT..].as_chunks::<8>().0;
    let mut cut = |length: &[u8; 8]| {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let padded = length
            .checked_next_multiple_of(8)
            .unwrap_or(usize::MAX)
            .min(rest.len());
        let section;
        (section, rest) = rest.split_at(padded);
        &section[..length.min(padded)]
    };
    let sections = lengths.iter().map(&mut cut).collect();
    (sections, rest)
}

/// Puts a case together, with everything in the header right.
pub fn put_together(sections: &[impl AsRef<[u8]>], text: &[u8]) -> Vec<u8> {
    let mut file = model()[..LENGTHS_AT].to_vec();
    for section in sections {
        file.extend((section.as_ref().len() as u64).to_le_bytes());
    }
    for section in sections {
        file.extend_from_slice(section.as_ref());
        file.resize(file.len().next_multiple_of(8), 0);
    }
    seal(&mut file);
    file.extend_from_slice(text);
    file
}

/// Makes the header of a form right but for the lengths: a forger would.
pub fn seal(file: &mut [u8]) {
    if file.len() >= LENGTHS_AT {
        file[..CHECKSUM_AT].copy_from_slice(&model()[..CHECKSUM_AT]);
        let mut hash = Xxh3::new();
        hash.update(&file[..CHECKSUM_AT]);
        hash.update(&file[LENGTHS_AT..]);
        file[CHECKSUM_AT..LENGTHS_AT].copy_from_slice(&hash.digest().to_le_bytes());
    }
}

/// Loads a form, first as it is; encodes a text and decodes the ids. True if it could be loaded.
pub fn check(case: &[u8]) -> bool {
    let (_, text) = take_apart(case);
    let mut file = case[..case.len() - text.len()].to_vec();
    if let Err(reason) = Tokenizer::from_binary(&file, JSON) {
        assert!(!reason.is_empty());
        seal(&mut file);
    }
    let (tokenizer, taken) = most_bytes(|| Tokenizer::from_binary(&file, JSON));
    let room = TABLE_BYTES + 64 * file.len();
    assert!(taken <= room, "{taken} bytes to load {} bytes", file.len());
    let Ok(mut tokenizer) = tokenizer else {
        return false;
    };
    let text = String::from_utf8_lossy(&text[..text.len().min(MAX_TEXT)]).into_owned();
    let text = text.repeat((MAX_TEXT / text.len().max(1)).min(16));
    for add_special_tokens in [false, true] {
        let ids = tokenizer.encode(&text, add_special_tokens);
        let again = tokenizer.encode(&text, add_special_tokens);
        assert_eq!(ids, again, "the second time");
        check_decoding(&tokenizer, ids.unwrap_or_default());
    }
    true
}

/// The laws of decoding; a forged token need not be found by its name, only looked for.
fn check_decoding(tokenizer: &Tokenizer, ids: Vec<u32>) {
    let decoder = tokenizer.decoder();
    for id in check_streams(tokenizer, ids) {
        let _ = (decoder.bytes_of(id), decoder.is_special(id));
        let _ = decoder.name_of(id).map(|name| tokenizer.id_of(name));
    }
}
