//! `Precompiled`: the table of replacements that a SentencePiece model carries.
//!
//! A double array of bytes (as Darts has it: 32-bit units with a label, an offset and a leaf bit) leads to places in a text
//! of replacements that end at NUL. As in the reference, a grapheme cluster of fewer than six bytes is looked up whole, and
//! the *shortest* key that it begins with replaces all of it; else each of its characters is looked up so.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::aligned::{Aligned, Rewriter};
use crate::base64::decode_base64;
use crate::char_table::{CharTable, Entry, Found};
use crate::json::{Load, Node};

/// Longest grapheme cluster that is looked up whole, bytes.
const LONGEST_CLUSTER: usize = 5;

/// No key begins with the character.
const INERT: u8 = 1;
/// Between two of this kind, but CR LF, a cluster ends.
const APART: u8 = 2;
/// Alone it is replaced.
const FOUND: u8 = 4;

/// The table.
#[derive(Debug, Clone)]
pub struct Precompiled {
    units: Vec<u32>,
    replacements: String,
    table: CharTable,
    /// For each character of ASCII whether it is apart and stays as it is if it is alone.
    keeps: [bool; 128],
}

impl Precompiled {
    fn new(units: Vec<u32>, replacements: String) -> Self {
        let mut this = Self {
            units,
            replacements,
            table: CharTable::new(),
            keeps: [false; 128],
        };
        this.keeps = std::array::from_fn(|code| {
            let is_break = code == usize::from(b'\r') || code == usize::from(b'\n');
            !is_break && is_quiet(this.table.entry(code, this.make()))
        });
        this
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
        let mut out = Rewriter::new(&text);
        let mut done = 0;
        let mut put = |range: Range<usize>, replacement: &str| {
            out.keep(done..range.start);
            done = range.end;
            out.put(replacement, range);
        };
        let mut at = 0;
        loop {
            // Characters between which clusters end, and that stay if they are alone.
            let mut last = at;
            let found = loop {
                let first = at;
                let rest = bytes[first..].iter();
                at += rest
                    .take_while(|&&byte| byte < 128 && self.keeps[usize::from(byte)])
                    .count();
                if at > first {
                    last = at - 1;
                }
                if at == bytes.len() {
                    break None;
                }
                let found = self.at(bytes, at);
                let joins_break = bytes[at] == b'\n' && last < at && bytes[last] == b'\r';
                if !is_quiet(found.entry) || joins_break {
                    break Some((found, joins_break));
                }
                last = at;
                at += found.size;
            };
            let Some((found, joins_break)) = found else {
                break;
            };
            let is_apart = found.entry.flags & APART != 0 && !joins_break;
            let start = if is_apart { at } else { last };
            let (end, is_inert) = self.stretch(bytes, start);
            if is_apart && end == at + found.size {
                self.table.text(found.entry, |text| put(at..end, text));
            } else if !is_inert {
                self.find_clusters(&text.text[start..end], start, &mut put);
            }
            at = end;
        }
        if done == 0 {
            return text;
        }
        out.keep(done..bytes.len());
        out.finish()
    }

    /// Where the first cluster end behind a place lies that follows from the kinds of two neighbours, and whether all
    /// characters before that are inert.
    fn stretch(&self, bytes: &[u8], start: usize) -> (usize, bool) {
        let mut before = self.at(bytes, start);
        let mut is_inert = before.entry.flags & INERT != 0;
        let mut at = start + before.size;
        while at < bytes.len() {
            let next = self.at(bytes, at);
            let is_apart = before.entry.flags & next.entry.flags & APART != 0;
            if is_apart && !(bytes[at - 1] == b'\r' && bytes[at] == b'\n') {
                break;
            }
            is_inert &= next.entry.flags & INERT != 0;
            at += next.size;
            before = next;
        }
        (at, is_inert)
    }

