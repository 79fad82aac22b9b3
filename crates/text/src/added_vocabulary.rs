//! Stage 0: tokens that are found in the text before anything else happens to it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::aligned::Aligned;
use crate::json::{Load, Node};
use crate::model::Model;
use crate::normalizer::Normalizer;
use crate::token_table::{NO_ID, TokenTable};
use crate::unicode::Classes;

/// One entry of `added_tokens`.
#[derive(Debug, Clone)]
pub struct AddedToken {
    /// Its id.
    pub id: u32,
    /// Its text as the file writes it.
    pub content: String,
    /// The text that is searched for and decoded: normalized if the token is looked for in normalized text.
    pub pattern: String,
    /// Whether it is left out of decoded text on demand, and never read from a user's text.
    pub special: bool,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

/// A stretch of text: an added token, or what lies between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Index into [`AddedVocabulary::tokens`]; none for a gap.
    pub token: Option<usize>,
    /// First byte, with the white space that `lstrip` takes.
    pub start: usize,
    /// Byte after the last, with the white space that `rstrip` takes.
    pub end: usize,
    /// The token's own text, without that white space.
    pub core: (usize, usize),
}

/// All added tokens, ready to be searched for.
pub struct AddedVocabulary {
    /// The tokens, in the order of the file.
    pub tokens: Vec<AddedToken>,
    /// Ids by content.
    pub ids: Rc<TokenTable>,
    /// Index into `tokens` by id; `NO_ID` for ids of the model alone.
    places: Vec<u32>,
    raw: Trie,
    normalized: Trie,
}

impl AddedVocabulary {
    /// Reads `added_tokens`. A token that the model has keeps the model's id; others are numbered on from the size of the
    /// model's vocabulary. The ids of the file are not read, as in the reference.
    pub fn load(node: Option<Node<'_>>, model: &Model, normalizer: &Normalizer) -> Load<Self> {
        let mut tokens: Vec<AddedToken> = Vec::new();
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut ids = TokenTable::default();
        let mut largest: Option<u32> = None;
        for item in node.map_or(Ok(Vec::new()), |node| node.items())? {
            item.only(&[
                "id",
                "content",
                "single_word",
                "lstrip",
                "rstrip",
                "normalized",
                "special",
            ])?;
            let content = item.need("content")?.text()?.to_owned();
            let special = item.flag("special", false)?;
            if content.is_empty() {
                continue;
            }
            let known = ids
                .get(content.as_bytes())
                .or_else(|| model.id_of(&content));
            let id = known.unwrap_or_else(|| {
                let size = model.size() as u32;
                largest.map_or(size, |largest| {
                    if largest >= size || size == 0 {
                        largest + 1
                    } else {
                        size
                    }
                })
            });
            largest = Some(largest.map_or(id, |largest| largest.max(id)));
            ids.insert(content.as_bytes(), id);
            let normalized = item.flag("normalized", !special)?;
            let pattern = match normalized {
                true => normalizer
                    .apply(Aligned::original(&content, 0, false))
                    .text
                    .into_owned(),
                false => content.clone(),
            };
            let token = AddedToken {
                id,
                special,
                pattern,
                single_word: item.flag("single_word", false)?,
                lstrip: item.flag("lstrip", false)?,
                rstrip: item.flag("rstrip", false)?,
                normalized,
                content,
            };
            match places.get(&id) {
                Some(&place) => tokens[place] = token,
                None => {
                    places.insert(id, tokens.len());
                    tokens.push(token);
                }
            }
        }
        let (mut raw, mut normalized) = (Trie::default(), Trie::default());
        for (index, token) in tokens.iter().enumerate() {
            let trie = if token.normalized {
                &mut normalized
            } else {
                &mut raw
            };
            trie.insert(token.pattern.as_bytes(), index);
        }
        let bound = places.keys().map(|&id| id as usize + 1).max();
        let mut by_id = vec![NO_ID; bound.unwrap_or(0)];
        for (id, index) in places {
            by_id[id as usize] = index as u32;
        }
        Ok(Self {
            tokens,
            ids: Rc::new(ids),
            places: by_id,
            raw,
            normalized,
        })
    }

    /// The added token of an id that the model has too.
    pub fn of(&self, id: u32) -> Option<&AddedToken> {
        let index = *self.places.get(id as usize)?;
        self.tokens.get(index as usize)
    }

    /// Whether any token is looked for in normalized text.
    pub fn has_normalized(&self) -> bool {
        !self.normalized.is_empty()
    }

