//! Strings and their ids: one arena of bytes, one open-addressing table.

/// Id of a slot or entry that is not taken.
pub const NO_ID: u32 = u32::MAX;

/// Strings end to end, each with an id, on their way into a table.
#[derive(Debug, Default)]
pub struct TokenList {
    /// The strings.
    pub bytes: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<u32>,
    /// Their ids.
    pub ids: Vec<u32>,
}

impl TokenList {
    /// Where the last whole string ends.
    pub fn end(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// What has been appended to `bytes` since the last string is a string of this id.
    pub fn close(&mut self, id: u32) {
        self.ends.push(self.bytes.len() as u32);
        self.ids.push(id);
    }
}

/// Byte strings by id and ids by byte string. Ids may have gaps.
#[derive(Debug, Default, Clone)]
pub struct TokenTable {
    bytes: Vec<u8>,
    /// Start and end in `bytes`, by id; start `NO_ID` for an id that stands for nothing.
    ranges: Vec<(u32, u32)>,
    /// Ids, `NO_ID` where free; a power of two, at most half full.
    slots: Vec<u32>,
    len: usize,
}

/// A hash of a byte string: eight bytes at a time, multiply and fold.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = K ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0u8; 8];
        word.copy_from_slice(chunk);
        state = (state ^ u64::from_le_bytes(word)).wrapping_mul(K);
        state ^= state >> 29;
    }
    let mut word = [0u8; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    state = (state ^ u64::from_le_bytes(word)).wrapping_mul(K);
    state ^ (state >> 32)
}

impl TokenTable {
    /// An empty table with room for `tokens` strings.
    pub fn with_capacity(tokens: usize) -> Self {
        let slots = (tokens * 2).next_power_of_two().max(16);
        Self {
            slots: vec![NO_ID; slots],
            ..Self::default()
        }
    }

    /// Table of an object: of equal strings the last one is there, the others are not.
    pub fn of_object(list: TokenList) -> Self {
        Self::of_list(list, true)
    }

    /// Table of an array: of equal strings the last one is looked up, the others are found by their ids alone.
    pub fn of_array(list: TokenList) -> Self {
        Self::of_list(list, false)
    }

    fn of_list(list: TokenList, drop_equals: bool) -> Self {
        let mut table = Self::with_capacity(list.ends.len());
        let bound = list.ids.iter().max().map_or(0, |&id| id as usize + 1);
        table.bytes = list.bytes;
        table.ranges = vec![(NO_ID, 0); bound];
        let mut start = 0;
        for (&end, &id) in list.ends.iter().zip(&list.ids) {
            let range = (start, end);
            start = end;
            let slot = table.slot(&table.bytes[range.0 as usize..end as usize]);
            let before = std::mem::replace(&mut table.slots[slot], id);
            if before == NO_ID {
                table.len += 1;
            } else if drop_equals {
                table.ranges[before as usize] = (NO_ID, 0);
            }
            table.ranges[id as usize] = range;
        }
        table
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Largest id plus one.
    pub fn id_bound(&self) -> usize {
        self.ranges.len()
    }

    /// Adds a string. A string that is there already keeps its bytes and gets the new id for look-ups.
    pub fn insert(&mut self, bytes: &[u8], id: u32) {
        if (self.len + 1) * 2 > self.slots.len() {
            self.grow();
        }
        self.append(bytes, id);
        let slot = self.slot(bytes);
        if self.slots[slot] == NO_ID {
            self.len += 1;
        }
        self.slots[slot] = id;
    }

    /// Adds a string that is found by its id alone.
    pub fn append(&mut self, bytes: &[u8], id: u32) {
        let range = (
            self.bytes.len() as u32,
            (self.bytes.len() + bytes.len()) as u32,
        );
        self.bytes.extend_from_slice(bytes);
        if self.ranges.len() <= id as usize {
            self.ranges.resize(id as usize + 1, (NO_ID, 0));
        }
        self.ranges[id as usize] = range;
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![NO_ID; (old.len() * 2).max(16)];
        for id in old.into_iter().filter(|&id| id != NO_ID) {
            let (start, end) = self.ranges[id as usize];
            let slot = self.slot(&self.bytes[start as usize..end as usize]);
            self.slots[slot] = id;
        }
    }

    /// Where a string is, or the free slot where it would go.
    #[inline]
    fn slot(&self, bytes: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(bytes) as usize & mask;
        while self.slots[slot] != NO_ID && self.of(self.slots[slot]) != Some(bytes) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Id of a string.
    #[inline]
    pub fn get(&self, bytes: &[u8]) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let id = self.slots[self.slot(bytes)];
        (id != NO_ID).then_some(id)
    }

    /// String of an id.
    #[inline]
    pub fn of(&self, id: u32) -> Option<&[u8]> {
        let &(start, end) = self.ranges.get(id as usize)?;
        (start != NO_ID).then(|| &self.bytes[start as usize..end as usize])
    }

    /// Where the string of an id lies: all bytes, its start, its end; an empty one for an id that stands for nothing.
    #[inline]
    pub fn place_of(&self, id: u32) -> (&[u8], usize, usize) {
        match self.ranges.get(id as usize) {
            Some(&(start, end)) if start != NO_ID => (&self.bytes, start as usize, end as usize),
            _ => (&[], 0, 0),
        }
    }

    /// String of an id, as text.
    pub fn text(&self, id: u32) -> Option<&str> {
        self.of(id)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        let mut table = TokenTable::default();
        for id in 0..5000u32 {
            table.insert(format!("token {id}").as_bytes(), id * 3);
        }
        assert_eq!((table.len(), table.id_bound()), (5000, 14998));
        for id in 0..5000u32 {
            assert_eq!(table.get(format!("token {id}").as_bytes()), Some(id * 3));
            assert_eq!(table.text(id * 3), Some(format!("token {id}").as_str()));
            assert_eq!(table.of(id * 3 + 1), None);
        }
        assert_eq!(table.get(b"token 5000"), None);
        assert_eq!(TokenTable::default().get(b""), None);
    }
}