    #[inline]
    fn at(&self, bytes: &[u8], at: usize) -> Found {
        self.table.at(bytes, at, self.make())
    }

    #[inline]
    fn make(&self) -> impl Fn(char, &mut String) -> (u8, u8) {
        |c, texts| {
            let mut buffer = [0; 4];
            let text = &*c.encode_utf8(&mut buffer);
            let (found, goes_on) = self.walk(text);
            texts.push_str(found.unwrap_or(""));
            let found = if found.is_some() { FOUND } else { 0 };
            let inert = if goes_on { 0 } else { INERT };
            let apart = if is_apart(c) { APART } else { 0 };
            (found | inert | apart, 0)
        }
    }

    /// Replacements in a text that starts at a place, cluster by cluster.
    fn find_clusters(&self, text: &str, place: usize, put: &mut impl FnMut(Range<usize>, &str)) {
        for (offset, cluster) in text.grapheme_indices(true) {
            let start = place + offset;
            if cluster.len() <= LONGEST_CLUSTER
                && let Some(replacement) = self.find(cluster)
            {
                put(start..start + cluster.len(), replacement);
                continue;
            }
            for (at, c) in cluster.char_indices() {
                let range = at..at + c.len_utf8();
                if let Some(replacement) = self.find(&cluster[range.clone()]) {
                    put(start + range.start..start + range.end, replacement);
                }
            }
        }
    }

    /// Replacement of the shortest key that `text` begins with.
    fn find(&self, text: &str) -> Option<&str> {
        self.walk(text).0
    }

    /// Replacement of the shortest key that `text` begins with; whether a key may begin with `text`.
    fn walk(&self, text: &str) -> (Option<&str>, bool) {
        let Some(&root) = self.units.first() else {
            return (None, false);
        };
        let mut place = offset(root);
        for &byte in text.as_bytes() {
            // NUL ends a text for the reference.
            if byte == 0 {
                return (None, false);
            }
            place ^= usize::from(byte);
            // A unit with the top bit is a value, never a label.
            let unit = match self.units.get(place) {
                Some(&unit) if unit & (1 << 31 | 0xff) == u32::from(byte) => unit,
                _ => return (None, false),
            };
            place ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                return (self.replacement(place), true);
            }
        }
        (None, true)
    }

    /// The replacement that the unit at a place leads to.
    fn replacement(&self, place: usize) -> Option<&str> {
        let value = *self.units.get(place)? & !(1 << 31);
        let rest = self.replacements.get(value as usize..)?;
        rest.split('\0').next()
    }
}

fn is_quiet(entry: Entry) -> bool {
    entry.flags & (APART | FOUND) == APART
}

/// Whether a cluster ends between the character and any other of this kind: what joins others of its own kind only, as
/// regional indicators do, is seen by doubling it. CR LF is all that this does not say.
fn is_apart(c: char) -> bool {
    let mut buffer = [b'a'; 10];
    let size = c.len_utf8();
    c.encode_utf8(&mut buffer[1..]);
    c.encode_utf8(&mut buffer[1 + size..]);
    let text = str::from_utf8(&buffer[..2 + 2 * size]).unwrap_or("");
    text.graphemes(true).count() == 4
}

