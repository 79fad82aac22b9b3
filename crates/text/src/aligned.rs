//! A text that remembers which bytes of the original it comes from.

use std::borrow::Cow;
use std::ops::Range;

/// Bytes of the original text: start and end.
pub type Span = (u32, u32);

/// How bytes map back to the original.
#[derive(Clone, Debug)]
pub enum Source {
    /// Nobody asks.
    Untracked,
    /// Byte `i` is byte `offset + i` of the original.
    Offset(u32),
    /// Byte `i` comes from this span of the original; spans never run backwards.
    Table(Vec<Span>),
}

/// A text and its source.
#[derive(Clone, Debug)]
pub struct Aligned<'a> {
    /// The text as it is now.
    pub text: Cow<'a, str>,
    /// Where it comes from.
    pub source: Source,
}

impl<'a> Aligned<'a> {
    /// A stretch of the original that starts at byte `offset`; `tracked` says whether anybody will ask for spans.
    pub fn original(text: &'a str, offset: usize, tracked: bool) -> Self {
        let source = if tracked {
            Source::Offset(offset as u32)
        } else {
            Source::Untracked
        };
        Self {
            text: Cow::Borrowed(text),
            source,
        }
    }

    /// The part of the original that a range of bytes comes from; `(0, 0)` if untracked.
    pub fn span(&self, range: Range<usize>) -> Span {
        match &self.source {
            Source::Untracked => (0, 0),
            Source::Offset(offset) => (offset + range.start as u32, offset + range.end as u32),
            Source::Table(table) if range.is_empty() => {
                let at = table.get(range.start).map_or(0, |span| span.0);
                (at, at)
            }
            Source::Table(table) => (table[range.start].0, table[range.end - 1].1),
        }
    }

    /// The same text, borrowed, cut to a range.
    pub fn slice(&'a self, range: Range<usize>) -> Aligned<'a> {
        let source = match &self.source {
            Source::Untracked => Source::Untracked,
            Source::Offset(offset) => Source::Offset(offset + range.start as u32),
            Source::Table(table) => Source::Table(table[range.clone()].to_vec()),
        };
        Aligned {
            text: Cow::Borrowed(&self.text[range]),
            source,
        }
    }

    /// A part that outlives this text.
    pub fn cut(&self, range: Range<usize>) -> Aligned<'a> {
        let source = match &self.source {
            Source::Untracked => Source::Untracked,
            Source::Offset(offset) => Source::Offset(offset + range.start as u32),
            Source::Table(table) => Source::Table(table[range.clone()].to_vec()),
        };
        let text = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        };
        Aligned { text, source }
    }
}

/// Builds a changed copy of an aligned text.
pub struct Rewriter<'s, 'a> {
    from: &'s Aligned<'a>,
    text: String,
    table: Option<Vec<Span>>,
}

impl<'s, 'a> Rewriter<'s, 'a> {
    /// Starts with nothing written.
    pub fn new(from: &'s Aligned<'a>) -> Self {
        let tracked = !matches!(from.source, Source::Untracked);
        let room = from.text.len() + 8;
        Self {
            from,
            text: String::with_capacity(room),
            table: tracked.then(|| Vec::with_capacity(room)),
        }
    }

    /// Copies a range as it is.
    pub fn keep(&mut self, range: Range<usize>) {
        // A copy takes a call, also one of nothing.
        if range.is_empty() {
            return;
        }
        self.text.push_str(&self.from.text[range.clone()]);
        if let Some(table) = &mut self.table {
            table.extend(range.map(|at| self.from.span(at..at + 1)));
        }
    }

    /// Writes `text` in the place of a range: all of it comes from all of the range.
    pub fn put(&mut self, text: &str, range: Range<usize>) {
        // Mostly one character.
        if text.len() < 5 {
            text.chars().for_each(|c| self.text.push(c));
        } else {
            self.text.push_str(text);
        }
        if let Some(table) = &mut self.table {
            let span = self.from.span(range);
            table.extend(std::iter::repeat_n(span, text.len()));
        }
    }

    /// Writes a text that was made of a slice of this one.
    pub fn append(&mut self, made: &Aligned<'_>) {
        self.text.push_str(&made.text);
        if let Some(table) = &mut self.table {
            table.extend((0..made.text.len()).map(|at| made.span(at..at + 1)));
        }
    }

    /// The copy.
    pub fn finish(self) -> Aligned<'static> {
        let source = self.table.map_or(Source::Untracked, Source::Table);
        Aligned {
            text: Cow::Owned(self.text),
            source,
        }
    }
}
