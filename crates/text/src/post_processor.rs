//! Stage 4: the special tokens around the text.
//!
//! Processors are run once, when the file is loaded, on a text that is a mark; what comes out says where the text goes. In
//! the reference a template makes one sequence of each of its parts, and what follows in a `Sequence` takes two of them for
//! a pair; so does this.

use crate::json::{Load, Node};

const SUPPORTED: [&str; 5] = [
    "BertProcessing",
    "ByteLevel",
    "RobertaProcessing",
    "Sequence",
    "TemplateProcessing",
];

/// A part of the finished sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The ids of the text.
    Text,
    /// Ids that are added.
    Ids(Vec<u32>),
}

/// What surrounds a single text.
#[derive(Debug, Clone)]
pub struct PostProcessor {
    with_special: Vec<Part>,
    without_special: Vec<Part>,
}

impl PostProcessor {
    /// Reads `post_processor`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let run = |add_special: bool| -> Load<Vec<Part>> {
            let mut sequences = vec![vec![Part::Text]];
            if let Some(node) = &node {
                process(node, add_special, &mut sequences)?;
            }
            Ok(sequences.concat())
        };
        Ok(Self {
            with_special: run(true)?,
            without_special: run(false)?,
        })
    }

    /// Where the text goes, and what is added.
    pub fn parts(&self, add_special_tokens: bool) -> &[Part] {
        if add_special_tokens {
            &self.with_special
        } else {
            &self.without_special
        }
    }
}

fn process(node: &Node<'_>, add_special: bool, sequences: &mut Vec<Vec<Part>>) -> Load<()> {
    let kind = node.kind()?;
    match kind {
        // Moves offsets only.
        "ByteLevel" => node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"]),
        "Sequence" => {
            node.only(&["type", "processors"])?;
            node.need("processors")?
                .items()?
                .iter()
                .try_for_each(|item| process(item, add_special, sequences))
        }
        "BertProcessing" | "RobertaProcessing" => {
            node.only(&["type", "sep", "cls", "trim_offsets", "add_prefix_space"])?;
            let sep = read_token(&node.need("sep")?)?;
            let cls = read_token(&node.need("cls")?)?;
            if !add_special {
                return Ok(());
            }
            for (at, sequence) in sequences.iter_mut().enumerate() {
                match kind {
                    _ if at == 0 => sequence.insert(0, cls.clone()),
                    "RobertaProcessing" => sequence.insert(0, sep.clone()),
                    _ => {}
                }
                sequence.push(sep.clone());
            }
            Ok(())
        }
        "TemplateProcessing" => {
            // Published files (Command R+) carry the options of a `ByteLevel` here; the reference does not read them.
            let left_over = ["add_prefix_space", "trim_offsets", "use_regex"];
            let own = ["type", "single", "pair", "special_tokens"];
            node.only(&[&own[..], &left_over].concat())?;
            let template = match sequences.len() {
                1 => node.need("single")?,
                2 => node.need("pair")?,
                _ => return Err(node.error("after processors that make one sequence or two")),
            };
            let mut out = Vec::new();
            for piece in template.items()? {
                piece.only(&["Sequence", "SpecialToken"])?;
                if let Some(sequence) = piece.get("Sequence") {
                    let id = sequence.need("id")?;
                    let place = match id.text()? {
                        "A" => 0,
                        "B" if sequences.len() == 2 => 1,
                        "B" => return Err(id.error("\"A\"")),
                        _ => return Err(id.error("\"A\" or \"B\"")),
                    };
                    out.push(sequences[place].clone());
                } else {
                    let name = piece.need("SpecialToken")?.need("id")?;
                    let ids = read_ids(node, name.text()?)?;
                    if add_special {
                        out.push(vec![ids]);
                    }
                }
            }
            *sequences = out;
            Ok(())
        }
        _ => Err(node.unsupported(&SUPPORTED)),
    }
}

/// Ids of a special token of a template.
fn read_ids(node: &Node<'_>, name: &str) -> Load<Part> {
    let ids = node.need("special_tokens")?.need(name)?.need("ids")?;
    let ids = ids.items()?.iter().map(Node::number).collect::<Load<_>>()?;
    Ok(Part::Ids(ids))
}

/// Reads `[token, id]`.
fn read_token(node: &Node<'_>) -> Load<Part> {
    match node.items()?.as_slice() {
        [token, id] => {
            token.text()?;
            Ok(Part::Ids(vec![id.number()?]))
        }
        _ => Err(node.error("[token, id]")),
    }
}
