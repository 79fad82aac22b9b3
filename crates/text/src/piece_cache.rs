//! Pieces seen before, by their bytes.

/// Longest piece in the table of short ones, bytes, and most ids that are kept with it.
const SHORT: usize = 15;
const SHORT_IDS: usize = 3;
const SHORT_PLACES: usize = 1 << 15;
/// The same for the table of long ones, where also short pieces of many ids are.
const LONG: usize = 31;
const LONG_IDS: usize = 7;
const LONG_PLACES: usize = 1 << 13;
/// Set in the length of a short piece whose ids are in the table of long ones, being many.
const MANY: u64 = 1 << 63;
const K: u64 = 0x9e37_79b9_7f4a_7c15;

/// Half a cache line: the bytes of the piece with its length in the last one, then the ids and their number.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct ShortPlace([u64; 4]);

/// A cache line, in the same order.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct LongPlace([u64; 8]);

/// Places that share a part of a hash.
const WAYS: usize = 2;

/// Places in the order in which they were filled, which is how memory is written fastest; and where each is, by the hash of its
/// piece. That part stays in the processor's cache, and says of nearly every new piece that it is new.
struct Table<Place, const PLACES: usize> {
    /// For each hash the rest of it, above the number of the place; 0 where none is.
    sets: Vec<[u32; WAYS]>,
    places: Vec<Place>,
    /// Place that is filled next where all are taken.
    oldest: usize,
    /// Which of two is given up next.
    way: usize,
}

/// Whether an entry of a set has this rest of a hash.
#[inline(always)]
fn is_of(entry: u32, rest: u32) -> bool {
    (entry ^ rest) >> 16 == 0
}

impl<Place, const PLACES: usize> Default for Table<Place, PLACES> {
    fn default() -> Self {
        Self {
            sets: Vec::new(),
            places: Vec::new(),
            oldest: 0,
            way: 0,
        }
    }
}

impl<Place, const PLACES: usize> Table<Place, PLACES> {
    const SET_BITS: u32 = (PLACES / WAYS).trailing_zeros();

    /// Number of a set and the rest of a hash, which is not 0, above 16 bits.
    #[inline(always)]
    fn set_of(hash: u64) -> (usize, u32) {
        let set = hash >> (64 - Self::SET_BITS);
        let rest = (hash >> (32 - Self::SET_BITS)) as u32 & 0xffff_0000;
        (set as usize, rest | 1 << 16)
    }

    /// The only place where the piece with a hash may be.
    #[inline(always)]
    fn get(&self, hash: u64) -> Option<&Place> {
        let (set, rest) = Self::set_of(hash);
        let &[first, second] = self.sets.get(set)?;
        if !(is_of(first, rest) || is_of(second, rest)) {
            return None;
        }
        // Selected without a branch: which of the two it is nobody can foresee.
        let entry = if is_of(first, rest) { first } else { second };
        self.places.get(entry as usize & 0xffff)
    }

    /// Fills a place.
    fn put(&mut self, hash: u64, place: Place) {
        if self.sets.is_empty() {
            self.sets = vec![[0; WAYS]; PLACES / WAYS];
            self.places.reserve_exact(PLACES);
        }
        let at = if self.places.len() < PLACES {
            self.places.push(place);
            self.places.len() - 1
        } else {
            let at = self.oldest;
            self.places[at] = place;
            self.oldest = (at + 1) % PLACES;
            at
        };
        let (set, rest) = Self::set_of(hash);
        let set = &mut self.sets[set];
        // Free, or of the same rest, of which no set has two. Selected without a branch again.
        let [takes_first, takes_second] = set.map(|entry| entry == 0 || is_of(entry, rest));
        let way = usize::from(!takes_first && (takes_second || self.way == 1));
        self.way ^= usize::from(!takes_first && !takes_second);
        set[way] = rest | at as u32;
    }
}

/// A bounded cache of pieces and their ids. Changes speed only, never ids. What comes drives out what was there longest, or
/// is told by the same part of a hash.
#[derive(Default)]
pub struct PieceCache {
    short: Table<ShortPlace, SHORT_PLACES>,
    long: Table<LongPlace, LONG_PLACES>,
}

/// For each number of bytes two words with as many bytes set.
static MASKS: [[u64; 2]; 32] = {
    let mut masks = [[0; 2]; 32];
    let mut length = 1;
    while length <= 16 {
        masks[length] = masks[length - 1];
        masks[length][(length - 1) / 8] |= 0xff << ((length - 1) % 8 * 8);
        length += 1;
    }
    masks
};

