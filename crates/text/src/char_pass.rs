//! Steps of a normalizer that look at single characters, and at most one normal form among them, in one pass.
//!
//! What a character becomes is looked up, whatever it takes to work it out. That is right wherever the form does not join it to
//! its neighbours. So the pass goes by stretches: a character at which the form may cut, and those behind it at which it may
//! not. A stretch of one character, or one that is in the form already, is looked up; any other goes through the steps.

use std::borrow::Cow;
use std::ops::Range;

use crate::aligned::{Aligned, Rewriter};
use crate::bert_words::kind_of;
use crate::char_table::{CharTable, Entry, Found};
use crate::normalizer::Step;
use crate::unicode_normal::combining_class;

/// The character stays as it is.
pub const SAME: u8 = 1;
/// The form leaves it alone, but for the order of marks.
const FORMED: u8 = 2;
/// It does not begin a stretch.
pub const JOINS: u8 = 4;
/// Nothing is left of it for the form.
const GONE: u8 = 8;
/// It stays, and may only be joined by what follows.
pub const PLAIN: u8 = SAME | FORMED;
/// All of these; the other bits are of [`kind_of`].
const STEPS: u8 = SAME | FORMED | JOINS | GONE;

/// The steps as one.
#[derive(Debug, Clone)]
pub struct CharPass {
    steps: Vec<Step>,
    table: CharTable,
    /// Bits of the characters of ASCII.
    ascii: [u8; 128],
}

/// What takes the characters, in order. It has those that are passed over without being told.
pub trait Sink {
    /// Bits that must be [`PLAIN`] and no more for a character to be passed over.
    const PASSES: u8;

    /// End of a run of characters of ASCII that are not told, and where its last stretch begins; need not be the longest.
    /// `run` is where the stretch at `at` begins.
    fn skip(&mut self, ascii: &[u8; 128], bytes: &[u8], run: usize, at: usize) -> (usize, usize);

    /// A character that nothing is joined to: what becomes of it is in the table.
    fn single(&mut self, table: &CharTable, entry: Entry, range: Range<usize>);

    /// A stretch and what it becomes.
    fn stretch(&mut self, range: Range<usize>, becomes: &Aligned<'_>);
}

impl CharPass {
    /// Makes one of steps of which each [`Step::is_of_chars`], with at most one form.
    pub fn new(steps: Vec<Step>) -> Self {
        let mut pass = Self {
            steps,
            table: CharTable::new(),
            ascii: [0; 128],
        };
        pass.ascii = std::array::from_fn(|code| pass.table.entry(code, pass.make()).flags);
        pass
    }

    /// Applies all steps.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        let out = Rewriter::new(&text);
        let mut rewrite = Rewrite { out, done: 0 };
        self.each(&text, &mut rewrite);
        let Rewrite { mut out, done } = rewrite;
        if done == 0 {
            return text;
        }
        out.keep(done..text.text.len());
        out.finish()
    }

    /// Gives `sink` the characters of a text, but for those that it passes over.
    pub fn each<S: Sink>(&self, text: &Aligned<'_>, sink: &mut S) {
        let bytes = text.text.as_bytes();
        let mut at = 0;
        // The character at `at`, if it has been looked up.
        let mut known = None;
        while let Some((last, found)) = self.skip(bytes, &mut at, known.take(), sink) {
            let start = last.unwrap_or(at);
            let joins = start < at;
            let mut end = at + found.size;
            let mut is_single = !joins;
            while let Some(next) = self.following::<S>(bytes, end) {
                if next.entry.flags & JOINS == 0 {
                    known = Some(next);
                    break;
                }
                end += next.size;
                is_single = false;
            }
            if is_single {
                sink.single(&self.table, found.entry, at..end);
            } else if self.is_formed(&bytes[start..end]) {
                let mut place = start;
                while place < end {
                    let Found { entry, size } = self.at(bytes, place);
                    sink.single(&self.table, entry, place..place + size);
                    place += size;
                }
            } else {
                let becomes = apply_all(&self.steps, text.slice(start..end));
                sink.stretch(start..end, &becomes);
            }
            at = end;
        }
    }

