//! Stage 2: cutting the normalized text into pieces that are encoded one by one.

use std::ops::Range;

use crate::aligned::{Aligned, Rewriter};
use crate::byte_level::char_of_byte;
use crate::growth::check_growth;
use crate::json::{Load, Node};
use crate::normalizer::prepend;
use crate::pattern::Machine;
use crate::replace::replace_text;
use crate::split::{Behavior, Finder, Splitter, read_behavior};

const SUPPORTED: [&str; 12] = [
    "BertPreTokenizer",
    "ByteLevel",
    "CharDelimiterSplit",
    "Digits",
    "FixedLength",
    "Metaspace",
    "Punctuation",
    "Sequence",
    "Split",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
];

/// When `Metaspace` puts its mark in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepend {
    /// Every piece.
    Always,
    /// Only the piece at the beginning of the text.
    First,
    /// Not at all.
    Never,
}

/// What is done to every piece, in turn.
#[derive(Debug, Clone)]
enum Step {
    /// It is cut.
    Split(Splitter),
    /// It gets a space in front, if there is none.
    PrefixSpace,
    /// Its spaces become the mark.
    Metaspace { mark: char, prepend: Prepend },
    /// Its bytes become characters of the alphabet of `ByteLevel`.
    Bytes,
}

impl Step {
    /// How many times as long a piece can become, in bytes.
    fn growth(&self) -> f64 {
        match self {
            Self::Split(_) => 1.0,
            Self::PrefixSpace | Self::Bytes => 2.0,
            Self::Metaspace { mark, .. } => 1.0 + mark.len_utf8() as f64,
        }
    }
}

/// The stage as read from the file.
pub struct PreTokenizer {
    steps: Vec<Step>,
    /// Whether pieces stand for bytes, which the model knows how to read.
    pub byte_level: bool,
    /// Whether every step but the first cuts, so that pieces are ranges of one text.
    in_place: bool,
}

/// Reads a `Metaspace`, of the pre-tokenizer or of the decoder: its mark, and when that is put in front.
pub fn read_metaspace(node: &Node<'_>) -> Load<(char, Prepend)> {
    node.only(&[
        "type",
        "replacement",
        "prepend_scheme",
        "split",
        "add_prefix_space",
        "str_rep",
    ])?;
    Ok((node.need("replacement")?.char()?, read_prepend(node)?))
}

/// Reads `prepend_scheme` of a `Metaspace`, or the older `add_prefix_space`, which may not contradict it.
fn read_prepend(node: &Node<'_>) -> Load<Prepend> {
    let older = node.flag("add_prefix_space", true)?;
    let Some(scheme) = node.get("prepend_scheme") else {
        return Ok(if older {
            Prepend::Always
        } else {
            Prepend::Never
        });
    };
    match scheme.text()? {
        "never" => Ok(Prepend::Never),
        "always" if older => Ok(Prepend::Always),
        "first" if older => Ok(Prepend::First),
        "always" | "first" => Err(scheme.error("never where add_prefix_space is false")),
        _ => Err(scheme.error("one of always, first, never")),
    }
}

impl PreTokenizer {
    /// Reads `pre_tokenizer`. `takes_bytes` says whether the model reads plain bytes for the alphabet of `ByteLevel`.
    pub fn load(node: Option<Node<'_>>, takes_bytes: bool) -> Load<Self> {
        let mut steps = Vec::new();
        if let Some(node) = node {
            read(&node, &mut steps)?;
            check_growth(&node, steps.iter().map(Step::growth))?;
        }
        let is_bytes = |step: &Step| matches!(step, Step::Bytes);
        let byte_level = takes_bytes
            && steps.last().is_some_and(is_bytes)
            && steps.iter().filter(|step| is_bytes(step)).count() == 1;
        if byte_level {
            steps.pop();
        }
        let mut rest = steps.iter().skip(1);
        let in_place =
            !steps.iter().any(is_bytes) && rest.all(|step| matches!(step, Step::Split(_)));
        Ok(Self {
            steps,
            byte_level,
            in_place,
        })
    }

    /// Where nothing cuts the text, cuts before every run of `mark`; for models where that changes nothing but the speed.
    pub fn split_before_runs(&mut self, mark: char) {
        let cuts = self.steps.iter().any(|step| matches!(step, Step::Split(_)));
        if self.in_place && !cuts && !self.byte_level {
            let splitter = Splitter::isolated(Finder::BeforeRuns(mark));
            self.steps.push(Step::Split(splitter));
        }
    }

