//! `Precompiled`: the table of replacements that a SentencePiece model carries.
//!
//! A double array of bytes (as Darts has it: 32-bit units with a label, an offset and a leaf bit) leads to places in a text
//! of replacements that end at NUL. As in the reference, a grapheme cluster of fewer than six bytes is looked up whole, and
//! the *shortest* key that it begins with replaces all of it; else each of its characters is looked up so.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::aligned::{Aligned, Rewriter};
use crate::json::{Load, Node};

/// Longest grapheme cluster that is looked up whole, bytes.
const LONGEST_CLUSTER: usize = 5;

/// The table.
#[derive(Debug, Clone)]
pub struct Precompiled {
    units: Vec<u32>,
    replacements: String,
    /// For each character of ASCII whether it stays as it is.
    keeps: [bool; 128],
}

impl Precompiled {
    fn new(units: Vec<u32>, replacements: String) -> Self {
        let mut table = Self {
            units,
            replacements,
            keeps: [false; 128],
        };
        table.keeps = std::array::from_fn(|byte| {
            let mut buffer = [0; 4];
            let text = char::from(byte as u8).encode_utf8(&mut buffer);
            table.find(text).is_none()
        });
        table
    }

    /// Reads `precompiled_charsmap`: base64 of the length of the array in bytes, the array, the replacements.
    pub fn load(node: &Node<'_>) -> Load<Self> {
        let read = |bytes: &[u8]| -> Option<Self> {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let length = u32::from_le_bytes(*length) as usize / 4 * 4;
            let (array, replacements) = rest.split_at_checked(length)?;
            let units = array.as_chunks::<4>().0;
            let replacements = String::from_utf8(replacements.to_vec()).ok()?;
            let units = units.iter().map(|unit| u32::from_le_bytes(*unit));
            (units.len() > 0).then(|| Self::new(units.collect(), replacements))
        };
        let table = decode_base64(node.text()?).and_then(|bytes| read(&bytes));
        table.ok_or_else(|| node.error("base64 of a table of replacements"))
    }

    /// Bytes of the longest replacement; a key has at least one.
    pub fn longest(&self) -> usize {
        self.replacements
            .split('\0')
            .map(str::len)
            .max()
            .unwrap_or(0)
    }

    /// Applies the table.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        let bytes = text.text.as_bytes();
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            // Between two characters of ASCII a cluster ends, unless they are CR LF: so this one is alone.
            let is_alone = is_apart(bytes, at + 1) && bytes[at] < 128;
            if is_alone {
                if !self.keeps[usize::from(bytes[at])]
                    && let Some(replacement) = self.find(&text.text[at..=at])
                {
                    found.push((at..at + 1, replacement));
                }
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            while !is_apart(bytes, at) {
                at += 1;
            }
            self.find_clusters(&text.text[start..at], start, &mut found);
        }
        if found.is_empty() {
            return text;
        }
        let mut out = Rewriter::new(&text);
        let mut done = 0;
        for (range, replacement) in found {
            out.keep(done..range.start);
            done = range.end;
            out.put(replacement, range);
        }
        out.keep(done..text.text.len());
        out.finish()
    }

    /// Replacements in a text that starts at a place, cluster by cluster.
    fn find_clusters<'t>(
        &'t self,
        text: &str,
        place: usize,
        found: &mut Vec<(Range<usize>, &'t str)>,
    ) {
        for (offset, cluster) in text.grapheme_indices(true) {
            let start = place + offset;
            if cluster.len() <= LONGEST_CLUSTER
                && let Some(replacement) = self.find(cluster)
            {
                found.push((start..start + cluster.len(), replacement));
                continue;
            }
            for (at, c) in cluster.char_indices() {
                let range = at..at + c.len_utf8();
                if let Some(replacement) = self.find(&cluster[range.clone()]) {
                    found.push((start + range.start..start + range.end, replacement));
                }
            }
        }
    }

    /// Replacement of the shortest key that `text` begins with.
    fn find(&self, text: &str) -> Option<&str> {
        let mut place = offset(*self.units.first()?);
        for &byte in text.as_bytes().iter().take_while(|&&byte| byte != 0) {
            place ^= usize::from(byte);
            let unit = *self.units.get(place)?;
            // A unit with the top bit is a value, never a label.
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                return None;
            }
            place ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let value = *self.units.get(place)? & !(1 << 31);
                let rest = self.replacements.get(value as usize..)?;
                return rest.split('\0').next();
            }
        }
        None
    }
}

/// Whether two characters of ASCII that are no line break together, or an end, meet at a place.
fn is_apart(bytes: &[u8], at: usize) -> bool {
    match (bytes.get(at.wrapping_sub(1)), bytes.get(at)) {
        (Some(&before), Some(&after)) => {
            before < 128 && after < 128 && (before != b'\r' || after != b'\n')
        }
        _ => true,
    }
}

/// How far the children of a node are from it.
fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6)
}

/// Bytes of base64 with padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_and_what_is_none_is_refused() {
        assert_eq!(
            decode_base64("AAECAw==").as_deref(),
            Some(&[0, 1, 2, 3][..])
        );
        assert_eq!(decode_base64("+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(decode_base64("").as_deref(), Some(&[][..]));
        for text in ["A", "AAA", "A===", "AA A", "AAAé"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }

    #[test]
    fn a_broken_table_leads_nowhere() {
        let mut seed = 3u32;
        for _ in 0..2000 {
            let mut next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed
            };
            let units = (0..1 + next() % 300)
                .map(|_| next() >> (next() % 32))
                .collect();
            let table = Precompiled::new(units, "a\0é\0漢".to_owned());
            let out = table.apply(Aligned::original("abc é 漢字 \u{301}a", 0, true));
            assert!(out.text.len() < 200);
        }
    }
}
