//! The stages put together.

use std::rc::Rc;

use crate::added_vocabulary::{AddedToken, AddedVocabulary};
use crate::aligned::{Aligned, Span};
use crate::bert_words::each_word;
use crate::decoder::Decoder;
use crate::model::{Model, Pieces, Unknown};
use crate::normalizer::Normalizer;
use crate::post_processor::{Part, PostProcessor};
use crate::pre_tokenizer::PreTokenizer;
use crate::provenance::{Provenance, Segment};

/// The mark that stands for a space in SentencePiece vocabularies.
pub const SPACE_MARK: char = '\u{2581}';

/// A loaded tokenizer.
pub struct Tokenizer {
    pub(crate) added: AddedVocabulary,
    pub(crate) normalizer: Normalizer,
    pub(crate) pre_tokenizer: PreTokenizer,
    pub(crate) model: Model,
    pub(crate) post_processor: PostProcessor,
    pub(crate) decoder: Rc<Decoder>,
}

/// A text cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeError;

impl EncodeError {
    /// What was expected, a colon, what was found.
    pub const MESSAGE: &str = "Expected a text whose every part is in the vocabulary, which has no unknown token: found one that is not";
}

impl From<Unknown> for EncodeError {
    fn from(_: Unknown) -> Self {
        Self
    }
}

/// Ids of a prompt made of segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncodedSegments {
    /// The ids.
    pub ids: Vec<u32>,
    /// For each id the index of the segment that it comes from; -1 if the post-processor added it.
    pub segments: Vec<i32>,
}

/// Ids, and where each comes from if anybody asks.
struct Output {
    ids: Vec<u32>,
    spans: Option<Vec<Span>>,
}

impl Tokenizer {
    /// The way back.
    pub fn decoder(&self) -> &Rc<Decoder> {
        &self.decoder
    }

