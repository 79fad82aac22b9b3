//! Classes of characters as the reference sees them.

use std::sync::OnceLock;

use crate::legacy_tables::{
    ACCENTS, BERT_CONTROLS, BERT_MARKS, COMPATIBILITY_STRANGERS, PUNCTUATION, SCRIPTS,
    YOUNG_CAPITALS,
};
use crate::pattern_scan::Scan;
use crate::unicode::{ByteTable, SPACE};
use crate::unicode_tables::RANGES;

/// Bits of the classes below.
const ACCENT: u8 = 1;
const BERT_MARK: u8 = 2;
const BERT_CONTROL: u8 = 4;
/// Punctuation, as [`is_punctuation`] says.
pub const SIGN: u8 = 8;
/// White space.
pub const WHITE: u8 = 16;

fn is_in(table: &[(u32, u32)], c: char) -> bool {
    let code = c as u32;
    let at = table.partition_point(|range| range.1 < code);
    table.get(at).is_some_and(|range| range.0 <= code)
}

/// The classes that are asked for at every character.
fn classes() -> &'static ByteTable {
    static TABLE: OnceLock<ByteTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lists: [(&[(u32, u32)], u8); 4] = [
            (&ACCENTS, ACCENT),
            (&BERT_MARKS, BERT_MARK),
            (&BERT_CONTROLS, BERT_CONTROL),
            (&PUNCTUATION, SIGN),
        ];
        ByteTable::new(|flat| {
            for (ranges, bit) in lists {
                for &(first, last) in ranges {
                    let range = first as usize..=last as usize;
                    flat[range].iter_mut().for_each(|bits| *bits |= bit);
                }
            }
            for (at, _) in RANGES
                .iter()
                .enumerate()
                .filter(|(_, range)| range.1 & SPACE != 0)
            {
                let end = RANGES
                    .get(at + 1)
                    .map_or(flat.len(), |next| next.0 as usize);
                let range = RANGES[at].0 as usize..end;
                flat[range].iter_mut().for_each(|bits| *bits |= WHITE);
            }
        })
    })
}

/// Calls `sink` with the place, the length in bytes and the bits of every character that is [`SIGN`] or [`WHITE`].
pub fn signs_and_spaces(text: &str, mut sink: impl FnMut(usize, usize, u8)) {
    let classes = classes();
    let scan = Scan::new(text);
    let bytes = scan.bytes;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_alphabetic() {
            at = scan.ascii_letters(at, true);
            continue;
        }
        let (bits, size) = classes.at(bytes, at);
        if bits & (SIGN | WHITE) != 0 {
            sink(at, size, bits & (SIGN | WHITE));
        }
        at += size;
    }
}

/// Whether a character is a [`SIGN`] or [`WHITE`], by bits.
pub fn class_of(c: char) -> u8 {
    classes().of_code(c as usize) & (SIGN | WHITE)
}

fn has(c: char, bit: u8) -> bool {
    classes().of_code(c as usize) & bit != 0
}

/// Whether `StripAccents` drops the character.
pub fn is_accent(c: char) -> bool {
    has(c, ACCENT)
}

/// Whether `BertNormalizer` drops the character as an accent.
pub fn is_bert_mark(c: char) -> bool {
    has(c, BERT_MARK)
}

/// Whether `BertNormalizer` cleans the character away.
pub fn is_bert_control(c: char) -> bool {
    has(c, BERT_CONTROL)
}

/// Whether `Punctuation` and `BertPreTokenizer` cut at the character.
pub fn is_punctuation(c: char) -> bool {
    has(c, SIGN)
}

/// Whether `NFKC` and `NFKD` leave the character alone although it decomposes.
pub fn is_compatibility_stranger(c: char) -> bool {
    !c.is_ascii() && is_in(&COMPATIBILITY_STRANGERS, c)
}

/// The small letters of a character, as `Lowercase` has them.
pub fn lower(c: char) -> impl Iterator<Item = char> {
    let keeps = !c.is_ascii() && is_in(&YOUNG_CAPITALS, c);
    let kept = keeps.then_some(c);
    let lowered = (!keeps).then(|| c.to_lowercase());
    kept.into_iter().chain(lowered.into_iter().flatten())
}

/// Number of the script that `UnicodeScripts` counts the character to; 0 if it goes with any.
pub fn script_of(c: char) -> u8 {
    let at = SCRIPTS.partition_point(|&(first, _)| first <= c as u32);
    SCRIPTS[at.saturating_sub(1)].1
}