    /// Moves `at` behind characters that are not told: the one behind them, and the one before it if the two are joined;
    /// none at the end. `known` is the first of all, if it has been looked up.
    #[inline]
    fn skip<S: Sink>(
        &self,
        bytes: &[u8],
        at: &mut usize,
        known: Option<Found>,
        sink: &mut S,
    ) -> Option<(Option<usize>, Found)> {
        // Where the last stretch of what is passed over begins, and the last character.
        let (mut run, mut last) = (*at, *at);
        if let Some(found) = known {
            if found.entry.flags & S::PASSES != PLAIN {
                return Some((None, found));
            }
            *at += found.size;
        }
        loop {
            if bytes.get(*at).is_some_and(u8::is_ascii) {
                let first = *at;
                (run, *at) = sink.skip(&self.ascii, bytes, run, first);
                if *at > first {
                    last = *at - 1;
                }
            }
            if *at == bytes.len() {
                return None;
            }
            let found = self.at(bytes, *at);
            if found.entry.flags & S::PASSES != PLAIN {
                let joins = found.entry.flags & JOINS != 0 && *at > run;
                return Some((joins.then_some(last), found));
            }
            last = *at;
            *at += found.size;
        }
    }

    /// The character at a place; none at the end, and if it is of ASCII and passed over.
    #[inline]
    fn following<S: Sink>(&self, bytes: &[u8], at: usize) -> Option<Found> {
        let &byte = bytes.get(at)?;
        let flags = self.ascii.get(usize::from(byte));
        let is_passed = flags.is_some_and(|flags| flags & S::PASSES == PLAIN);
        (!is_passed).then(|| self.at(bytes, at))
    }

    /// Whether the form changes nothing in a stretch, by the rule of the quick check.
    fn is_formed(&self, stretch: &[u8]) -> bool {
        let (mut at, mut before) = (0, 0);
        while at < stretch.len() {
            let Found { entry, size, .. } = self.at(stretch, at);
            at += size;
            if entry.flags & GONE != 0 {
                continue;
            }
            if entry.flags & FORMED == 0 || entry.class != 0 && before > entry.class {
                return false;
            }
            before = entry.class;
        }
        true
    }

    #[inline]
    fn at(&self, bytes: &[u8], at: usize) -> Found {
        self.table.at(bytes, at, self.make())
    }

    #[inline]
    fn make(&self) -> impl Fn(char, &mut String) -> (u8, u8) {
        let steps = &self.steps;
        move |c, texts| make_entry(steps, c, texts)
    }
}

/// The text as a whole. What is before `done` is written.
struct Rewrite<'s, 'a> {
    out: Rewriter<'s, 'a>,
    done: usize,
}

impl Sink for Rewrite<'_, '_> {
    const PASSES: u8 = STEPS;

    #[inline]
    fn skip(&mut self, ascii: &[u8; 128], bytes: &[u8], run: usize, at: usize) -> (usize, usize) {
        let flags = |byte: u8| {
            ascii
                .get(usize::from(byte))
                .map_or(0, |flags| flags & STEPS)
        };
        let rest = bytes[at..].iter();
        let count = rest.take_while(|&&byte| flags(byte) == PLAIN).count();
        (run, at + count)
    }

    fn single(&mut self, table: &CharTable, entry: Entry, range: Range<usize>) {
        if entry.flags & SAME == 0 {
            let Range { start, end } = range;
            self.out.keep(self.done..start);
            table.text(entry, |text| self.out.put(text, start..end));
            self.done = end;
        }
    }

    fn stretch(&mut self, range: Range<usize>, becomes: &Aligned<'_>) {
        self.out.keep(self.done..range.start);
        self.out.append(becomes);
        self.done = range.end;
    }
}

fn apply_all<'a>(steps: &[Step], text: Aligned<'a>) -> Aligned<'a> {
    steps.iter().fold(text, |text, step| step.apply(text))
}

/// What a character becomes, if nothing is joined to it.
fn append_all<'a>(steps: &[Step], text: &'a str) -> Cow<'a, str> {
    steps.iter().fold(Cow::Borrowed(text), |text, step| {
        let mut out = String::with_capacity(16);
        step.append(&text, &mut out);
        Cow::Owned(out)
    })
}

