//! Steps of a normalizer that look at single characters, and the cuts of `BertPreTokenizer`, in one pass.
//!
//! Most words are as they stand in the text: these are not copied.

use std::ops::Range;

use crate::aligned::Aligned;
use crate::char_pass::{CharPass, JOINS, PLAIN, SAME, Sink};
use crate::char_table::{CharTable, Entry};
use crate::legacy::{SIGN, WHITE, class_of};
use crate::pattern_scan::ascii_letters;

/// Bits of a character that say what becomes of it; none if that is letters only, or nothing.
const KINDS: u8 = 0x70;
/// White space.
const SPACES: u8 = 0x10;
/// The same character, which is a piece of its own.
const STAYS_SIGN: u8 = 0x20;
/// The same character, with spaces around.
const ALONE: u8 = 0x30;
/// Anything else.
const MIXED: u8 = 0x40;

/// The bits for a character, which is all of a text, and what it becomes.
pub fn kind_of(becomes: &str, alone: &str) -> u8 {
    let all = |bits: u8| becomes.chars().all(|c| class_of(c) == bits);
    match becomes
        .strip_prefix(' ')
        .and_then(|text| text.strip_suffix(' '))
    {
        _ if all(0) => 0,
        _ if all(WHITE) => SPACES,
        _ if becomes == alone => STAYS_SIGN,
        Some(inside) if inside == alone => ALONE,
        _ => MIXED,
    }
}

/// Calls `sink` for every piece of the text that `pass` makes of one: the text that it is part of, and where.
pub fn each_word<E>(
    pass: &CharPass,
    text: &str,
    sink: impl FnMut(&str, Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut words = Words {
        text,
        start: 0,
        made: String::new(),
        sink,
        result: Ok(()),
    };
    pass.each(&Aligned::original(text, 0, false), &mut words);
    words.end(text.len());
    words.result
}

struct Words<'t, F, E> {
    text: &'t str,
    /// What is not done yet begins here.
    start: usize,
    /// What is before that of the same word, if it is not the same in the text.
    made: String,
    sink: F,
    result: Result<(), E>,
}

impl<E, F: FnMut(&str, Range<usize>) -> Result<(), E>> Words<'_, F, E> {
    /// A word ends, if there is one.
    #[inline]
    fn end(&mut self, at: usize) {
        if !self.made.is_empty() {
            self.end_made(at);
        } else if self.start < at {
            self.put(self.start..at);
        }
    }

    #[cold]
    fn end_made(&mut self, at: usize) {
        self.make(at);
        let end = self.made.len();
        // Whoever looks at words by 16 bytes finds as many.
        self.made.push_str("                ");
        if self.result.is_ok() {
            self.result = (self.sink)(&self.made, 0..end);
        }
        self.made.clear();
    }

    /// What is not done yet becomes part of what is made. Without a copy of nothing, which takes a call.
    #[inline]
    fn make(&mut self, at: usize) {
        if self.start < at {
            self.made.push_str(&self.text[self.start..at]);
        }
    }

    /// A piece that stands in the text.
    #[inline]
    fn put(&mut self, range: Range<usize>) {
        if self.result.is_ok() {
            self.result = (self.sink)(self.text, range);
        }
    }

    /// Something of the text becomes something else.
    fn replace(&mut self, range: Range<usize>, becomes: &str) {
        self.make(range.start);
        self.start = range.end;
        for c in becomes.chars() {
            let class = class_of(c);
            if class != 0 {
                self.end(range.end);
            }
            if class != WHITE {
                self.made.push(c);
            }
            if class & SIGN != 0 {
                self.end(range.end);
            }
        }
    }
}

