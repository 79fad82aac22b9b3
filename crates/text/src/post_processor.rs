//! Stage 4: the special tokens around the text.

use crate::json::{Load, Node};

const SUPPORTED: [&str; 3] = ["ByteLevel", "Sequence", "TemplateProcessing"];

/// A part of the finished sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The ids of the text.
    Text,
    /// Ids that are added.
    Ids(Vec<u32>),
}

/// What surrounds a single text; no parts: nothing does.
#[derive(Debug, Clone, Default)]
pub struct PostProcessor {
    /// In order.
    pub parts: Vec<Part>,
}

impl PostProcessor {
    /// Reads `post_processor`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let mut stage = Self::default();
        if let Some(node) = node {
            stage.read(&node)?;
        }
        Ok(stage)
    }

    fn read(&mut self, node: &Node<'_>) -> Load<()> {
        match node.kind()? {
            // Moves offsets only.
            "ByteLevel" => node.only(&["type", "add_prefix_space", "trim_offsets", "use_regex"]),
            "Sequence" => {
                node.only(&["type", "processors"])?;
                node.need("processors")?
                    .items()?
                    .iter()
                    .try_for_each(|item| self.read(item))
            }
            "TemplateProcessing" => {
                let parts = read_template(node)?;
                // Of several templates in a sequence only the first adds anything, as in the reference.
                if self.parts.is_empty() {
                    self.parts = parts;
                }
                Ok(())
            }
            _ => Err(node.unsupported(&SUPPORTED)),
        }
    }

    /// Ids put before the first text, for example `<s>`.
    pub fn prefix(&self) -> Vec<u32> {
        let before = self.parts.iter().map_while(|part| match part {
            Part::Ids(ids) => Some(ids.as_slice()),
            Part::Text => None,
        });
        before.collect::<Vec<_>>().concat()
    }
}

fn read_template(node: &Node<'_>) -> Load<Vec<Part>> {
    node.only(&["type", "single", "pair", "special_tokens"])?;
    let mut parts = Vec::new();
    for item in node.need("single")?.items()? {
        item.only(&["Sequence", "SpecialToken"])?;
        if let Some(sequence) = item.get("Sequence") {
            if sequence.need("id")?.text()? != "A" {
                return Err(sequence.need("id")?.error("\"A\""));
            }
            parts.push(Part::Text);
        } else {
            let name = item.need("SpecialToken")?.need("id")?;
            let ids = node
                .need("special_tokens")?
                .need(name.text()?)?
                .need("ids")?;
            let ids = ids
                .items()?
                .iter()
                .map(Node::number)
                .collect::<Load<Vec<u32>>>()?;
            parts.push(Part::Ids(ids));
        }
    }
    Ok(parts)
}
