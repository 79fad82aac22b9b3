//! Pieces seen before, by their bytes.

/// Longest piece that is kept, bytes.
const KEY: usize = 15;
/// Most ids that are kept with a piece.
const IDS: usize = 3;
/// Number of places; a piece has one place and drives out what was there.
const PLACES: usize = 1 << 14;

#[derive(Clone, Copy)]
struct Place {
    /// The bytes of the piece, zero-filled, and its length in the top byte; 0 where nothing is.
    key: u128,
    count: u32,
    ids: [u32; IDS],
}

/// A bounded cache (512 KiB) of short pieces and their ids. Changes speed only, never ids.
#[derive(Default)]
pub struct PieceCache {
    places: Vec<Place>,
}

#[inline]
fn key_of(piece: &[u8]) -> Option<u128> {
    if piece.len() > KEY || piece.is_empty() {
        return None;
    }
    let mut bytes = [0u8; 16];
    bytes[..piece.len()].copy_from_slice(piece);
    bytes[15] = piece.len() as u8;
    Some(u128::from_le_bytes(bytes))
}

#[inline]
fn place_of(key: u128) -> usize {
    let folded =
        (key as u64 ^ ((key >> 64) as u64).rotate_left(23)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (folded >> (64 - PLACES.trailing_zeros())) as usize
}

impl PieceCache {
    /// Appends the ids of a piece that is known; says whether it is.
    #[inline]
    pub fn find(&self, piece: &[u8], ids: &mut Vec<u32>) -> bool {
        let Some(key) = key_of(piece) else {
            return false;
        };
        match self.places.get(place_of(key)) {
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
                    key: 0,
                    count: 0,
                    ids: [0; IDS]
                };
                PLACES
            ];
        }
        let place = &mut self.places[place_of(key)];
        *place = Place {
            key,
            count: ids.len() as u32,
            ids: [0; IDS],
        };
        place.ids[..ids.len()].copy_from_slice(ids);
    }
}
