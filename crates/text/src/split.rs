//! One splitter: what it finds, and what becomes of the text that it finds.

use std::ops::Range;

use crate::json::{Load, Node};
use crate::legacy::{SIGN, is_punctuation, script_of, signs_and_spaces};
use crate::pattern::Machine;
use crate::regex_split::Pattern;
use crate::unicode::{Classes, NUMBER, SPACE, WORD};

/// What becomes of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// It is a piece of its own.
    Isolated,
    /// It is dropped.
    Removed,
    /// It ends the piece before it.
    MergedWithPrevious,
    /// It begins the piece after it.
    MergedWithNext,
    /// Neighbouring matches are one piece.
    Contiguous,
}

/// How matches are found.
#[derive(Debug, Clone)]
pub enum Finder {
    /// A known pattern, which matches everywhere.
    Machine(Machine),
    /// Any other pattern.
    Regex(Pattern),
    /// A text.
    Literal(String),
    /// One numeric character.
    Digit,
    /// Stretches that begin at runs of a character; they lie end to end.
    BeforeRuns(char),
    /// One white-space character.
    Space,
    /// One character of punctuation.
    Punctuation,
    /// Runs of word characters, and runs of what is neither that nor white space; nothing else is a piece.
    Words,
    /// Each character of punctuation, and what lies between those and white space; nothing else is a piece.
    BertWords,
    /// Stretches of one script, in which white space and signs go with what is before them; nothing else is a piece.
    Scripts,
    /// Stretches of so many characters.
    Chars(usize),
}

/// A finder and a behavior.
#[derive(Debug, Clone)]
pub struct Splitter {
    /// What is found.
    pub finder: Finder,
    /// What becomes of it.
    pub behavior: Behavior,
    /// Whether the text between the matches is what is found.
    pub invert: bool,
}

impl Splitter {
    /// A splitter whose matches are pieces.
    pub fn isolated(finder: Finder) -> Self {
        Self {
            finder,
            behavior: Behavior::Isolated,
            invert: false,
        }
    }

    /// Reads a `Split`.
    pub fn load(node: &Node<'_>) -> Load<Self> {
        node.only(&["type", "pattern", "behavior", "invert"])?;
        let behavior = node.need("behavior")?;
        let pattern = node.need("pattern")?;
        pattern.only(&["String", "Regex"])?;
        let finder = match (pattern.get("String"), pattern.get("Regex")) {
            (Some(text), None) => Finder::literal(text.text()?),
            (None, Some(regex)) => match Machine::known(&[regex.text()?]) {
                Some((machine, _)) => Finder::Machine(machine),
                None => {
                    Finder::Regex(Pattern::new(regex.text()?).map_err(|what| regex.error(what))?)
                }
            },
            _ => return Err(pattern.error("either a regular expression or a text")),
        };
        Ok(Self {
            finder,
            behavior: read_behavior(&behavior)?,
            invert: node.flag("invert", false)?,
        })
    }

    /// The machine, if its matches are the pieces.
    pub fn machine(&self) -> Option<Machine> {
        match (&self.finder, self.behavior) {
            (Finder::Machine(machine), Behavior::Isolated) => Some(*machine),
            _ => None,
        }
    }

    /// Calls `sink` for every piece, in order; pieces are never empty.
    pub fn split(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        let gives_pieces = matches!(
            self.finder,
            Finder::Machine(_)
                | Finder::BeforeRuns(_)
                | Finder::Words
                | Finder::BertWords
                | Finder::Scripts
                | Finder::Chars(1..)
        );
        if gives_pieces && self.behavior == Behavior::Isolated {
            return self.find(text, sink);
        }
        if !self.invert && self.behavior == Behavior::MergedWithNext {
            // Every match begins a piece.
            let mut start = 0;
            self.find(text, &mut |found| {
                if start < found.start {
                    sink(start..found.start);
                    start = found.start;
                }
            });
            if start < text.len() {
                sink(start..text.len());
            }
            return;
        }
        // Matches and gaps, end to end, with whether each counts as found.
        let mut stretches: Vec<(Range<usize>, bool)> = Vec::new();
        let mut done = 0;
        self.find(text, &mut |found| {
            if done < found.start {
                stretches.push((done..found.start, self.invert));
            }
            done = found.end;
            stretches.push((found, !self.invert));
        });
        if done < text.len() {
            stretches.push((done..text.len(), self.invert));
        }
        for range in self.behavior.join(&stretches) {
            if !range.is_empty() {
                sink(range);
            }
        }
    }

    fn find(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        self.finder.find(text, sink);
    }
}

impl Finder {
    /// Finds a text, also the empty one, which is between all characters.
    pub fn literal(text: &str) -> Self {
        if text.is_empty() {
            Self::Chars(0)
        } else {
            Self::Literal(text.to_owned())
        }
    }

