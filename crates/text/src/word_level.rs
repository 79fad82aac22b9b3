//! Stage 3, WordLevel: every piece is one token.

use std::rc::Rc;

use crate::json::{Load, Node};
use crate::model::{Pieces, Unknown};
use crate::source::Lists;
use crate::token_table::TokenTable;

/// The model.
pub struct WordLevel {
    /// Tokens as the file writes them.
    pub tokens: Rc<TokenTable>,
    unknown: Option<u32>,
}

impl WordLevel {
    /// Reads `model`, whose lists are apart.
    pub fn load(node: &Node<'_>, lists: Lists) -> Load<Self> {
        node.only(&["type", "vocab", "unk_token"])?;
        let tokens = lists.vocabulary.ids(node)?;
        Ok(Self {
            unknown: tokens.get(node.need("unk_token")?.text()?.as_bytes()),
            tokens: Rc::new(tokens),
        })
    }

    /// Appends the token of one piece; `hidden` ones do not count.
    pub fn encode(&self, piece: &str, hidden: &[u32], out: &mut Pieces<'_>) -> Result<(), Unknown> {
        let known = self.tokens.get(piece.as_bytes());
        let id = known
            .filter(|id| hidden.binary_search(id).is_err())
            .or(self.unknown);
        out.put(id.ok_or(Unknown)?, 0, piece.len() as u32);
        Ok(())
    }
}
