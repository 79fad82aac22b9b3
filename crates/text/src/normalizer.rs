//! Stage 1: what happens to the text between added tokens before it is cut.

use unicode_normalization::{IsNormalized, UnicodeNormalization, char as unicode, is_nfc_quick};

use crate::aligned::{Aligned, Rewriter};
use crate::json::{Load, Node};
use crate::normalization_exceptions::RANGES;

const SUPPORTED: [&str; 4] = ["NFC", "Prepend", "Replace", "Sequence"];

/// One step.
#[derive(Debug, Clone)]
enum Step {
    Nfc,
    Prepend(String),
    Replace { pattern: String, content: String },
}

/// All steps, in order.
#[derive(Debug, Clone, Default)]
pub struct Normalizer {
    steps: Vec<Step>,
}

impl Normalizer {
    /// Reads `normalizer`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let mut steps = Vec::new();
        if let Some(node) = node {
            read(&node, &mut steps)?;
        }
        Ok(Self { steps })
    }

    /// Whether every text comes back as it is.
    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// Applies the steps to one stretch of text.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        self.steps.iter().fold(text, |text, step| match step {
            Step::Nfc => nfc(text),
            Step::Prepend(prefix) => prepend(text, prefix),
            Step::Replace { pattern, content } => replace(text, pattern, content),
        })
    }
}

fn read(node: &Node<'_>, steps: &mut Vec<Step>) -> Load<()> {
    match node.kind()? {
        "Sequence" => {
            node.only(&["type", "normalizers"])?;
            for item in node.need("normalizers")?.items()? {
                read(&item, steps)?;
            }
        }
        "NFC" => {
            node.only(&["type"])?;
            steps.push(Step::Nfc);
        }
        "Prepend" => {
            node.only(&["type", "prepend"])?;
            steps.push(Step::Prepend(node.need("prepend")?.text()?.to_owned()));
        }
        "Replace" => {
            node.only(&["type", "pattern", "content"])?;
            let (pattern, content) = read_replace(node)?;
            steps.push(Step::Replace { pattern, content });
        }
        _ => return Err(node.unsupported(&SUPPORTED)),
    }
    Ok(())
}

/// Reads the pattern, which must be a non-empty literal, and the content of a `Replace`.
pub fn read_replace(node: &Node<'_>) -> Load<(String, String)> {
    let pattern = node.need("pattern")?;
    pattern.only(&["String"])?;
    let text = pattern.need("String")?;
    if text.text()?.is_empty() {
        return Err(text.error("a text that is not empty"));
    }
    Ok((
        text.text()?.to_owned(),
        node.need("content")?.text()?.to_owned(),
    ))
}

/// Puts `prefix` in front of a text that is not empty; it counts as part of the first character.
pub fn prepend<'a>(text: Aligned<'a>, prefix: &str) -> Aligned<'a> {
    let Some(first) = text.text.chars().next() else {
        return text;
    };
    let mut out = Rewriter::new(&text);
    out.put(prefix, 0..first.len_utf8());
    out.keep(0..text.text.len());
    out.finish()
}

/// Replaces every occurrence of a literal, from the left.
pub fn replace<'a>(text: Aligned<'a>, pattern: &str, content: &str) -> Aligned<'a> {
    if !text.text.contains(pattern) {
        return text;
    }
    let mut out = Rewriter::new(&text);
    let mut done = 0;
    for (start, found) in text.text.match_indices(pattern) {
        out.keep(done..start);
        done = start + found.len();
        out.put(content, start..done);
    }
    out.keep(done..text.text.len());
    out.finish()
}

/// Canonical composition. Works stretch by stretch between characters that nothing can be composed with, so that the
/// source of every stretch is known.
fn nfc(text: Aligned<'_>) -> Aligned<'_> {
    if is_nfc_quick(text.text.chars()) == IsNormalized::Yes {
        return text;
    }
    let mut out = Rewriter::new(&text);
    let mut start = 0;
    let mut flush = |range: std::ops::Range<usize>, as_it_is: bool| {
        let stretch = &text.text[range.clone()];
        if as_it_is || is_nfc_quick(stretch.chars()) == IsNormalized::Yes {
            out.keep(range);
        } else {
            out.put(&stretch.nfc().collect::<String>(), range);
        }
    };
    for (at, c) in text.text.char_indices() {
        let strange = is_strange(c);
        if at > start && (strange || is_boundary(c)) {
            flush(start..at, false);
            start = at;
        }
        if strange {
            start = at + c.len_utf8();
            flush(at..start, true);
        }
    }
    flush(start..text.text.len(), false);
    out.finish()
}

/// Whether the reference's tables, which are older, do not know what the character composes or reorders with.
fn is_strange(c: char) -> bool {
    let code = c as u32;
    let at = RANGES.partition_point(|range| range.1 < code);
    RANGES.get(at).is_some_and(|range| range.0 <= code)
}

/// Whether nothing before `c` can be composed or reordered with `c` or with what follows.
fn is_boundary(c: char) -> bool {
    c.is_ascii()
        || (unicode::canonical_combining_class(c) == 0
            && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nfc_by_stretches_is_nfc_of_the_whole() {
        let mut seed = 7u32;
        let pool = [
            'e', 'é', '\u{301}', '\u{323}', 'ᄀ', 'ᅡ', 'ᆨ', '가', '\u{1100}', 'A', 'Å', '\u{30a}',
            ' ', '\u{958}', '漢',
        ];
        for _ in 0..2000 {
            let text: String = (0..12)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    pool[(seed >> 9) as usize % pool.len()]
                })
                .collect();
            let ours = nfc(Aligned::original(&text, 0, true));
            assert_eq!(ours.text, text.nfc().collect::<String>());
            assert_eq!(ours.span(0..ours.text.len()), (0, text.len() as u32));
        }
    }
}
