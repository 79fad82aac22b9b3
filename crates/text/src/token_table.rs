//! Strings and their ids: one arena of bytes, one open-addressing table.

use std::cell::OnceCell;

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
    /// Ids, `NO_ID` where free; a power of two, at most half full. Made when it is needed, where strings came by id.
    slots: OnceCell<Vec<u32>>,
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
        Self {
            slots: OnceCell::from(Self::free_slots(tokens)),
            ..Self::default()
        }
    }

    fn free_slots(tokens: usize) -> Vec<u32> {
        vec![NO_ID; (tokens * 2).next_power_of_two().max(16)]
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
        let mut slots = Self::free_slots(list.ends.len());
        let mut table = Self::default();
        let bound = list.ids.iter().max().map_or(0, |&id| id as usize + 1);
        table.bytes = list.bytes;
        table.ranges = vec![(NO_ID, 0); bound];
        let mut start = 0;
        for (&end, &id) in list.ends.iter().zip(&list.ids) {
            let range = (start, end);
            start = end;
            let slot = table.slot(&slots, &table.bytes[range.0 as usize..end as usize]);
            let before = std::mem::replace(&mut slots[slot], id);
            if before == NO_ID {
                table.len += 1;
            } else if drop_equals {
                table.ranges[before as usize] = (NO_ID, 0);
            }
            table.ranges[id as usize] = range;
        }
        table.slots = OnceCell::from(slots);
        table
    }

    /// Table of strings end to end in the order of their ids, with the length of each, `NO_ID` for an id that stands for
    /// nothing; none if the lengths do not fit. Of equal strings the last one is looked up. `places` are those of
    /// [`Self::places`], or none at all.
    pub fn of_lengths(bytes: Vec<u8>, lengths: &[u32], places: Vec<u32>) -> Option<Self> {
        let mut ranges = Vec::with_capacity(lengths.len());
        let mut start = 0u32;
        let mut len = 0;
        for &length in lengths {
            if length == NO_ID {
                ranges.push((NO_ID, 0));
                continue;
            }
            let end = start.checked_add(length)?;
            ranges.push((start, end));
            start = end;
            len += 1;
        }
        let bound = ranges.len();
        let is_good = |&id: &u32| id == NO_ID || (id as usize) < bound;
        // A search ends at a place that is free.
        let fits = places.is_empty()
            || places.len().is_power_of_two()
                && places.contains(&NO_ID)
                && places.iter().all(is_good);
        let slots = match places.is_empty() {
            true => OnceCell::new(),
            false => OnceCell::from(places),
        };
        (start as usize == bytes.len() && fits).then_some(Self {
            bytes,
            ranges,
            slots,
            len,
        })
    }

    /// The places by which ids are found.
    pub fn places(&self) -> &[u32] {
        self.index()
    }

    /// What [`TokenTable::of_lengths`] takes.
    pub fn lengths(&self) -> (Vec<u8>, Vec<u32>) {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let ids = 0..self.id_bound() as u32;
        let lengths = ids.map(|id| {
            self.of(id).map_or(NO_ID, |string| {
                bytes.extend_from_slice(string);
                string.len() as u32
            })
        });
        let lengths = lengths.collect();
        (bytes, lengths)
    }

    /// Whether every string is UTF-8.
    pub fn is_text(&self) -> bool {
        let Ok(text) = str::from_utf8(&self.bytes) else {
            return false;
        };
        let mut known = self.ranges.iter().filter(|range| range.0 != NO_ID);
        known.all(|&(start, end)| text.get(start as usize..end as usize).is_some())
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
        self.index();
        let mut slots = self.slots.take().unwrap_or_default();
        if (self.len + 1) * 2 > slots.len() {
            let old = std::mem::replace(&mut slots, Self::free_slots(self.len + 1));
            for id in old.into_iter().filter(|&id| id != NO_ID) {
                let (start, end) = self.ranges[id as usize];
                let slot = self.slot(&slots, &self.bytes[start as usize..end as usize]);
                slots[slot] = id;
            }
        }
        self.append(bytes, id);
        let slot = self.slot(&slots, bytes);
        if std::mem::replace(&mut slots[slot], id) == NO_ID {
            self.len += 1;
        }
        self.slots = OnceCell::from(slots);
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

    /// The slots, made of the strings by growing id if there are none yet.
    fn index(&self) -> &[u32] {
        self.slots.get_or_init(|| {
            let mut slots = Self::free_slots(self.len);
            for id in 0..self.id_bound() as u32 {
                if let Some(string) = self.of(id) {
                    let slot = self.slot(&slots, string);
                    slots[slot] = id;
                }
            }
            slots
        })
    }

    /// Where a string is, or the free slot where it would go.
    #[inline]
    fn slot(&self, slots: &[u32], bytes: &[u8]) -> usize {
        let mask = slots.len() - 1;
        let mut slot = hash(bytes) as usize & mask;
        while slots[slot] != NO_ID && self.of(slots[slot]) != Some(bytes) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Id of a string.
    #[inline]
    pub fn get(&self, bytes: &[u8]) -> Option<u32> {
        let slots = self.index();
        let id = slots[self.slot(slots, bytes)];
        (id != NO_ID).then_some(id)
    }

    /// String of an id.
    #[inline]
    pub fn of(&self, id: u32) -> Option<&[u8]> {
        let &(start, end) = self.ranges.get(id as usize)?;
        (start != NO_ID).then(|| &self.bytes[start as usize..end as usize])
    }

    /// Where the string of an id lies: all bytes, its start, its end.
    #[inline]
    pub fn place_of(&self, id: u32) -> Option<(&[u8], usize, usize)> {
        let &(start, end) = self.ranges.get(id as usize)?;
        (start != NO_ID).then_some((&self.bytes, start as usize, end as usize))
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