/// At most 16 bytes of a text, zero-filled. Without a copy of so many bytes, which takes a call.
#[inline]
fn words(text: &[u8], start: usize, length: usize) -> [u64; 2] {
    let (low, high) = match text.get(start..).and_then(<[u8]>::first_chunk::<16>) {
        Some(chunk) => {
            let (words, _) = chunk.as_chunks::<8>();
            (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
        }
        None => {
            let mut bytes = [0u8; 16];
            bytes[..length].copy_from_slice(&text[start..start + length]);
            let (words, _) = bytes.as_chunks::<8>();
            (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
        }
    };
    let masks = MASKS[length & 31];
    [low & masks[0], high & masks[1]]
}

/// The first bytes of a piece, zero-filled, with its length in the last byte.
#[inline]
fn short_key(text: &[u8], start: usize, length: usize) -> [u64; 2] {
    let [low, high] = words(text, start, length);
    [low, high | (length as u64) << 56]
}

/// The same of a longer piece.
#[inline]
fn long_key(text: &[u8], start: usize, length: usize) -> [u64; 4] {
    let [a, b] = words(text, start, length.min(16));
    let [c, d] = match length {
        0..=16 => [0, 0],
        _ => words(text, start + 16, length - 16),
    };
    [a, b, c, d | (length as u64) << 56]
}

#[inline]
fn short_hash(key: [u64; 2]) -> u64 {
    (key[0] ^ key[1].wrapping_mul(K).rotate_left(29)).wrapping_mul(K)
}

fn long_hash(key: [u64; 4]) -> u64 {
    let hash = key.iter().fold(0u64, |hash, word| {
        (hash ^ word).wrapping_mul(K).rotate_left(29)
    });
    hash.wrapping_mul(K)
}

/// Two ids of a word.
#[inline]
fn ids_of(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

impl PieceCache {
    /// Appends the ids of a piece of a text if it is known; says whether it is.
    #[inline]
    pub fn find(&self, text: &[u8], start: usize, end: usize, ids: &mut Vec<u32>) -> bool {
        let length = end - start;
        if length <= SHORT {
            let key = short_key(text, start, length);
            let Some(&ShortPlace([low, high, first, second])) = self.short.get(short_hash(key))
            else {
                return false;
            };
            if low == key[0] && high == key[1] {
                let ([one, two], [three, count]) = (ids_of(first), ids_of(second));
                // One by one: a copy of so many takes a call.
                if count > 0 {
                    ids.push(one);
                }
                if count > 1 {
                    ids.push(two);
                }
                if count > 2 {
                    ids.push(three);
                }
                return true;
            }
            if low != key[0] || high != key[1] | MANY {
                return false;
            }
        } else if length > LONG {
            return false;
        }
        self.find_long(text, start, length, ids)
    }

    fn find_long(&self, text: &[u8], start: usize, length: usize, ids: &mut Vec<u32>) -> bool {
        let key = long_key(text, start, length);
        let Some(LongPlace(place)) = self.long.get(long_hash(key)) else {
            return false;
        };
        // Word by word: a comparison of so many bytes takes a call.
        if place.iter().zip(key).fold(0, |all, (a, b)| all | a ^ b) != 0 {
            return false;
        }
        let count = place[7] >> 32;
        let all = place[4..].iter().flat_map(|&word| ids_of(word));
        ids.extend(all.take(count as usize));
        true
    }

    /// Keeps the ids of a piece of a text that is not empty, if both are short.
    pub fn store(&mut self, text: &[u8], start: usize, end: usize, ids: &[u32]) {
        let length = end - start;
        if length > LONG || ids.len() > LONG_IDS {
            return;
        }
        let word = |at: usize| {
            let id = |at: usize| ids.get(at).copied().map_or(0, u64::from);
            id(at) | id(at + 1) << 32
        };
        if length <= SHORT {
            let key = short_key(text, start, length);
            let place = if ids.len() <= SHORT_IDS {
                [key[0], key[1], word(0), word(2) | (ids.len() as u64) << 32]
            } else {
                [key[0], key[1] | MANY, 0, 0]
            };
            self.short.put(short_hash(key), ShortPlace(place));
            if ids.len() <= SHORT_IDS {
                return;
            }
        }
        let [a, b, c, d] = long_key(text, start, length);
        let count = (ids.len() as u64) << 32;
        let place = [a, b, c, d, word(0), word(2), word(4), word(6) | count];
        self.long.put(long_hash([a, b, c, d]), LongPlace(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_with_its_ids_or_not_at_all() {
        let mut cache = PieceCache::default();
        let pieces: Vec<String> = (0..40_000u32)
            .map(|n| format!("{n:x}").repeat(1 + n as usize % 4))
            .collect();
        let text = pieces.concat();
        for (n, piece) in pieces.iter().enumerate() {
            cache.store(piece.as_bytes(), 0, piece.len(), &vec![n as u32; n % 9]);
        }
        let (mut found, mut at) = (0, 0);
        for (n, piece) in pieces.iter().enumerate() {
            let mut ids = Vec::new();
            if cache.find(text.as_bytes(), at, at + piece.len(), &mut ids) {
                // Different numbers may spell one piece; one of them counts, by the number of its ids in one table each.
                let spelled = |id: u32| &pieces[id as usize] == piece;
                assert!(ids.iter().all(|&id| spelled(id)), "{piece} {ids:?}");
                assert!(
                    ids.first()
                        .is_none_or(|&id| ids == vec![id; id as usize % 9])
                );
                found += usize::from(ids.first() == Some(&(n as u32)));
            }
            at += piece.len();
        }
        assert!(found > 5000, "{found}");
        let mut ids = Vec::new();
        assert!(!cache.find(&[b'a'; 40], 0, 32, &mut ids) && ids.is_empty());
    }

    #[test]
    fn zeros_are_bytes_like_any_other() {
        let mut cache = PieceCache::default();
        cache.store(&[0, 0], 0, 2, &[7]);
        for (end, known) in [(1, false), (2, true), (3, false)] {
            assert_eq!(cache.find(&[0; 20], 0, end, &mut Vec::new()), known);
        }
    }
}