    /// Id of a token, by its text in the file.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        let added = self.added.ids.get(token.as_bytes());
        added.or_else(|| self.model.id_of(token))
    }

    /// Texts of the added tokens, in the order of the file.
    pub fn added_tokens(&self) -> impl Iterator<Item = &str> {
        self.added.tokens.iter().map(|token| token.content.as_str())
    }

    /// Ids of a text in which added tokens, special ones too, are read as such.
    pub fn encode(
        &mut self,
        text: &str,
        add_special_tokens: bool,
    ) -> Result<Vec<u32>, EncodeError> {
        let mut ids = Vec::with_capacity(text.len() / 3 + 8);
        self.encode_into(text, add_special_tokens, &mut ids)?;
        Ok(ids)
    }

    /// As [`Self::encode`], into memory that is there already; what it held is gone.
    pub fn encode_into(
        &mut self,
        text: &str,
        add_special_tokens: bool,
        ids: &mut Vec<u32>,
    ) -> Result<(), EncodeError> {
        ids.clear();
        let mut out = Output {
            ids: std::mem::take(ids),
            spans: None,
        };
        let before = match self.post_processor.parts(add_special_tokens) {
            [Part::Ids(before), Part::Text, ..] => before.as_slice(),
            _ => &[],
        };
        out.ids.extend_from_slice(before);
        let start = before.len();
        let result = self.encode_text(text, None, &mut out);
        *ids = out.ids;
        result?;
        match self.post_processor.parts(add_special_tokens) {
            [Part::Text] | [Part::Ids(_), Part::Text] => {}
            [Part::Text, Part::Ids(after)] | [Part::Ids(_), Part::Text, Part::Ids(after)] => {
                ids.extend_from_slice(after);
            }
            parts => {
                let text = ids.split_off(start);
                ids.clear();
                for part in parts {
                    ids.extend_from_slice(match part {
                        Part::Text => &text,
                        Part::Ids(added) => added,
                    });
                }
            }
        }
        Ok(())
    }

    /// Ids of a prompt whose segments lie end to end in `text`. The text is encoded as one, but an added token that is
    /// special, or one of `placeholders`, is never read from bytes of a user's segment.
    pub fn encode_segments(
        &mut self,
        text: &str,
        segments: &[Segment],
        placeholders: &[String],
        add_special_tokens: bool,
    ) -> Result<EncodedSegments, EncodeError> {
        let provenance = Provenance {
            segments,
            placeholders,
        };
        let mut out = Output {
            ids: Vec::new(),
            spans: Some(Vec::new()),
        };
        self.encode_text(text, Some(&provenance), &mut out)?;
        let spans = out.spans.unwrap_or_default();
        let of_span =
            |&(start, end): &Span| provenance.segment_of(start as usize, end as usize) as i32;
        let text_segments: Vec<i32> = spans.iter().map(of_span).collect();
        let mut encoded = EncodedSegments::default();
        for part in self.post_processor.parts(add_special_tokens) {
            match part {
                Part::Text => {
                    encoded.ids.extend_from_slice(&out.ids);
                    encoded.segments.extend_from_slice(&text_segments);
                }
                Part::Ids(added) => {
                    encoded.ids.extend_from_slice(added);
                    encoded.segments.extend(added.iter().map(|_| -1));
                }
            }
        }
        Ok(encoded)
    }

    /// Added tokens of the raw text, and what lies between.
    fn encode_text(
        &mut self,
        text: &str,
        provenance: Option<&Provenance<'_>>,
        out: &mut Output,
    ) -> Result<(), Unknown> {
        let asks_for_start = self.pre_tokenizer.asks_for_start();
        let stretches = self.added.split(text, false, |token, start, end| {
            provenance.is_none_or(|provenance| provenance.allows(token, start, end))
        });
        for stretch in stretches {
            if let Some(index) = stretch.token {
                out.ids.push(self.added.tokens[index].id);
                if let Some(spans) = &mut out.spans {
                    spans.push((stretch.core.0 as u32, stretch.core.1 as u32));
                }
                continue;
            }
            let gap = &text[stretch.start..stretch.end];
            if let Some(pass) = self.normalizer.only_chars()
                && self.pre_tokenizer.is_bert()
                && out.spans.is_none()
                && !self.added.has_normalized()
            {
                each_word(pass, gap, |text, range| {
                    self.model.encode(text, range, &mut out.ids)
                })?;
                continue;
            }
            let near_start = asks_for_start && stretch.start == 0;
            let is_tracked = out.spans.is_some() || near_start;
            let gap = Aligned::original(gap, stretch.start, is_tracked);
            let gap = self.normalizer.apply(gap);
            self.encode_normalized(&gap, near_start, provenance, out)?;
        }
        Ok(())
    }

    /// Added tokens of a normalized stretch, and what lies between.
    fn encode_normalized(
        &mut self,
        text: &Aligned<'_>,
        near_start: bool,
        provenance: Option<&Provenance<'_>>,
        out: &mut Output,
    ) -> Result<(), Unknown> {
        if !self.added.has_normalized() {
            return self.encode_gap(text, 0..text.text.len(), near_start, provenance, out);
        }
        let stretches = self.added.split(&text.text, true, |token, start, end| {
            provenance.is_none_or(|provenance| {
                let (start, end) = text.span(start..end);
                provenance.allows(token, start as usize, end as usize)
            })
        });
        for stretch in stretches {
            if let Some(index) = stretch.token {
                out.ids.push(self.added.tokens[index].id);
                if let Some(spans) = &mut out.spans {
                    spans.push(text.span(stretch.core.0..stretch.core.1));
                }
            } else {
                let range = stretch.start..stretch.end;
                self.encode_gap(text, range, near_start, provenance, out)?;
            }
        }
        Ok(())
    }

    /// Text without added tokens. A model may still find one, since it has most of them in its vocabulary; where that is
    /// not allowed the piece is encoded as if no guarded token were there.
    fn encode_gap(
        &mut self,
        text: &Aligned<'_>,
        range: std::ops::Range<usize>,
        near_start: bool,
        provenance: Option<&Provenance<'_>>,
        out: &mut Output,
    ) -> Result<(), Unknown> {
        let Self {
            added,
            model,
            pre_tokenizer,
            ..
        } = self;
        let text = text.slice(range);
        let Some(spans) = &mut out.spans else {
            let ids = &mut out.ids;
            // The usual case, in which nothing is asked for every piece that is known beforehand.
            if let (Some(machine), Some(bpe)) = (pre_tokenizer.machine(), model.bpe_mut()) {
                let text: &str = &text.text;
                machine.each(text, |start, end| bpe.encode(text, start..end, ids));
                return Ok(());
            }
            return pre_tokenizer.pieces(text, near_start, |text, range| {
                model.encode(&text.text, range, ids)
            });
        };
        let mut piece_spans = Vec::new();
        let mut hidden: Option<Vec<u32>> = None;
        pre_tokenizer.pieces(text, near_start, |text, range| {
            let piece = &text.text[range.clone()];
            let of_text = |&(start, end): &Span| {
                text.span(range.start + start as usize..range.start + end as usize)
            };
            piece_spans.clear();
            let first = out.ids.len();
            let mut pieces = Pieces {
                ids: &mut out.ids,
                spans: Some(&mut piece_spans),
            };
            model.encode_with_spans(piece, &mut pieces)?;
            let ids = out.ids[first..].iter().copied();
            let is_legal = |(id, span): (u32, &Span)| {
                added
                    .of(id)
                    .zip(provenance)
                    .is_none_or(|(token, provenance)| {
                        let (start, end) = of_text(span);
                        provenance.allows(token, start as usize, end as usize)
                    })
            };
            if !ids.zip(&piece_spans).all(is_legal) {
                let hidden = hidden.get_or_insert_with(|| {
                    let guarded = |token: &&AddedToken| {
                        provenance.is_some_and(|provenance| provenance.guards(token))
                    };
                    let mut ids: Vec<u32> = added
                        .tokens
                        .iter()
                        .filter(guarded)
                        .map(|token| token.id)
                        .collect();
                    ids.sort_unstable();
                    ids
                });
                out.ids.truncate(first);
                piece_spans.clear();
                let mut pieces = Pieces {
                    ids: &mut out.ids,
                    spans: Some(&mut piece_spans),
                };
                model.encode_without(piece, hidden, &mut pieces)?;
            }
            spans.extend(piece_spans.iter().map(of_text));
            Ok(())
        })
    }
}
