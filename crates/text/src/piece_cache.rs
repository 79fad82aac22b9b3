//! Pieces seen before, by their bytes.

/// Longest piece that is kept, bytes.
const KEY: usize = 31;
/// Most ids that are kept with a piece.
const IDS: usize = 7;
/// Number of places; a piece has one place and drives out what was there.
const PLACES: usize = 1 << 14;

/// One cache line.
#[derive(Clone, Copy)]
struct Place {
    /// The bytes of the piece, zero-filled, and its length in the last byte; all zero where nothing is.
    key: [u64; 4],
    count: u32,
    ids: [u32; IDS],
}

/// A bounded cache (1 MiB) of short pieces and their ids. Changes speed only, never ids.
#[derive(Default)]
pub struct PieceCache {
    places: Vec<Place>,
}

#[inline]
fn key_of(piece: &[u8]) -> Option<[u64; 4]> {
    if piece.len() > KEY || piece.is_empty() {
        return None;
    }
    let mut bytes = [0u8; 32];
    bytes[..piece.len()].copy_from_slice(piece);
    bytes[KEY] = piece.len() as u8;
    let mut key = [0u64; 4];
    for (word, chunk) in key.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    Some(key)
}

#[inline]
fn place_of(key: &[u64; 4]) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let left = (key[0] ^ key[2].rotate_left(17)).wrapping_mul(K);
    let right = (key[1] ^ key[3].rotate_left(29)).wrapping_mul(K.rotate_left(32));
    ((left ^ right.rotate_left(32)).wrapping_mul(K) >> (64 - PLACES.trailing_zeros())) as usize
}

impl PieceCache {
    /// Appends the ids of a piece that is known; says whether it is.
    #[inline]
    pub fn find(&self, piece: &[u8], ids: &mut Vec<u32>) -> bool {
        let Some(key) = key_of(piece) else {
            return false;
        };
        match self.places.get(place_of(&key)) {
            Some(place) if place.key == key => {
                ids.extend_from_slice(&place.ids[..place.count as usize]);
                true
            }
            _ => false,
        }
    }

    /// Keeps the ids of a piece, if both are short.
    pub fn store(&mut self, piece: &[u8], ids: &[u32]) {
        let Some(key) = key_of(piece).filter(|_| ids.len() <= IDS) else {
            return;
        };
        if self.places.is_empty() {
            self.places = vec![
                Place {
                    key: [0; 4],
                    count: 0,
                    ids: [0; IDS]
                };
                PLACES
            ];
        }
        let place = &mut self.places[place_of(&key)];
        *place = Place {
            key,
            count: ids.len() as u32,
            ids: [0; IDS],
        };
        place.ids[..ids.len()].copy_from_slice(ids);
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
        for (n, piece) in pieces.iter().enumerate() {
            cache.store(piece.as_bytes(), &vec![n as u32; n % 9]);
        }
        let mut found = 0;
        for (n, piece) in pieces.iter().enumerate() {
            let mut ids = Vec::new();
            if cache.find(piece.as_bytes(), &mut ids) {
                // Different numbers may spell one piece; the last one stored counts.
                let last = pieces.iter().rposition(|other| other == piece).unwrap_or(n);
                assert_eq!(ids, vec![last as u32; last % 9]);
                found += 1;
            }
        }
        assert!(found > 5000, "{found}");
        let mut ids = Vec::new();
        assert!(!cache.find(b"", &mut ids) && !cache.find(&[b'a'; 32], &mut ids) && ids.is_empty());
    }
}