/// How far the children of a node are from it.
fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_that_are_apart_a_cluster_ends() {
        let chars: Vec<char> = ('\0'..=char::MAX).collect();
        let apart: Vec<char> = chars.into_iter().filter(|&c| is_apart(c)).collect();
        assert!(apart.len() > 1_100_000);
        let mut rng = fastrand::Rng::with_seed(7);
        for (round, &one) in apart.iter().enumerate() {
            // Half of them from the scripts at the beginning.
            let bound = [apart.len(), 0x4000][round % 2];
            let other = apart[rng.usize(..bound)];
            let pair = [[one, other], [other, one]][round / 2 % 2];
            let text: String = pair.iter().collect();
            let clusters = text.graphemes(true).count();
            assert!(text == "\r\n" || clusters == 2, "{text:?}");
        }
    }

    /// A double array of keys and what replaces them, made the simplest way.
    fn table_of(keys: &[(&str, &str)]) -> Precompiled {
        let mut sorted: Vec<(&[u8], u32)> = Vec::new();
        let mut replacements = String::new();
        for (key, replacement) in keys {
            sorted.push((key.as_bytes(), replacements.len() as u32));
            replacements.push_str(replacement);
            replacements.push('\0');
        }
        sorted.sort();
        sorted.dedup_by_key(|entry| entry.0);
        let mut units = vec![0u32; 1 << 16];
        let mut taken = vec![false; units.len()];
        taken[0] = true;
        let mut bases = 1;
        let mut open = vec![(&sorted[..], 0usize, 0usize)];
        while let Some((keys, depth, place)) = open.pop() {
            // Every node has 256 places of its own.
            let base = bases << 8;
            bases += 1;
            units[place] |= ((base ^ place) as u32) << 10;
            for group in keys.chunk_by(|one, other| one.0.get(depth) == other.0.get(depth)) {
                match group[0].0.get(depth) {
                    None => {
                        units[place] |= 1 << 8;
                        units[base] = 1 << 31 | group[0].1;
                    }
                    Some(&byte) => {
                        let child = base ^ usize::from(byte);
                        units[child] |= u32::from(byte);
                        open.push((group, depth + 1, child));
                    }
                }
            }
        }
        Precompiled::new(units, replacements)
    }

    #[test]
    fn stretches_are_replaced_as_the_clusters_of_the_whole_are() {
        let pool: Vec<char> = "aeé\u{301}\u{323}\r\n \0가\u{1100}\u{1161}\u{11a8}क\u{94d}\u{93c}👨\u{200d}🏽🇩🇪漢\u{600}ำ\u{903}ﬁ"
            .chars()
            .collect();
        let mut rng = fastrand::Rng::with_seed(5);
        let mut text = |bound: usize| -> String {
            (0..rng.usize(..bound))
                .map(|_| pool[rng.usize(..pool.len())])
                .collect()
        };
        let mut replaced = 0;
        for _ in 0..200 {
            let keys: Vec<String> = (0..12).map(|_| text(4).replace('\0', "")).collect();
            let keys: Vec<(&str, &str)> = keys
                .iter()
                .filter(|key| !key.is_empty())
                .map(|key| (key.as_str(), ["", "x", "漢é"][key.len() % 3]))
                .collect();
            let table = table_of(&keys);
            for _ in 0..100 {
                let text = text(14);
                let mut want: Vec<(Range<usize>, String)> = Vec::new();
                table.find_clusters(&text, 0, &mut |range, replacement| {
                    want.push((range, replacement.to_owned()));
                });
                let original = Aligned::original(&text, 0, true);
                let mut out = Rewriter::new(&original);
                let mut done = 0;
                replaced += want.len();
                for (range, replacement) in want {
                    out.keep(done..range.start);
                    done = range.end;
                    out.put(&replacement, range);
                }
                out.keep(done..text.len());
                let want = out.finish();
                let ours = table.apply(original.clone());
                assert_eq!(ours.text, want.text, "{text:?} {keys:?}");
                for at in 0..ours.text.len() {
                    assert_eq!(ours.span(at..at + 1), want.span(at..at + 1));
                }
            }
        }
        assert!(replaced > 10_000, "{replaced}");
    }

    #[test]
    fn a_broken_table_leads_nowhere() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..2000 {
            let units = (0..rng.usize(1..=300))
                .map(|_| rng.u32(..) >> rng.u32(..32))
                .collect();
            let table = Precompiled::new(units, "a\0é\0漢".to_owned());
            let out = table.apply(Aligned::original("abc é 漢字 \u{301}a", 0, true));
            assert!(out.text.len() < 200);
        }
    }
}
