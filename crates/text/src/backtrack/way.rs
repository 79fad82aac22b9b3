//! The tokens of a piece while they are searched for.

use super::tables::Token;

/// Memory of a search.
#[derive(Debug, Default)]
pub struct Search {
    /// Where each token of the way begins, and whether it is the longest there.
    pub starts: Vec<(usize, bool)>,
    /// One bit for each place from which nothing leads on.
    pub dead: Vec<u64>,
}

/// The tokens of a piece so far, of which the last are taken back where they lead nowhere.
pub struct Way<'a> {
    /// What was there before the piece, then its tokens.
    pub ids: &'a mut Vec<u32>,
    /// How much was there.
    pub before: usize,
    /// Where each of its tokens begins, and whether it is the longest there.
    pub starts: &'a mut Vec<(usize, bool)>,
}

/// The last of them.
#[derive(Clone, Copy)]
pub struct Last {
    /// Its id.
    pub id: u32,
    /// What there is to know of it.
    pub token: Token,
    /// Whether it is the longest at its place.
    pub is_longest: bool,
}

impl Way<'_> {
    /// Adds a token, where it begins, and whether it is the longest there.
    #[inline]
    pub fn push(&mut self, token: u32, start: usize, is_longest: bool) {
        self.ids.push(token);
        self.starts.push((start, is_longest));
    }

    /// Takes the last token back; gives it, and where it began.
    #[inline]
    pub fn pop(&mut self) -> Option<(u32, usize)> {
        let (start, _) = self.starts.pop()?;
        Some((self.ids.pop()?, start))
    }

    /// Takes all back.
    pub fn clear(&mut self) {
        self.ids.truncate(self.before);
        self.starts.clear();
    }
}
