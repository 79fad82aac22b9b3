//! Stage 2: cutting the normalized text into pieces that are encoded one by one.

use std::ops::Range;

use crate::aligned::Aligned;
use crate::json::{Load, Node};
use crate::normalizer::{prepend, replace};
use crate::pattern::Machine;
use crate::split::{Behavior, Finder, Splitter};

const SUPPORTED: [&str; 5] = ["ByteLevel", "Digits", "Metaspace", "Sequence", "Split"];

/// When `Metaspace` puts its mark in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepend {
    /// Every stretch between added tokens.
    Always,
    /// Only at the beginning of the text.
    First,
    /// Not at all.
    Never,
}

/// What is done to a stretch before it is cut.
#[derive(Debug, Clone)]
enum Rewrite {
    Nothing,
    /// A space in front, where there is none.
    PrefixSpace,
    /// Spaces become the mark.
    Metaspace {
        mark: char,
        prepend: Prepend,
    },
}

/// The stage as read from the file.
pub struct PreTokenizer {
    rewrite: Rewrite,
    splitters: Vec<Splitter>,
    /// Whether pieces stand for bytes.
    pub byte_level: bool,
}

/// Reads `prepend_scheme` of a `Metaspace`, or the older `add_prefix_space`.
pub fn read_prepend(node: &Node<'_>) -> Load<Prepend> {
    let older = node.flag("add_prefix_space", true)?;
    match node.get("prepend_scheme") {
        None => Ok(if older {
            Prepend::Always
        } else {
            Prepend::Never
        }),
        Some(scheme) => match scheme.text()? {
            "always" => Ok(Prepend::Always),
            "first" => Ok(Prepend::First),
            "never" => Ok(Prepend::Never),
            _ => Err(scheme.error("one of always, first, never")),
        },
    }
}

impl PreTokenizer {
    /// Reads `pre_tokenizer`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let mut stage = Self {
            rewrite: Rewrite::Nothing,
            splitters: Vec::new(),
            byte_level: false,
        };
        if let Some(node) = node {
            stage.read(&node, true)?;
        }
        Ok(stage)
    }

    /// Without splitters, cuts before every run of `mark`; for models where that changes nothing but the speed.
    pub fn split_before_runs(&mut self, mark: char) {
        if self.splitters.is_empty() {
            self.splitters
                .push(Splitter::isolated(Finder::BeforeRuns(mark)));
        }
    }

    /// Whether the whole stretch is one piece.
    pub fn is_whole(&self) -> bool {
        self.splitters.is_empty()
    }

    /// `alone`: nothing comes before this one.
    fn read(&mut self, node: &Node<'_>, alone: bool) -> Load<()> {
        if self.byte_level {
            return Err(node.error("absent after ByteLevel"));
        }
        match node.kind()? {
            "Sequence" => {
                node.only(&["type", "pretokenizers"])?;
                for item in node.need("pretokenizers")?.items()? {
                    self.read(
                        &item,
                        alone
                            && self.splitters.is_empty()
                            && matches!(self.rewrite, Rewrite::Nothing),
                    )?;
                }
            }
            "ByteLevel" => {
                node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
                if node.flag("add_prefix_space", true)? {
                    if !alone {
                        return Err(
                            node.error("the first pre-tokenizer, or have add_prefix_space false")
                        );
                    }
                    self.rewrite = Rewrite::PrefixSpace;
                }
                if node.flag("use_regex", true)? {
                    self.splitters
                        .push(Splitter::isolated(Finder::Machine(Machine::Gpt2)));
                }
                self.byte_level = true;
            }
            "Digits" => {
                node.only(&["type", "individual_digits"])?;
                let single = node.flag("individual_digits", false)?;
                let behavior = if single {
                    Behavior::Isolated
                } else {
                    Behavior::Contiguous
                };
                self.splitters.push(Splitter {
                    finder: Finder::Digit,
                    behavior,
                    invert: false,
                });
            }
            "Metaspace" => {
                node.only(&[
                    "type",
                    "replacement",
                    "prepend_scheme",
                    "split",
                    "add_prefix_space",
                    "str_rep",
                ])?;
                if !alone {
                    return Err(node.error("the first pre-tokenizer"));
                }
                let mark = node.need("replacement")?.char()?;
                self.rewrite = Rewrite::Metaspace {
                    mark,
                    prepend: read_prepend(node)?,
                };
                if node.flag("split", true)? {
                    let finder = Finder::Literal(mark.to_string());
                    self.splitters.push(Splitter {
                        finder,
                        behavior: Behavior::MergedWithNext,
                        invert: false,
                    });
                }
            }
            "Split" => self.splitters.push(Splitter::load(node)?),
            _ => return Err(node.unsupported(&SUPPORTED)),
        }
        Ok(())
    }

    /// Rewrites a stretch. `at_start` says whether it begins at the first byte of the original text.
    pub fn rewrite<'a>(&self, text: Aligned<'a>, at_start: bool) -> Aligned<'a> {
        match &self.rewrite {
            Rewrite::Nothing => text,
            Rewrite::PrefixSpace if text.text.starts_with(' ') => text,
            Rewrite::PrefixSpace => prepend(text, " "),
            Rewrite::Metaspace {
                mark,
                prepend: scheme,
            } => {
                let mut buffer = [0u8; 4];
                let mark_text = mark.encode_utf8(&mut buffer);
                let text = replace(text, " ", mark_text);
                let wanted = *scheme == Prepend::Always || *scheme == Prepend::First && at_start;
                if wanted && !text.text.starts_with(*mark) {
                    prepend(text, mark_text)
                } else {
                    text
                }
            }
        }
    }

    /// Calls `sink` for every piece of a rewritten text, in order.
    pub fn pieces(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        cut(&self.splitters, text, 0, sink);
    }
}

fn cut(splitters: &[Splitter], text: &str, offset: usize, sink: &mut dyn FnMut(Range<usize>)) {
    match splitters {
        [] => sink(offset..offset + text.len()),
        [last] => last.split(text, &mut |range| {
            sink(offset + range.start..offset + range.end)
        }),
        [first, rest @ ..] => {
            first.split(text, &mut |range| {
                cut(rest, &text[range.clone()], offset + range.start, sink)
            });
        }
    }
}
