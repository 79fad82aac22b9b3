//! The alphabet of byte-level vocabularies: every byte as one printable character.
//!
//! Printable Latin-1 stands for itself; the other 68 bytes follow from U+0100 on, in order (as GPT-2 defined it).

/// Character that stands for a byte.
pub const fn char_of_byte(byte: u8) -> char {
    if stands_for_itself(byte) {
        return byte as char;
    }
    let (mut code, mut before) = (0x100, 0);
    while before < byte {
        code += !stands_for_itself(before) as u32;
        before += 1;
    }
    char::from_u32(code).expect("0x100 to 0x143 are characters")
}

const fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

/// The way back.
pub struct Alphabet {
    bytes: [Option<u8>; 0x144],
}

/// The one table.
pub static ALPHABET: Alphabet = Alphabet::new();

impl Alphabet {
    const fn new() -> Self {
        let mut bytes = [None; 0x144];
        let mut byte = 0;
        while byte < 256 {
            bytes[char_of_byte(byte as u8) as usize] = Some(byte as u8);
            byte += 1;
        }
        Self { bytes }
    }

    /// Appends the bytes that `token` stands for; false, and nothing appended, if a character is not of the alphabet.
    pub fn decode(&self, token: &str, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        for c in token.chars() {
            match self.bytes.get(c as usize).copied().flatten() {
                Some(byte) => out.push(byte),
                None => {
                    out.truncate(start);
                    return false;
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabet_is_a_bijection() {
        let alphabet = &ALPHABET;
        let text: String = (0..=255).map(char_of_byte).collect();
        let mut bytes = Vec::new();
        assert!(alphabet.decode(&text, &mut bytes));
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
        assert_eq!((char_of_byte(b' '), char_of_byte(0)), ('Ġ', 'Ā'));
        assert!(!alphabet.decode("a b", &mut bytes));
        assert_eq!(bytes.len(), 256);
    }
}