    /// Whether a step asks if a piece stands at the first byte of the original text.
    pub fn asks_for_start(&self) -> bool {
        let asks = |step: &Step| {
            let first = Prepend::First;
            matches!(step, Step::Metaspace { prepend, .. } if *prepend == first)
        };
        self.steps.iter().any(asks)
    }

    /// The known pattern whose matches are the pieces, if that is all there is to do.
    pub fn machine(&self) -> Option<Machine> {
        match &self.steps[..] {
            [Step::Split(only)] => only.machine(),
            _ => None,
        }
    }

    /// Whether all there is to do is what `BertPreTokenizer` does.
    pub fn is_bert(&self) -> bool {
        let is_bert = |only: &Splitter| {
            matches!(only.finder, Finder::BertWords) && only.behavior == Behavior::Isolated
        };
        matches!(&self.steps[..], [Step::Split(only)] if is_bert(only))
    }

    /// Calls `sink` for every piece of a text, in order: the text that it is part of, and where. `near_start` says whether
    /// a piece may begin at the first byte of the original, which its source then tells.
    pub fn pieces<E>(
        &self,
        text: Aligned<'_>,
        near_start: bool,
        mut sink: impl FnMut(&Aligned<'_>, Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_first =
            |text: &Aligned<'_>| near_start && !text.text.is_empty() && text.span(0..1).0 == 0;
        if self.in_place {
            let at_start = is_first(&text);
            let (text, cuts) = match self.steps.split_first() {
                Some((Step::Split(_), _)) | None => (text, &self.steps[..]),
                Some((first, rest)) => (first.rewrite(text, at_start), rest),
            };
            let mut result = Ok(());
            let mut put = |range| {
                if result.is_ok() {
                    result = sink(&text, range);
                }
            };
            match cuts {
                [Step::Split(only)] if let Some(machine) = only.machine() => {
                    machine.each(&text.text, |start, end| put(start..end));
                }
                _ => cut(cuts, &text.text, 0, &mut put),
            }
            return result;
        }
        let mut pieces = vec![text];
        for step in &self.steps {
            let mut next = Vec::with_capacity(pieces.len());
            for piece in pieces {
                if let Step::Split(splitter) = step {
                    splitter.split(&piece.text, &mut |range| {
                        next.push(piece.cut(range));
                    });
                } else if !piece.text.is_empty() {
                    let at_start = is_first(&piece);
                    next.push(step.rewrite(piece, at_start));
                }
            }
            pieces = next;
        }
        pieces
            .iter()
            .try_for_each(|piece| sink(piece, 0..piece.text.len()))
    }
}

impl Step {
    fn rewrite<'a>(&self, text: Aligned<'a>, at_start: bool) -> Aligned<'a> {
        match self {
            Self::Split(_) => text,
            Self::PrefixSpace if text.text.starts_with(' ') => text,
            Self::PrefixSpace => prepend(text, " "),
            Self::Metaspace {
                mark,
                prepend: scheme,
            } => {
                let mut buffer = [0u8; 4];
                let mark_text = mark.encode_utf8(&mut buffer);
                let text = replace_text(text, " ", mark_text);
                let wanted = *scheme == Prepend::Always || *scheme == Prepend::First && at_start;
                if wanted && !text.text.starts_with(*mark) {
                    prepend(text, mark_text)
                } else {
                    text
                }
            }
            Self::Bytes => spell_bytes(&text),
        }
    }
}

