//! What a text-changing pass makes of each character, worked out when the character is first met.

use crate::unicode::decode;
use std::cell::{Cell, OnceCell, RefCell};

/// What becomes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where what it becomes begins.
    start: u32,
    length: u16,
    /// Its canonical combining class, if the pass asks for it.
    pub class: u8,
    /// Bits that mean what the pass wants.
    pub flags: u8,
}

/// An entry that is not worked out; no pass has all flags.
const UNKNOWN: Entry = Entry {
    start: 0,
    length: 0,
    class: 0,
    flags: u8::MAX,
};

/// 256 characters.
type Block = Box<[Cell<Entry>; 256]>;

/// The table.
#[derive(Debug, Clone)]
pub struct CharTable {
    blocks: Box<[OnceCell<Block>]>,
    /// What characters become, end to end.
    texts: RefCell<String>,
}

/// A character of a text.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// What becomes of it.
    pub entry: Entry,
    /// Its length in bytes.
    pub size: usize,
}

impl CharTable {
    /// A table of which nothing is worked out.
    pub fn new() -> Self {
        Self {
            blocks: vec![OnceCell::new(); 0x1100].into_boxed_slice(),
            texts: RefCell::default(),
        }
    }

    /// The entry of a code point. `make` appends what a character becomes, at most 65,535 bytes, and gives its flags and class.
    #[inline]
    pub fn entry(&self, code: usize, make: impl Fn(char, &mut String) -> (u8, u8)) -> Entry {
        let Some(block) = self.blocks.get(code >> 8) else {
            return UNKNOWN;
        };
        let block = block.get_or_init(|| Box::new([const { Cell::new(UNKNOWN) }; 256]));
        let place = &block[code & 255];
        if place.get().flags == UNKNOWN.flags {
            place.set(self.make(code, make));
        }
        place.get()
    }

    /// The character of a text at a place, where one begins. `make` as for [`CharTable::entry`]. The whole of what the loops
    /// of the passes do for a character, and faster when it stands in them.
    #[inline(always)]
    pub fn at(
        &self,
        bytes: &[u8],
        at: usize,
        make: impl Fn(char, &mut String) -> (u8, u8),
    ) -> Found {
        let (code, size) = match bytes[at] {
            byte if byte < 128 => (usize::from(byte), 1),
            _ => decode(bytes, at),
        };
        let entry = self.entry(code, make);
        Found { entry, size }
    }

    #[cold]
    fn make(&self, code: usize, make: impl Fn(char, &mut String) -> (u8, u8)) -> Entry {
        let mut texts = self.texts.borrow_mut();
        let start = texts.len();
        let c = char::from_u32(code as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        let (flags, class) = make(c, &mut texts);
        Entry {
            start: start as u32,
            length: (texts.len() - start) as u16,
            class,
            flags,
        }
    }

    /// Gives `sink` what a character becomes.
    #[inline]
    pub fn text(&self, entry: Entry, sink: impl FnOnce(&str)) {
        let start = entry.start as usize;
        sink(&self.texts.borrow()[start..start + usize::from(entry.length)]);
    }
}
