//! Stage 3: the ids of each piece, by the model that the file names.

use std::ops::Range;
use std::rc::Rc;

use crate::bpe::Bpe;
use crate::double_array::DoubleArray;
use crate::json::{Load, Node};
use crate::names::Names;
use crate::piece_cache::PieceCache;
use crate::source::Lists;
use crate::unigram::Unigram;
use crate::word_level::WordLevel;
use crate::word_piece::WordPiece;

const SUPPORTED: [&str; 4] = ["BPE", "Unigram", "WordLevel", "WordPiece"];

/// A piece cannot be encoded: it is not made of tokens, and the vocabulary has no unknown token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

/// Where the ids of a piece go.
pub struct Pieces<'a> {
    /// The ids.
    pub ids: &'a mut Vec<u32>,
    /// For each id its bytes of the piece, if anybody asks.
    pub spans: Option<&'a mut Vec<(u32, u32)>>,
}

impl Pieces<'_> {
    /// Appends an id that holds these bytes of the piece.
    pub fn put(&mut self, id: u32, start: u32, end: u32) {
        self.ids.push(id);
        if let Some(spans) = &mut self.spans {
            spans.push((start, end));
        }
    }

    /// Takes the last ids back.
    pub fn take_back(&mut self, count: usize) {
        self.ids.truncate(self.ids.len() - count);
        if let Some(spans) = &mut self.spans {
            spans.truncate(spans.len() - count);
        }
    }
}

enum Kind {
    Bpe(Box<Bpe>),
    Unigram(Unigram),
    WordLevel(WordLevel),
    WordPiece(WordPiece),
}

/// The model.
pub struct Model {
    kind: Kind,
    /// Of models but BPE, which has its own.
    cache: PieceCache,
}

impl Model {
    /// Reads `model`, whose lists are apart. `byte_level` says whether pieces arrive as the bytes that the alphabet of
    /// `ByteLevel` stands for.
    pub fn load(node: &Node<'_>, lists: Lists, byte_level: bool) -> Load<Self> {
        let kind = match kind_of(node)? {
            "BPE" => Kind::Bpe(Box::new(Bpe::load(node, lists, byte_level)?)),
            "Unigram" => Kind::Unigram(Unigram::load(node, lists)?),
            "WordLevel" => Kind::WordLevel(WordLevel::load(node, lists)?),
            "WordPiece" => Kind::WordPiece(WordPiece::load(node, lists)?),
            _ => return Err(node.unsupported(&SUPPORTED)),
        };
        Ok(Self {
            kind,
            cache: PieceCache::default(),
        })
    }

    /// Whether the model can take pieces as plain bytes where `ByteLevel` ends the pre-tokenizer.
    pub fn takes_bytes(node: &Node<'_>) -> bool {
        let no_text = |key| {
            node.get(key)
                .is_none_or(|affix| affix.text().is_ok_and(str::is_empty))
        };
        kind_of(node).is_ok_and(|kind| kind == "BPE")
            && no_text("continuing_subword_prefix")
            && no_text("end_of_word_suffix")
    }

    /// Tokens as the file writes them.
    pub fn names(&self) -> Rc<Names> {
        let tokens = match &self.kind {
            Kind::Bpe(model) => return model.names.clone(),
            Kind::Unigram(model) => &model.tokens,
            Kind::WordLevel(model) => &model.tokens,
            Kind::WordPiece(model) => &model.tokens,
        };
        Rc::new(Names::of(tokens.clone()))
    }

    /// Id of a token, by its name in the file.
    pub fn id_of(&self, name: &str) -> Option<u32> {
        match &self.kind {
            Kind::Bpe(model) => model.id_of(name),
            Kind::Unigram(model) => model.id_of(name),
            Kind::WordLevel(model) => model.tokens.get(name.as_bytes()),
            Kind::WordPiece(model) => model.id_of(name),
        }
    }

    /// Number of tokens, as the reference counts them: of a list, equal ones too.
    pub fn size(&self) -> usize {
        match &self.kind {
            Kind::Unigram(model) => model.size(),
            _ => self.names().len(),
        }
    }

