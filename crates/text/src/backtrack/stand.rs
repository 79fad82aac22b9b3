//! Whether two tokens stand side by side: what the search asks at each border.

use super::Backtracker;
use super::tables::{Origin, Token, head_of};
use super::way::Last;
use crate::pair_table::{NO_RANK, PairTable};

impl Backtracker {
    /// Whether two tokens stand side by side in what is merged up to the age `limit`: no pair at their border merges before
    /// that, nor, further down, before the merge taken back. `head` is that of the text behind the border. If they do not:
    /// the left part of the pair that merges.
    pub(super) fn stand(
        &self,
        pairs: &PairTable,
        left: u32,
        right: u32,
        limit: u32,
        head: u32,
    ) -> Result<(), u32> {
        let (mut left, mut right, mut limit) = (left, right, limit);
        loop {
            // A merge of rank r has the age r + 1.
            if pairs.merges_below(left, right, limit.saturating_sub(1)) {
                return Err(left);
            }
            let (a, b) = (&self.tokens[left as usize], &self.tokens[right as usize]);
            // Taken back on the left: what comes at the same rank comes further left. Selected by bits: which of the two is
            // younger nobody can foresee, and the compiler would make a branch of it.
            let (age, other) = (a.origin.age(), b.origin.age());
            let is_left = 0u32.wrapping_sub((age > other).into());
            let select = |if_left: u32, if_right: u32| if_right ^ ((if_left ^ if_right) & is_left);
            if select(a.wary & head, other) == 0 {
                return Ok(());
            }
            limit = select(age, other + 1);
            left = select(a.origin.right(), left);
            right = select(right, b.origin.left());
        }
    }

    /// As [`Self::stand`] without limit, for a left token that is the longest that the text there begins with: no merge
    /// makes it longer, so it is taken back at least once before a pair can merge.
    #[inline]
    pub(super) fn stand_behind_longest(
        &self,
        pairs: &PairTable,
        left: Token,
        right: u32,
        head: u32,
    ) -> Result<(), u32> {
        if left.wary & head == 0 {
            return Ok(());
        }
        self.stand_after_all(pairs, left.origin, right, head)
    }

    fn stand_after_all(
        &self,
        pairs: &PairTable,
        a: Origin,
        right: u32,
        head: u32,
    ) -> Result<(), u32> {
        let mut right = right;
        loop {
            let b = self.tokens[right as usize].origin;
            if a.age() > b.age() {
                return self.stand(pairs, a.right(), right, a.age(), head);
            }
            if b.age() == 0 {
                return Ok(());
            }
            right = b.left();
        }
    }

    /// As [`Self::stand`] without limit, for the last token of a way.
    #[inline]
    pub(super) fn stand_behind(
        &self,
        pairs: &PairTable,
        last: Last,
        token: u32,
        rest: &[u8],
    ) -> Result<(), u32> {
        if last.is_longest {
            self.stand_behind_longest(pairs, last.token, token, head_of(rest))
        } else {
            self.stand(pairs, last.id, token, NO_RANK, head_of(rest))
        }
    }
}