impl<E, F: FnMut(&str, Range<usize>) -> Result<(), E>> Sink for Words<'_, F, E> {
    const PASSES: u8 = !0;

    /// Spaces and signs are done here, too. Nothing is joined to a space, whatever the form.
    #[inline]
    fn skip(
        &mut self,
        ascii: &[u8; 128],
        bytes: &[u8],
        mut run: usize,
        mut at: usize,
    ) -> (usize, usize) {
        // No step changes a small letter.
        let any_case = ascii[usize::from(b'A')] == PLAIN;
        let flags_at = |at: usize| Some(*ascii.get(usize::from(*bytes.get(at)?))?);
        loop {
            at = ascii_letters(bytes, at, any_case);
            let Some(flags) = flags_at(at) else {
                return (run, at);
            };
            match flags & (KINDS | JOINS) {
                0 if flags == PLAIN => {
                    at += 1;
                    continue;
                }
                SPACES => self.end(at),
                STAYS_SIGN if flags_at(at + 1).is_some_and(|next| next & JOINS == 0) => {
                    self.end(at);
                    self.put(at..at + 1);
                }
                _ => return (run, at),
            }
            at += 1;
            self.start = at;
            run = at;
        }
    }

    #[inline]
    fn single(&mut self, table: &CharTable, entry: Entry, range: Range<usize>) {
        let Range { start, end } = range;
        match entry.flags & KINDS {
            0 if entry.flags & SAME != 0 => {}
            0 => {
                self.make(start);
                // Character by character: mostly one, for which a copy takes a call.
                table.text(entry, |text| text.chars().for_each(|c| self.made.push(c)));
                self.start = end;
            }
            SPACES => {
                self.end(start);
                self.start = end;
            }
            STAYS_SIGN | ALONE => {
                self.end(start);
                self.put(start..end);
                self.start = end;
            }
            _ => table.text(entry, |text| self.replace(start..end, text)),
        }
    }

    fn stretch(&mut self, range: Range<usize>, becomes: &Aligned<'_>) {
        self.replace(range, &becomes.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::char_pass::tests::in_contexts;
    use crate::normalizer::Step;
    use crate::split::{Finder, Splitter};
    use crate::unicode_normal::Form;

    /// The same in two passes.
    fn of_two_passes(pass: &CharPass, text: &str) -> Vec<String> {
        let text = pass.apply(Aligned::original(text, 0, false)).text;
        let mut words = Vec::new();
        let splitter = Splitter::isolated(Finder::BertWords);
        splitter.split(&text, &mut |range| words.push(text[range].to_owned()));
        words
    }

    fn check(pass: &CharPass, text: &str) {
        let mut words = Vec::new();
        let result = each_word(pass, text, |text, range| {
            words.push(text[range].to_owned());
            Ok::<(), ()>(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(words, of_two_passes(pass, text), "{pass:?} of {text:?}");
    }

    fn passes() -> Vec<CharPass> {
        use Step::{BertChinese, BertClean, BertMarks, Lowercase, Nmt, StripAccents};
        let steps = [
            vec![BertClean, BertChinese, BertMarks, Lowercase],
            vec![BertClean, BertChinese],
            vec![BertChinese, Step::Form(Form::Nfkd), Lowercase],
            vec![Nmt, Step::Form(Form::Nfkc), StripAccents],
            vec![Lowercase],
        ];
        steps.map(CharPass::new).into()
    }

    #[test]
    fn one_pass_finds_the_words_of_two() {
        let pool: Vec<char> = "eé\u{301}\u{323}각가\u{1100}AÅ\u{30a}  \u{3000}\u{958}漢語ﬁ\u{ff9e}ｶ²\u{1}\t\n\u{200b}\u{ad}\
            İßΣ\u{345}\u{fdfa}\u{f900}\u{2f800}क\u{93c}\u{94d}\u{5b0}\u{fb2a}😀zb.,-。\u{37e}\u{1fef}\u{a0}\u{2002}⑴\u{2025}"
            .chars()
            .collect();
        let mut rng = fastrand::Rng::with_seed(3);
        for pass in passes() {
            for _ in 0..5000 {
                let text: String = (0..14).map(|_| pool[rng.usize(..pool.len())]).collect();
                check(&pass, &text);
            }
        }
    }

    #[test]
    fn every_character_cuts_as_in_two_passes() {
        for pass in passes() {
            in_contexts(["", "a", "\u{301}", "é\u{323}", "b c"], |text| {
                check(&pass, text)
            });
        }
    }

    #[test]
    fn nothing_is_cut_after_an_error() {
        let mut count = 0;
        let result = each_word(&passes()[0], "one Two three", |_, _| {
            count += 1;
            if count == 2 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((result, count), (Err("enough"), 2));
    }
}
