//! Who wrote which bytes of a prompt, and what follows for added tokens.

use crate::added_vocabulary::AddedToken;

/// Who wrote a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The chat template.
    Template,
    /// Anybody else.
    User,
    /// The template, as the placeholder of a media item.
    Item,
}

/// A stretch of the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Who wrote it.
    pub origin: Origin,
    /// Byte after its last; it begins where the one before it ends.
    pub end: usize,
}

/// The segments of one prompt, and which tokens are placeholders beside the special ones.
pub struct Provenance<'a> {
    /// In order, covering the prompt.
    pub segments: &'a [Segment],
    /// Contents of added tokens that a user may not write either.
    pub placeholders: &'a [String],
}

impl Provenance<'_> {
    /// Indices of the segments that hold any byte of a range.
    fn touched(&self, start: usize, end: usize) -> impl Iterator<Item = usize> {
        let first = self
            .segments
            .partition_point(|segment| segment.end <= start);
        let begins = move |index: usize| {
            if index == 0 {
                0
            } else {
                self.segments[index - 1].end
            }
        };
        (first..self.segments.len())
            .take_while(move |&index| begins(index) < end)
            .filter(move |&i| begins(i) < self.segments[i].end)
    }

    /// Whether a user may not write a token.
    pub fn guards(&self, token: &AddedToken) -> bool {
        token.special || self.placeholders.contains(&token.content)
    }

    /// Whether an added token may be read from these bytes: none of a placeholder or special token may come from a user,
    /// and what touches an item's segment must lie inside it.
    pub fn allows(&self, token: &AddedToken, start: usize, end: usize) -> bool {
        let guarded = self.guards(token);
        self.touched(start, end)
            .all(|index| match self.segments[index].origin {
                Origin::Template => true,
                Origin::User => !guarded,
                Origin::Item => {
                    let begin = if index == 0 {
                        0
                    } else {
                        self.segments[index - 1].end
                    };
                    begin <= start && end <= self.segments[index].end
                }
            })
    }

    /// The segment that an id belongs to: the first one of a user that it holds any byte of, else its first. An id
    /// without bytes belongs to where it stands.
    pub fn segment_of(&self, start: usize, end: usize) -> usize {
        let end = end.max(start + 1);
        let mut touched = self.touched(start, end).peekable();
        let first = touched
            .peek()
            .copied()
            .unwrap_or(self.segments.len().saturating_sub(1));
        touched
            .find(|&index| self.segments[index].origin == Origin::User)
            .unwrap_or(first)
    }
}