/// Appends what a character becomes if nothing is joined to it; its flags and combining class.
fn make_entry(steps: &[Step], c: char, texts: &mut String) -> (u8, u8) {
    let mut buffer = [0; 4];
    let alone = &*c.encode_utf8(&mut buffer);
    let forms = steps.iter().map(Step::form);
    let form = forms.enumerate().find_map(|(at, form)| Some((at, form?)));
    let (before, behind) = steps.split_at(form.map_or(steps.len(), |(at, _)| at));
    let given = append_all(before, alone);
    let becomes = append_all(behind, &given);
    let same = if becomes == alone {
        SAME
    } else {
        texts.push_str(&becomes);
        0
    } | kind_of(&becomes, alone);
    let Some((_, form)) = form else {
        return (same | FORMED, 0);
    };
    let mut chars = given.chars();
    let Some(first) = chars.next() else {
        return (same | JOINS | GONE, 0);
    };
    // What the form cuts out of its stretch goes through the steps, with what is around it.
    if given.chars().any(|c| form.is_stranger(c)) {
        return (same | JOINS, 0);
    }
    let is_formed = chars.next().is_none() && form.is_reached(std::iter::once(first));
    let joins = if form.is_boundary(first) { 0 } else { JOINS };
    let formed = if is_formed { FORMED } else { 0 };
    (same | joins | formed, combining_class(first))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::unicode_normal::Form;

    /// Calls `check` with texts in which every character stands, a run of them before each of the contexts in turns.
    pub fn in_contexts(contexts: [&str; 5], check: impl Fn(&str)) {
        let chars: Vec<char> = ('\0'..=char::MAX).collect();
        for (some, context) in chars.chunks(64).zip(contexts.into_iter().cycle()) {
            let text: String = some
                .iter()
                .flat_map(|&c| [c].into_iter().chain(context.chars()))
                .collect();
            check(&text);
        }
    }

    fn pipelines() -> Vec<Vec<Step>> {
        use Step::{BertChinese, BertClean, BertMarks, Lowercase, Nmt, StripAccents};
        let forms = [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd];
        let mut all: Vec<Vec<Step>> = forms.map(|form| vec![Step::Form(form)]).into();
        all.extend(forms.map(|form| vec![Nmt, Step::Form(form), Lowercase]));
        all.extend([
            vec![BertClean, BertChinese, BertMarks, Lowercase],
            vec![BertClean, BertChinese],
            vec![Lowercase, Step::Form(Form::Nfd), StripAccents],
            vec![Step::Form(Form::Nfkd), StripAccents, BertChinese, Lowercase],
            vec![Lowercase],
        ]);
        all
    }

    /// The text, and for each byte the characters of the original that it comes from.
    fn seen(original: &str, made: &Aligned<'_>) -> (String, Vec<(usize, usize)>) {
        let of = |at| {
            let (start, end) = made.span(at..at + 1);
            let start = original.floor_char_boundary(start as usize);
            (start, original.ceil_char_boundary(end as usize))
        };
        (
            made.text.to_string(),
            (0..made.text.len()).map(of).collect(),
        )
    }

    fn check(pass: &CharPass, text: &str) {
        let ours = pass.apply(Aligned::original(text, 0, true));
        let theirs = apply_all(&pass.steps, Aligned::original(text, 0, true));
        let steps = &pass.steps;
        assert_eq!(
            seen(text, &ours),
            seen(text, &theirs),
            "{steps:?} of {text:?}"
        );
        let untracked = pass.apply(Aligned::original(text, 0, false));
        assert_eq!(untracked.text, ours.text);
    }

    #[test]
    fn one_pass_is_the_steps_one_by_one() {
        let pool: Vec<char> = "eé\u{301}\u{323}각가\u{1100}AÅ\u{30a} \u{958}漢ﬁ\u{ff9e}ｶ\u{f73}\u{f71}²\u{1}\t\u{200b}\u{ad}\
            İßΣ\u{345}ǅ\u{1e9b}\u{fdfa}\u{f900}\u{2f800}\u{1e030}\u{16d63}\u{16d68}\u{10d40}क\u{93c}\u{94d}ำ\u{e48}\u{5b0}\u{fb2a}😀z"
            .chars()
            .collect();
        let mut rng = fastrand::Rng::with_seed(11);
        for steps in pipelines() {
            let pass = CharPass::new(steps);
            for _ in 0..3000 {
                let text: String = (0..14).map(|_| pool[rng.usize(..pool.len())]).collect();
                check(&pass, &text);
            }
        }
    }

    #[test]
    fn every_character_becomes_what_the_steps_make_of_it() {
        // The forms, and what BERT does.
        let some = pipelines().into_iter().enumerate();
        for (_, steps) in some.filter(|&(at, _)| at < 4 || at == 8) {
            let pass = CharPass::new(steps);
            in_contexts(["", "a", "\u{301}", "é\u{323}", "ᄀ"], |text| {
                check(&pass, text)
            });
        }
    }
}
