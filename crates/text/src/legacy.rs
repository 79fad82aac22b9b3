//! Classes of characters as the reference sees them.

use crate::legacy_tables::{
    ACCENTS, BERT_CONTROLS, BERT_MARKS, COMPATIBILITY_STRANGERS, PUNCTUATION, SCRIPTS,
    YOUNG_CAPITALS,
};

fn is_in(table: &[(u32, u32)], c: char) -> bool {
    let code = c as u32;
    let at = table.partition_point(|range| range.1 < code);
    table.get(at).is_some_and(|range| range.0 <= code)
}

/// Whether `StripAccents` drops the character.
pub fn is_accent(c: char) -> bool {
    !c.is_ascii() && is_in(&ACCENTS, c)
}

/// Whether `BertNormalizer` drops the character as an accent.
pub fn is_bert_mark(c: char) -> bool {
    !c.is_ascii() && is_in(&BERT_MARKS, c)
}

/// Whether `BertNormalizer` cleans the character away.
pub fn is_bert_control(c: char) -> bool {
    is_in(&BERT_CONTROLS, c)
}

/// Whether `Punctuation` and `BertPreTokenizer` cut at the character.
pub fn is_punctuation(c: char) -> bool {
    is_in(&PUNCTUATION, c)
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
