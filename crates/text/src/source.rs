//! What a tokenizer is made from: settings as a JSON value, and the long lists as tables.
//!
//! A vocabulary of 200,000 tokens and its merges, as a JSON value, are a million small strings; here they are a few vectors.
//! [`crate::json_source`] fills a [`Source`] from `tokenizer.json`, [`crate::binary`] from the compact form.

use serde_json::Value;

use crate::json::{Load, LoadError, Node};
use crate::token_table::{TokenList, TokenTable};

/// Ids from here on are refused, so that a table by id stays small: a file of one token could ask for half a gigabyte.
pub const ID_LIMIT: u32 = (1 << 21) - 1;

/// A tokenizer before it is built.
#[derive(Debug, Default)]
pub struct Source {
    /// The file; of `model.vocab` and `model.merges` only an empty object or array is left, to tell what they were.
    pub settings: Value,
    /// What stood there.
    pub lists: Lists,
}

/// The long lists of a model.
#[derive(Debug, Default)]
pub struct Lists {
    /// `model.vocab`.
    pub vocabulary: Vocabulary,
    /// `model.merges`, the first to be tried first.
    pub merges: Vec<Merge>,
    /// What has been worked out before.
    pub prepared: Option<Prepared>,
}

/// Tables of a model that take long to work out.
#[derive(Debug)]
pub struct Prepared {
    /// Tokens as pieces spell them, of a byte-level model.
    pub spelled: TokenTable,
    /// Largest id plus one, where the vocabulary holds only the names that `spelled` does not tell.
    pub spelled_bound: Option<usize>,
    /// The merges again, as [`Ranked`] words in the order in which a table of pairs holds them.
    pub pairs: Vec<Ranked>,
    /// What they give, by rank.
    pub results: Vec<u32>,
    /// Units of the tree of tokens; empty if the model has none.
    pub tree: Vec<u64>,
    /// Units of the tree of tokens with which a word goes on, of WordPiece.
    pub goes_on: Vec<u64>,
    /// By id the longest prefix that is a token of some text.
    pub prefixes: Vec<u32>,
    /// By id the beginnings of texts behind it that may merge with its end first.
    pub wary: Vec<u32>,
    /// Whether a text may be cut before every run of the mark that stands for a space.
    pub splits_before_mark: bool,
}

/// `model.vocab`.
#[derive(Debug, Default)]
pub enum Vocabulary {
    /// Neither an object nor an array, or not there.
    #[default]
    Missing,
    /// An object: ids by token.
    Ids(TokenTable),
    /// An array: tokens in the order of their ids, with scores.
    Scored(TokenTable, Vec<f64>),
}

/// Two tokens that become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// Id of the left token.
    pub left: u32,
    /// Id of the right one.
    pub right: u32,
    /// Id of the token that they give.
    pub result: u32,
}

/// Two tokens that become one, and the rank of that, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked(pub u64);

impl Ranked {
    /// A word of two ids, below [`ID_LIMIT`], and a rank of 22 bits.
    pub fn new(left: u32, right: u32, rank: u32) -> Self {
        Self(u64::from(left) << 43 | u64::from(right) << 22 | u64::from(rank))
    }

    /// Left id, right id, rank.
    pub fn parts(self) -> (u32, u32, u32) {
        let low = |word: u64, bits: u32| word as u32 & ((1 << bits) - 1);
        (
            (self.0 >> 43) as u32,
            low(self.0 >> 22, 21),
            low(self.0, 22),
        )
    }
}

impl Vocabulary {
    /// Table of an object, or of an array.
    pub fn new(list: TokenList, scores: Option<Vec<f64>>) -> Self {
        match scores {
            None => Self::Ids(TokenTable::of_object(list)),
            Some(scores) => Self::Scored(TokenTable::of_array(list), scores),
        }
    }

    /// The tokens, if there are any.
    pub fn tokens(&self) -> Option<&TokenTable> {
        match self {
            Self::Missing => None,
            Self::Ids(tokens) | Self::Scored(tokens, _) => Some(tokens),
        }
    }

    /// A vocabulary that is an object of ids; `model` is where it stood.
    pub fn ids(self, model: &Node<'_>) -> Load<TokenTable> {
        match self {
            Self::Ids(tokens) => Ok(tokens),
            Self::Scored(_, scores) => Err(array_of(model, scores.len(), "an object")),
            Self::Missing => Err(model.need("vocab")?.error("an object")),
        }
    }

    /// A vocabulary that is an array of tokens and scores.
    pub fn scored(self, model: &Node<'_>) -> Load<(TokenTable, Vec<f64>)> {
        match self {
            Self::Scored(tokens, scores) => Ok((tokens, scores)),
            _ => Err(model.need("vocab")?.error("an array")),
        }
    }
}

fn array_of(model: &Node<'_>, length: usize, expected: &str) -> LoadError {
    match model.need("vocab") {
        Ok(node) => {
            let value = Value::Array(vec![Value::Null; length]);
            let path = node.path;
            Node {
                value: &value,
                path,
            }
            .error(expected)
        }
        Err(error) => error,
    }
}
