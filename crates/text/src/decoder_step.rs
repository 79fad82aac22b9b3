//! One step of decoding: what becomes of a token, as far as that does not depend on its neighbours (`decoder_chain`).

use crate::byte_level::ALPHABET;
use crate::json::{Load, Node};
use crate::pre_tokenizer::{Prepend, read_metaspace};
use crate::replace::Replace;

const SUPPORTED: [&str; 10] = [
    "BPEDecoder",
    "ByteFallback",
    "ByteLevel",
    "CTC",
    "Fuse",
    "Metaspace",
    "Replace",
    "Sequence",
    "Strip",
    "WordPiece",
];

/// A step. The kinds are those of the reference.
#[derive(Debug, Clone)]
pub enum Step {
    /// No decoder: a space between tokens.
    Spaced,
    /// Matches of a pattern are replaced.
    Replace(Replace),
    /// A character is dropped at both ends, so many times at most.
    Strip {
        content: char,
        start: usize,
        stop: usize,
    },
    /// The mark stands for a space; in the first token it may be dropped.
    Metaspace { mark: char, drop_first: bool },
    /// A token without the prefix begins a word.
    WordPiece { prefix: String, cleanup: bool },
    /// The suffix ends a word.
    Bpe { suffix: String },
    /// Equal neighbours are one, the pad token is nothing.
    Ctc {
        pad: String,
        delimiter: String,
        cleanup: bool,
    },
    /// `<0x0A>` is a byte.
    ByteFallback,
    /// From here on all tokens are one.
    Fuse,
    /// Tokens stand for bytes; from here on they are one.
    ByteLevel,
}

/// Appends the steps that a `decoder` of the file stands for.
pub fn read_steps(node: &Node<'_>, steps: &mut Vec<Step>) -> Load<()> {
    let text = |key: &str, default: &str| match node.get(key) {
        Some(value) => Ok(value.text()?.to_owned()),
        None => Ok(default.to_owned()),
    };
    let step = match node.kind()? {
        "BPEDecoder" => {
            node.only(&["type", "suffix"])?;
            Step::Bpe {
                suffix: text("suffix", "</w>")?,
            }
        }
        "ByteFallback" => {
            node.only(&["type"])?;
            Step::ByteFallback
        }
        "ByteLevel" => {
            node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"])?;
            Step::ByteLevel
        }
        "CTC" => {
            node.only(&["type", "pad_token", "word_delimiter_token", "cleanup"])?;
            Step::Ctc {
                pad: text("pad_token", "<pad>")?,
                delimiter: text("word_delimiter_token", "|")?,
                cleanup: node.flag("cleanup", true)?,
            }
        }
        "Fuse" => {
            node.only(&["type"])?;
            Step::Fuse
        }
        "Metaspace" => {
            let (mark, prepend) = read_metaspace(node)?;
            Step::Metaspace {
                mark,
                drop_first: prepend != Prepend::Never,
            }
        }
        "Replace" => Step::Replace(Replace::load(node)?),
        "Sequence" => {
            node.only(&["type", "decoders"])?;
            for item in node.need("decoders")?.items()? {
                read_steps(&item, steps)?;
            }
            return Ok(());
        }
        "Strip" => {
            node.only(&["type", "content", "start", "stop"])?;
            Step::Strip {
                content: node.need("content")?.char()?,
                start: node.need("start")?.number()? as usize,
                stop: node.need("stop")?.number()? as usize,
            }
        }
        "WordPiece" => {
            node.only(&["type", "prefix", "cleanup"])?;
            Step::WordPiece {
                prefix: text("prefix", "##")?,
                cleanup: node.flag("cleanup", true)?,
            }
        }
        _ => return Err(node.unsupported(&SUPPORTED)),
    };
    steps.push(step);
    Ok(())
}

