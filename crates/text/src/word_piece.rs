//! Stage 3, WordPiece: the longest token that a word begins with, then the longest that goes on, and so forth.

use std::rc::Rc;

use crate::double_array::DoubleArray;
use crate::json::{Load, Node};
use crate::model::{Pieces, Unknown};
use crate::pair_table::ID_LIMIT;
use crate::source::Lists;
use crate::token_table::TokenTable;

/// The model.
pub struct WordPiece {
    /// Tokens as the file writes them.
    pub tokens: Rc<TokenTable>,
    /// Tokens that a word may begin with: all.
    begins: DoubleArray,
    /// Tokens that a word may go on with, without their prefix.
    goes_on: DoubleArray,
    unknown: Option<u32>,
    most_chars: usize,
}

impl WordPiece {
    /// Reads `model`, whose lists are apart.
    pub fn load(node: &Node<'_>, lists: Lists) -> Load<Self> {
        node.only(&[
            "type",
            "unk_token",
            "continuing_subword_prefix",
            "max_input_chars_per_word",
            "vocab",
        ])?;
        let prepared = lists.prepared;
        let tokens = lists.vocabulary.ids(node)?;
        if tokens.id_bound() > ID_LIMIT as usize {
            return Err(node.need("vocab")?.error(&format!("ids below {ID_LIMIT}")));
        }
        let prefix = node.need("continuing_subword_prefix")?.text()?.as_bytes();
        let all =
            || (0..tokens.id_bound() as u32).filter_map(|id| Some((tokens.of(id)?, id, false)));
        let (begins, goes_on) =
            match prepared {
                Some(prepared) => (
                    DoubleArray::from_units(prepared.tree),
                    DoubleArray::from_units(prepared.goes_on),
                ),
                None => (
                    DoubleArray::new(all()),
                    DoubleArray::new(all().filter_map(|(token, id, mark)| {
                        Some((token.strip_prefix(prefix)?, id, mark))
                    })),
                ),
            };
        let known = vec![true; tokens.id_bound()];
        if !begins.fits(&known) || !goes_on.fits(&known) {
            return Err(node.error("what the prepared tables say"));
        }
        Ok(Self {
            unknown: find(node.need("unk_token")?.text()?, &begins, &tokens),
            begins,
            goes_on,
            most_chars: node.need("max_input_chars_per_word")?.number()? as usize,
            tokens: Rc::new(tokens),
        })
    }

    /// Id of a token, by its name in the file.
    pub fn id_of(&self, name: &str) -> Option<u32> {
        find(name, &self.begins, &self.tokens)
    }

    /// All tokens, and those that a word may go on with.
    pub fn trees(&self) -> [&DoubleArray; 2] {
        [&self.begins, &self.goes_on]
    }

    /// Appends the tokens of one word; one unknown token if it is too long or not made of tokens. `hidden`
    /// ones do not count.
    pub fn encode(&self, word: &str, hidden: &[u32], out: &mut Pieces<'_>) -> Result<(), Unknown> {
        let first = out.ids.len();
        let most = self.most_chars;
        let is_short = word.len() <= most || word.chars().nth(most).is_none();
        let mut at = 0;
        while is_short && at < word.len() {
            let tree = if at == 0 { &self.begins } else { &self.goes_on };
            let Some((id, length)) = longest(tree, &word.as_bytes()[at..], hidden) else {
                break;
            };
            out.put(id, at as u32, (at + length) as u32);
            at += length;
        }
        if at < word.len() {
            out.take_back(out.ids.len() - first);
            out.put(self.unknown.ok_or(Unknown)?, 0, word.len() as u32);
        }
        Ok(())
    }
}

/// The longest token that a text begins with, but for `hidden` ones, and its length.
fn longest(tree: &DoubleArray, text: &[u8], hidden: &[u32]) -> Option<(u32, usize)> {
    if hidden.is_empty() {
        let (id, length) = tree.longest_of_all(text);
        return (length > 0).then_some((id, length));
    }
    let mut longest = None;
    tree.prefixes(text, |length, id| {
        if hidden.binary_search(&id).is_err() {
            longest = Some((id, length));
        }
    });
    longest
}

/// Id of a token, by its name in the file.
fn find(name: &str, tree: &DoubleArray, tokens: &TokenTable) -> Option<u32> {
    match name {
        // Which the tree cannot hold.
        "" => tokens.get(b""),
        name => tree.find(name.as_bytes()),
    }
}
