//! The normal forms of Unicode, as the reference has them: characters younger than its tables are left alone.

use std::ops::Range;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char as unicode, is_nfc_quick, is_nfd_quick, is_nfkc_quick,
    is_nfkd_quick,
};

use crate::aligned::{Aligned, Rewriter};
use crate::legacy::is_compatibility_stranger;
use crate::normalization_exceptions::RANGES;

/// A normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// Brings a text into the form. Works stretch by stretch between characters that nothing before them can be composed
    /// or reordered with, so that the source of every stretch is known.
    pub fn apply<'a>(self, text: Aligned<'a>) -> Aligned<'a> {
        if text.text.is_ascii() || self.is_reached(text.text.chars()) {
            return text;
        }
        let mut out = Rewriter::new(&text);
        let mut start = 0;
        let mut flush = |range: Range<usize>, as_it_is: bool| {
            let stretch = &text.text[range.clone()];
            if as_it_is || self.is_reached(stretch.chars()) {
                out.keep(range);
            } else {
                out.put(&self.of(stretch), range);
            }
        };
        for (at, c) in text.text.char_indices() {
            let strange = self.is_stranger(c);
            if at > start && (strange || self.is_boundary(c)) {
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

    fn of(self, text: &str) -> String {
        match self {
            Self::Nfc => text.nfc().collect(),
            Self::Nfd => text.nfd().collect(),
            Self::Nfkc => text.nfkc().collect(),
            Self::Nfkd => text.nfkd().collect(),
        }
    }

    /// Whether the quick check says that a text is in the form.
    pub fn is_reached(self, chars: impl Iterator<Item = char>) -> bool {
        let quick = match self {
            Self::Nfc => is_nfc_quick(chars),
            Self::Nfd => is_nfd_quick(chars),
            Self::Nfkc => is_nfkc_quick(chars),
            Self::Nfkd => is_nfkd_quick(chars),
        };
        quick == IsNormalized::Yes
    }

    /// Whether the reference's tables, which are older, do not know what the character becomes or reorders with.
    pub fn is_stranger(self, c: char) -> bool {
        if c.is_ascii() {
            return false;
        }
        let code = c as u32;
        let at = RANGES.partition_point(|range| range.1 < code);
        let compatible = matches!(self, Self::Nfkc | Self::Nfkd);
        RANGES.get(at).is_some_and(|range| range.0 <= code)
            || compatible && is_compatibility_stranger(c)
    }

    /// Whether nothing before `c` can be composed or reordered with `c` or with what follows.
    pub fn is_boundary(self, c: char) -> bool {
        if c.is_ascii() {
            return true;
        }
        let starts = |c: char| combining_class(c) == 0;
        let mut first = None;
        match self {
            Self::Nfc | Self::Nfkc => return starts(c) && self.is_reached(std::iter::once(c)),
            Self::Nfd => unicode::decompose_canonical(c, |part| first = first.or(Some(part))),
            Self::Nfkd => unicode::decompose_compatible(c, |part| first = first.or(Some(part))),
        }
        first.is_some_and(starts)
    }
}

/// The canonical combining class of a character; 0 for one that does not move.
pub fn combining_class(c: char) -> u8 {
    unicode::canonical_combining_class(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_by_stretches_is_the_form_of_the_whole() {
        let mut rng = fastrand::Rng::with_seed(7);
        let pool = [
            'e', 'é', '\u{301}', '\u{323}', 'ᄀ', 'ᅡ', 'ᆨ', '가', '\u{1100}', 'A', 'Å', '\u{30a}',
            ' ', '\u{958}', '漢', 'ﬁ', '\u{ff9e}', 'ｶ', '\u{f73}', '\u{f71}', '²',
        ];
        for round in 0..4000 {
            let form = [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd][round % 4];
            let text: String = (0..12).map(|_| pool[rng.usize(..pool.len())]).collect();
            let ours = form.apply(Aligned::original(&text, 0, true));
            assert_eq!(ours.text, form.of(&text), "{form:?} of {text:?}");
            assert_eq!(ours.span(0..ours.text.len()), (0, text.len() as u32));
        }
    }
}