    /// Calls `sink` for every match, in order.
    pub fn find(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        let mut chars = |good: &dyn Fn(char) -> bool| {
            let found = text.char_indices().filter(|&(_, c)| good(c));
            found.for_each(|(at, c)| sink(at..at + c.len_utf8()));
        };
        match self {
            Finder::Machine(machine) => machine.each(text, |start, end| sink(start..end)),
            Finder::Regex(pattern) => pattern.find(text, sink),
            Finder::Literal(literal) => {
                matches(text, literal, |at| sink(at..at + literal.len()));
            }
            Finder::Digit => {
                let classes = Classes::get();
                chars(&|c| classes.of(c) & NUMBER != 0 && !is_young(c));
            }
            Finder::Space => chars(&|c| Classes::get().is_space(c)),
            Finder::Punctuation => chars(&is_punctuation),
            Finder::Words => words(text, sink),
            Finder::BertWords => bert_words(text, sink),
            Finder::Scripts => scripts(text, sink),
            Finder::Chars(0) => {
                let places = text.char_indices().map(|(at, _)| at);
                places.chain([text.len()]).for_each(|at| sink(at..at));
            }
            Finder::Chars(count) => {
                let mut places = text
                    .char_indices()
                    .step_by(*count)
                    .map(|(at, _)| at)
                    .peekable();
                while let Some(start) = places.next() {
                    sink(start..places.peek().copied().unwrap_or(text.len()));
                }
            }
            Finder::BeforeRuns(mark) => {
                let mut start = 0;
                let mut inside = true;
                for (at, c) in text.char_indices() {
                    if c == *mark && !inside {
                        sink(start..at);
                        start = at;
                    }
                    inside = c == *mark;
                }
                if start < text.len() {
                    sink(start..text.len());
                }
            }
        }
    }
}

/// Calls `sink` for every place where a text that is not empty occurs, from the left; occurrences do not overlap.
pub fn matches(text: &str, literal: &str, mut sink: impl FnMut(usize)) {
    let mut chars = literal.chars();
    match (chars.next(), chars.next()) {
        // The standard library has a faster way for one character.
        (Some(c), None) => text.match_indices(c).for_each(|(at, _)| sink(at)),
        _ => text.match_indices(literal).for_each(|(at, _)| sink(at)),
    }
}

/// Reads a behavior.
pub fn read_behavior(node: &Node<'_>) -> Load<Behavior> {
    match node.text()? {
        "Isolated" => Ok(Behavior::Isolated),
        "Removed" => Ok(Behavior::Removed),
        "MergedWithPrevious" => Ok(Behavior::MergedWithPrevious),
        "MergedWithNext" => Ok(Behavior::MergedWithNext),
        "Contiguous" => Ok(Behavior::Contiguous),
        _ => {
            let names = "one of Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous";
            Err(node.error(names))
        }
    }
}

/// `\w+|[^\w\s]+`.
fn words(text: &str, sink: &mut dyn FnMut(Range<usize>)) {
    let classes = Classes::get();
    let mut start = 0;
    let mut before = SPACE;
    for (at, c) in text.char_indices() {
        let class = classes.of(c) & (SPACE | WORD);
        if class != before {
            if before != SPACE {
                sink(start..at);
            }
            start = at;
            before = class;
        }
    }
    if before != SPACE {
        sink(start..text.len());
    }
}

/// White space is dropped, every sign is a piece.
fn bert_words(text: &str, sink: &mut dyn FnMut(Range<usize>)) {
    let mut start = 0;
    signs_and_spaces(text, |at, size, bits| {
        if start < at {
            sink(start..at);
        }
        start = at + size;
        if bits & SIGN != 0 {
            sink(at..start);
        }
    });
    if start < text.len() {
        sink(start..text.len());
    }
}

/// Stretches that begin where the script changes. What stands before the first script is lost, as in the reference.
fn scripts(text: &str, sink: &mut dyn FnMut(Range<usize>)) {
    let mut start = None;
    let mut last = 0;
    for (at, c) in text.char_indices() {
        let script = script_of(c);
        if script != 0 && script != last {
            if let Some(start) = start {
                sink(start..at);
            }
            start = Some(at);
            last = script;
        }
    }
    if let Some(start) = start {
        sink(start..text.len());
    }
}

/// Numbers of Unicode 17, which the reference's `Digits` does not know yet.
fn is_young(c: char) -> bool {
    matches!(c, '\u{11de0}'..='\u{11de9}' | '\u{16ff4}'..='\u{16ff6}')
}

impl Behavior {
    fn join(self, stretches: &[(Range<usize>, bool)]) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::with_capacity(stretches.len());
        let mut previous = false;
        match self {
            Self::Isolated => out.extend(stretches.iter().map(|(range, _)| range.clone())),
            Self::Removed => out.extend(
                stretches
                    .iter()
                    .filter(|(_, found)| !found)
                    .map(|(range, _)| range.clone()),
            ),
            Self::Contiguous => {
                for (range, found) in stretches {
                    match out.last_mut() {
                        Some(last) if *found == previous => last.end = range.end,
                        _ => out.push(range.clone()),
                    }
                    previous = *found;
                }
            }
            Self::MergedWithPrevious => {
                for (range, found) in stretches {
                    match out.last_mut() {
                        Some(last) if *found && !previous => last.end = range.end,
                        _ => out.push(range.clone()),
                    }
                    previous = *found;
                }
            }
            Self::MergedWithNext => {
                for (range, found) in stretches.iter().rev() {
                    match out.last_mut() {
                        Some(last) if *found && !previous => last.start = range.start,
                        _ => out.push(range.clone()),
                    }
                    previous = *found;
                }
                out.reverse();
            }
        }
        out
    }
}
