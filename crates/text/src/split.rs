//! One splitter: what it finds, and what becomes of the text that it finds.

use std::ops::Range;

use crate::json::{Load, Node};
use crate::pattern::Machine;
use crate::regex_split::Pattern;
use crate::unicode::{Classes, NUMBER};

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
            (Some(text), _) if !text.text()?.is_empty() => Finder::Literal(text.text()?.to_owned()),
            (None, Some(regex)) => match Machine::known(regex.text()?) {
                Some(machine) => Finder::Machine(machine),
                None => {
                    Finder::Regex(Pattern::new(regex.text()?).map_err(|what| regex.error(what))?)
                }
            },
            _ => return Err(pattern.error("a regular expression or a text that is not empty")),
        };
        let behavior = match behavior.text()? {
            "Isolated" => Behavior::Isolated,
            "Removed" => Behavior::Removed,
            "MergedWithPrevious" => Behavior::MergedWithPrevious,
            "MergedWithNext" => Behavior::MergedWithNext,
            "Contiguous" => Behavior::Contiguous,
            _ => {
                let names =
                    "one of Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous";
                return Err(behavior.error(names));
            }
        };
        Ok(Self {
            finder,
            behavior,
            invert: node.flag("invert", false)?,
        })
    }

    /// Calls `sink` for every piece, in order; pieces are never empty.
    pub fn split(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        let lie_end_to_end = matches!(self.finder, Finder::Machine(_) | Finder::BeforeRuns(_));
        if lie_end_to_end && self.behavior == Behavior::Isolated {
            return self.find(text, sink);
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
        match &self.finder {
            Finder::Machine(machine) => {
                let mut start = 0;
                while start < text.len() {
                    let end = machine.next(text, start);
                    sink(start..end);
                    start = end;
                }
            }
            Finder::Regex(pattern) => pattern.find(text, sink),
            Finder::Literal(literal) => {
                text.match_indices(literal.as_str())
                    .for_each(|(at, found)| sink(at..at + found.len()));
            }
            Finder::Digit => {
                let classes = Classes::get();
                let digits = text
                    .char_indices()
                    .filter(|&(_, c)| classes.of(c) & NUMBER != 0 && !is_young(c));
                digits.for_each(|(at, c)| sink(at..at + c.len_utf8()));
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
