//! `Replace`, of the normalizer and of the decoder.

use crate::aligned::{Aligned, Rewriter};
use crate::json::{Load, Node};
use crate::regex_split::Pattern;
use crate::split::{Finder, matches};

/// A pattern, and what every match of it becomes, as it is written.
#[derive(Debug, Clone)]
pub struct Replace {
    finder: Finder,
    content: String,
}

impl Replace {
    /// Reads a `Replace`.
    pub fn load(node: &Node<'_>) -> Load<Self> {
        node.only(&["type", "pattern", "content"])?;
        let pattern = node.need("pattern")?;
        pattern.only(&["String", "Regex"])?;
        let finder = match (pattern.get("String"), pattern.get("Regex")) {
            (Some(text), None) => Finder::literal(text.text()?),
            (None, Some(regex)) => {
                Finder::Regex(Pattern::new(regex.text()?).map_err(|what| regex.error(what))?)
            }
            _ => return Err(pattern.error("either a regular expression or a text")),
        };
        Ok(Self {
            finder,
            content: node.need("content")?.text()?.to_owned(),
        })
    }

    /// How many times as long a text can become, in bytes. A pattern that is not a text may match between any two bytes.
    pub fn growth(&self) -> f64 {
        let content = self.content.len() as f64;
        match &self.finder {
            Finder::Literal(text) if !text.is_empty() => content / text.len() as f64,
            _ => 1.0 + 2.0 * content,
        }
    }

    /// Applies it to a text whose source is kept.
    pub fn rewrite<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        if let Finder::Literal(literal) = &self.finder {
            return replace_text(text, literal, &self.content);
        }
        if text.text.is_empty() {
            return text;
        }
        let mut out = Rewriter::new(&text);
        let mut done = 0;
        self.finder.find(&text.text, &mut |found| {
            out.keep(done..found.start);
            done = found.end;
            out.put(&self.content, found);
        });
        out.keep(done..text.text.len());
        out.finish()
    }

    /// Applies it to a token.
    pub fn apply(&self, token: &str) -> String {
        self.rewrite(Aligned::original(token, 0, false))
            .text
            .into_owned()
    }
}

/// Replaces every occurrence of a literal, from the left.
pub fn replace_text<'a>(text: Aligned<'a>, pattern: &str, content: &str) -> Aligned<'a> {
    let mut out = Rewriter::new(&text);
    let mut done = 0;
    matches(&text.text, pattern, |start| {
        out.keep(done..start);
        done = start + pattern.len();
        out.put(content, start..done);
    });
    if done == 0 {
        return text;
    }
    out.keep(done..text.text.len());
    out.finish()
}