/// Writes every byte as its character of the alphabet of `ByteLevel`.
pub fn spell_bytes(text: &Aligned<'_>) -> Aligned<'static> {
    let alphabet: Vec<char> = (0..=255).map(char_of_byte).collect();
    let mut out = Rewriter::new(text);
    let mut buffer = [0u8; 4];
    for (at, &byte) in text.text.as_bytes().iter().enumerate() {
        let spelled = alphabet[byte as usize].encode_utf8(&mut buffer);
        out.put(spelled, at..at + 1);
    }
    out.finish()
}

fn cut(steps: &[Step], text: &str, offset: usize, sink: &mut dyn FnMut(Range<usize>)) {
    match steps {
        [] => sink(offset..offset + text.len()),
        [Step::Split(last)] => last.split(text, &mut |range| {
            sink(offset + range.start..offset + range.end)
        }),
        [Step::Split(first), rest @ ..] => first.split(text, &mut |range| {
            cut(rest, &text[range.clone()], offset + range.start, sink);
        }),
        [_, rest @ ..] => cut(rest, text, offset, sink),
    }
}

/// The pattern of a `Split` whose matches are pieces.
fn isolated_pattern<'a>(node: &Node<'a>) -> Option<&'a str> {
    let plain = node.kind().ok()? == "Split"
        && node
            .only(&["type", "pattern", "behavior", "invert"])
            .is_ok()
        && node.need("behavior").ok()?.text().ok()? == "Isolated"
        && !node.flag("invert", false).ok()?;
    let pattern = node.need("pattern").ok()?;
    pattern.only(&["Regex"]).ok()?;
    let regex = pattern.get("Regex")?;
    if plain { regex.text().ok() } else { None }
}

fn read(node: &Node<'_>, steps: &mut Vec<Step>) -> Load<()> {
    let mut split = |finder: Finder, behavior: Behavior| {
        steps.push(Step::Split(Splitter {
            finder,
            behavior,
            invert: false,
        }));
    };
    match node.kind()? {
        "BertPreTokenizer" => {
            node.only(&["type"])?;
            split(Finder::BertWords, Behavior::Isolated);
        }
        "ByteLevel" => {
            node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
            if node.flag("add_prefix_space", true)? {
                steps.push(Step::PrefixSpace);
            }
            if node.flag("use_regex", true)? {
                let finder = Finder::Machine(Machine::Gpt2);
                steps.push(Step::Split(Splitter::isolated(finder)));
            }
            steps.push(Step::Bytes);
        }
        // The second name is the one that the reference reads, the first the one that it writes.
        "CharDelimiterSplit" | "Delimiter" => {
            node.only(&["type", "delimiter"])?;
            let delimiter = node.need("delimiter")?.char()?;
            split(Finder::Literal(delimiter.to_string()), Behavior::Removed);
        }
        "Digits" => {
            node.only(&["type", "individual_digits"])?;
            let single = node.flag("individual_digits", false)?;
            let behavior = if single {
                Behavior::Isolated
            } else {
                Behavior::Contiguous
            };
            split(Finder::Digit, behavior);
        }
        "FixedLength" => {
            node.only(&["type", "length"])?;
            let length = node
                .get("length")
                .map_or(Ok(5), |length| match length.number()? {
                    0 => Err(length.error("a number above 0")),
                    number => Ok(number),
                })?;
            split(Finder::Chars(length as usize), Behavior::Isolated);
        }
        "Metaspace" => {
            let (mark, prepend) = read_metaspace(node)?;
            steps.push(Step::Metaspace { mark, prepend });
            if node.flag("split", true)? {
                steps.push(Step::Split(Splitter {
                    finder: Finder::Literal(mark.to_string()),
                    behavior: Behavior::MergedWithNext,
                    invert: false,
                }));
            }
        }
        "Punctuation" => {
            node.only(&["type", "behavior"])?;
            let behavior = node.get("behavior").as_ref().map(read_behavior);
            split(
                Finder::Punctuation,
                behavior.unwrap_or(Ok(Behavior::Isolated))?,
            );
        }
        "Sequence" => {
            node.only(&["type", "pretokenizers"])?;
            let items = node.need("pretokenizers")?.items()?;
            let mut at = 0;
            while at < items.len() {
                let patterns: Vec<&str> = items[at..].iter().map_while(isolated_pattern).collect();
                match Machine::known(&patterns) {
                    Some((machine, count)) => {
                        let finder = Finder::Machine(machine);
                        steps.push(Step::Split(Splitter::isolated(finder)));
                        at += count;
                    }
                    None => {
                        read(&items[at], steps)?;
                        at += 1;
                    }
                }
            }
        }
        "Split" => steps.push(Step::Split(Splitter::load(node)?)),
        "UnicodeScripts" => {
            node.only(&["type"])?;
            split(Finder::Scripts, Behavior::Isolated);
        }
        "Whitespace" => {
            node.only(&["type"])?;
            split(Finder::Words, Behavior::Isolated);
        }
        "WhitespaceSplit" => {
            node.only(&["type"])?;
            split(Finder::Space, Behavior::Removed);
        }
        _ => return Err(node.unsupported(&SUPPORTED)),
    }
    Ok(())
}