    /// Scores of a Unigram model.
    pub fn scores(&self) -> &[f64] {
        match &self.kind {
            Kind::Unigram(model) => model.scores(),
            _ => &[],
        }
    }

    /// Trees that take long to build: of tokens, and of those that a word may go on with.
    pub fn trees(&self) -> [&[u64]; 2] {
        match &self.kind {
            Kind::Bpe(model) => {
                let search = model.backtracker();
                [search.map_or(&[], |search| search.tree().units()), &[]]
            }
            Kind::Unigram(model) => [model.tree().units(), &[]],
            Kind::WordLevel(_) => [&[], &[]],
            Kind::WordPiece(model) => model.trees().map(DoubleArray::units),
        }
    }

    /// The model, if it is BPE.
    pub fn bpe(&self) -> Option<&Bpe> {
        match &self.kind {
            Kind::Bpe(model) => Some(model),
            _ => None,
        }
    }

    /// The model, if it is BPE.
    pub fn bpe_mut(&mut self) -> Option<&mut Bpe> {
        match &mut self.kind {
            Kind::Bpe(model) => Some(model),
            _ => None,
        }
    }

    /// Whether a text may be cut before every run of `mark` without changing an id.
    pub fn splits_before(&self, mark: char) -> bool {
        matches!(&self.kind, Kind::Bpe(model) if model.splits_before(mark))
    }

    /// Appends the ids of one piece of a text.
    #[inline]
    pub fn encode(
        &mut self,
        text: &str,
        range: Range<usize>,
        ids: &mut Vec<u32>,
    ) -> Result<(), Unknown> {
        if let Kind::Bpe(model) = &mut self.kind {
            model.encode(text, range, ids);
            return Ok(());
        }
        let Range { start, end } = range;
        if start == end || self.cache.find(text.as_bytes(), start, end, ids) {
            return Ok(());
        }
        let first = ids.len();
        let piece = &text[start..end];
        self.encode_without(piece, &[], &mut Pieces { ids, spans: None })?;
        self.cache.store(text.as_bytes(), start, end, &ids[first..]);
        Ok(())
    }

    /// Appends the ids of one piece, and for each its bytes of the piece.
    pub fn encode_with_spans(&mut self, piece: &str, out: &mut Pieces<'_>) -> Result<(), Unknown> {
        if let Kind::Bpe(model) = &mut self.kind {
            model.encode_with_spans(piece, out);
            return Ok(());
        }
        if piece.is_empty() {
            return Ok(());
        }
        self.encode_without(piece, &[], out)
    }

    /// Appends the ids of one piece as if the `hidden` ids, which are sorted, were not in the vocabulary. The unknown token
    /// is never hidden.
    pub fn encode_without(
        &mut self,
        piece: &str,
        hidden: &[u32],
        out: &mut Pieces<'_>,
    ) -> Result<(), Unknown> {
        match &mut self.kind {
            Kind::Bpe(model) => {
                model.encode_without(piece, hidden, out);
                Ok(())
            }
            Kind::Unigram(model) => model.encode(piece, hidden, out),
            Kind::WordLevel(model) => model.encode(piece, hidden, out),
            Kind::WordPiece(model) => model.encode(piece, hidden, out),
        }
    }
}

/// The `type`, or what older files without it can only be.
fn kind_of<'a>(node: &Node<'a>) -> Load<&'a str> {
    node.object()?;
    if node.get("type").is_some() {
        return node.kind();
    }
    let is_list = node
        .get("vocab")
        .is_some_and(|vocab| vocab.value.is_array());
    Ok(if node.get("merges").is_some() {
        "BPE"
    } else if is_list {
        "Unigram"
    } else if node.get("max_input_chars_per_word").is_some() {
        "WordPiece"
    } else if node.get("unk_token").is_some() {
        "WordLevel"
    } else {
        "BPE"
    })
}

/// Ids of the tokens `<0x00>` to `<0xFF>`.
pub fn byte_tokens(find: impl Fn(&str) -> Option<u32>) -> Vec<Option<u32>> {
    (0..=255u8)
        .map(|byte| find(&format!("<0x{byte:02X}>")))
        .collect()
}