impl Step {
    /// How many times as long a text can become, in bytes: a space beside every letter, U+FFFD for a byte.
    pub fn growth(&self) -> f64 {
        match self {
            Self::Fuse | Self::Metaspace { .. } | Self::Strip { .. } => 1.0,
            Self::Replace(replace) => replace.growth(),
            _ => 3.0,
        }
    }

    /// Whether the step gives exactly one token for each, which depends on nothing but whether it is the first.
    pub fn is_simple(&self) -> bool {
        matches!(
            self,
            Self::Spaced
                | Self::Replace(_)
                | Self::Strip { .. }
                | Self::Metaspace { .. }
                | Self::WordPiece { .. }
        )
    }

    /// What a simple step makes of a token.
    pub fn simple(&self, token: &str, first: bool) -> String {
        match self {
            Self::Spaced if !first => format!(" {token}"),
            Self::Replace(replace) => replace.apply(token),
            Self::Strip {
                content,
                start,
                stop,
            } => strip(token, *content, *start, *stop).to_owned(),
            Self::Metaspace { mark, drop_first } if first && *drop_first => {
                token.replace(*mark, "")
            }
            Self::Metaspace { mark, .. } => token.replace(*mark, " "),
            Self::WordPiece { prefix, cleanup } => {
                let text = match token.strip_prefix(prefix.as_str()) {
                    _ if first => token.to_owned(),
                    Some(rest) => rest.to_owned(),
                    None => format!(" {token}"),
                };
                if *cleanup { clean_up(text) } else { text }
            }
            _ => token.to_owned(),
        }
    }

    /// What `Ctc` makes of a token.
    pub fn ctc(&self, token: &str) -> String {
        let Self::Ctc {
            pad,
            delimiter,
            cleanup,
        } = self
        else {
            return token.to_owned();
        };
        let text = token.replace(pad.as_str(), "");
        if *cleanup {
            clean_up(text).replace(delimiter.as_str(), " ")
        } else {
            text
        }
    }
}

/// A byte, if the token is one.
pub fn byte_of(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    let is_byte = digits.len() == 2;
    // The reference's reading of numbers takes a sign.
    is_byte
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Bytes that a token contributes in the middle of a text, after `steps`.
pub fn bytes_in_the_middle(steps: &[Step], token: &str) -> Vec<u8> {
    let Some((step, rest)) = steps.split_first() else {
        return token.as_bytes().to_vec();
    };
    let text = match step {
        Step::ByteLevel => return bytes_of_alphabet(token),
        Step::ByteFallback => match byte_of(token) {
            Some(byte) => return vec![byte],
            None => token.to_owned(),
        },
        // What comes behind is about the ends of the whole text, or, rarely, about all of it.
        Step::Fuse => return token.as_bytes().to_vec(),
        Step::Bpe { suffix } => token.replace(suffix.as_str(), " "),
        Step::Ctc { .. } => step.ctc(token),
        _ => step.simple(token, false),
    };
    bytes_in_the_middle(rest, &text)
}

/// Bytes that a token of a byte-level vocabulary stands for; its own if it is not of that alphabet.
pub fn bytes_of_alphabet(token: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(token.len());
    if !ALPHABET.decode(token, &mut bytes) {
        bytes.extend_from_slice(token.as_bytes());
    }
    bytes
}

fn strip(token: &str, content: char, start: usize, stop: usize) -> &str {
    let mut text = token;
    for _ in 0..start {
        let Some(rest) = text.strip_prefix(content) else {
            break;
        };
        text = rest;
    }
    for _ in 0..stop {
        let Some(rest) = text.strip_suffix(content) else {
            break;
        };
        text = rest;
    }
    text
}

/// Takes back spaces in front of signs and of the halves of English contractions.
fn clean_up(text: String) -> String {
    const RULES: [(&str, &str); 11] = [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" do not", " don't"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];
    RULES
        .iter()
        .fold(text, |text, (from, to)| match text.contains(from) {
            true => text.replace(from, to),
            false => text,
        })
}