    /// Cuts a text at added tokens: those that are looked for in normalized text, or those for raw text.
    ///
    /// Longest match first, from the left. `legal` may refuse a match by token and place: then a shorter one, or one that
    /// begins later, is taken. A match that `single_word` refuses is passed over whole, as in the reference; so are the
    /// rules for the white space that `lstrip` and `rstrip` take.
    pub fn split(
        &self,
        text: &str,
        normalized: bool,
        legal: impl Fn(&AddedToken, usize, usize) -> bool,
    ) -> Vec<Stretch> {
        let gap = |start, end| Stretch {
            token: None,
            start,
            end,
            core: (start, end),
        };
        let trie = if normalized {
            &self.normalized
        } else {
            &self.raw
        };
        if trie.is_empty() {
            return vec![gap(0, text.len())];
        }
        let mut out = Vec::new();
        let mut done = 0;
        let mut at = 0;
        while let Some(found) = trie.next_match(text.as_bytes(), at, |index, start, end| {
            legal(&self.tokens[index], start, end)
        }) {
            let (index, first, last) = found;
            at = last;
            let token = &self.tokens[index];
            if token.single_word && !stands_alone(text, first, last) {
                continue;
            }
            let start = if token.lstrip {
                spaces_before(text, first).max(done)
            } else {
                first
            };
            let end = if token.rstrip {
                spaces_after(text, last)
            } else {
                last
            };
            // All of it was white space that the token before has taken.
            if start >= end {
                continue;
            }
            if done < start {
                out.push(gap(done, start));
            }
            out.push(Stretch {
                token: Some(index),
                start,
                end,
                core: (first, last),
            });
            done = end;
        }
        if done < text.len() {
            out.push(gap(done, text.len()));
        }
        out
    }
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let classes = Classes::get();
    let word = |c: Option<char>| c.is_some_and(|c| classes.is_word(c));
    !word(text[..start].chars().next_back()) && !word(text[end..].chars().next())
}

fn spaces_before(text: &str, end: usize) -> usize {
    text[..end]
        .trim_end_matches(|c| Classes::get().is_space(c))
        .len()
}

fn spaces_after(text: &str, start: usize) -> usize {
    text.len()
        - text[start..]
            .trim_start_matches(|c| Classes::get().is_space(c))
            .len()
}

/// Prefix tree over bytes. A look-up costs at most the longest token, which the checkpoint fixes, so a search is linear.
#[derive(Debug)]
struct Trie {
    nodes: Vec<TrieNode>,
    /// For each byte whether a token begins with it.
    begins: [bool; 256],
    /// Those bytes.
    first_bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct TrieNode {
    /// Next nodes, sorted by byte.
    children: Vec<(u8, u32)>,
    token: Option<usize>,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            begins: [false; 256],
            first_bytes: Vec::new(),
        }
    }
}

impl Trie {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn child(&self, node: usize, byte: u8) -> Result<usize, usize> {
        let children = &self.nodes[node].children;
        children
            .binary_search_by_key(&byte, |child| child.0)
            .map(|found| children[found].1 as usize)
    }

    fn insert(&mut self, key: &[u8], token: usize) {
        if self.nodes.is_empty() {
            self.nodes.push(TrieNode::default());
        }
        if let Some(&first) = key.first()
            && !std::mem::replace(&mut self.begins[first as usize], true)
        {
            self.first_bytes.push(first);
        }
        let mut node = 0;
        for &byte in key {
            node = match self.child(node, byte) {
                Ok(next) => next,
                Err(place) => {
                    let next = self.nodes.len();
                    self.nodes.push(TrieNode::default());
                    self.nodes[node].children.insert(place, (byte, next as u32));
                    next
                }
            };
        }
        self.nodes[node].token.get_or_insert(token);
    }

    /// Where in a text the first byte is with which a token begins.
    fn next_begin(&self, text: &[u8]) -> Option<usize> {
        match self.first_bytes[..] {
            [one] => memchr::memchr(one, text),
            [one, two] => memchr::memchr2(one, two, text),
            [one, two, three] => memchr::memchr3(one, two, three, text),
            _ => text.iter().position(|&byte| self.begins[usize::from(byte)]),
        }
    }

    /// The first place at or after `from` where a legal token matches, and the longest legal one there.
    fn next_match(
        &self,
        text: &[u8],
        from: usize,
        legal: impl Fn(usize, usize, usize) -> bool,
    ) -> Option<(usize, usize, usize)> {
        let mut start = from;
        while let Some(offset) = self.next_begin(&text[start..]) {
            start += offset;
            let mut node = 0;
            let mut best = None;
            for (length, &byte) in text[start..].iter().enumerate() {
                let Ok(next) = self.child(node, byte) else {
                    break;
                };
                node = next;
                let end = start + length + 1;
                if let Some(token) = self.nodes[node]
                    .token
                    .filter(|&token| legal(token, start, end))
                {
                    best = Some((token, start, end));
                }
            }
            if best.is_some() {
                return best;
            }
            start += 1;
        }
        None
    }
}
