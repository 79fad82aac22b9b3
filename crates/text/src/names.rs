//! What tokens are called in the file, by id.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::byte_level::{ALPHABET, char_of_byte};
use crate::token_table::TokenTable;

/// Names of tokens. Those of a byte-level vocabulary follow from the bytes that tokens stand for, so that they are worked out only
/// if somebody asks for one by its id.
pub struct Names {
    /// Those that nothing else tells.
    own: Rc<TokenTable>,
    /// The bytes that the other tokens stand for.
    spelled: Option<Rc<TokenTable>>,
    id_bound: usize,
    /// All of them, where some are spelled.
    all: OnceCell<TokenTable>,
}

impl Names {
    /// Names that are all there.
    pub fn of(own: Rc<TokenTable>) -> Self {
        Self {
            id_bound: own.id_bound(),
            own,
            spelled: None,
            all: OnceCell::new(),
        }
    }

    /// Names that `spelled` tells, but for a few; ids are below `id_bound`.
    pub fn spelled(own: TokenTable, spelled: Rc<TokenTable>, id_bound: usize) -> Self {
        Self {
            own: Rc::new(own),
            spelled: Some(spelled),
            id_bound,
            all: OnceCell::new(),
        }
    }

    /// Largest id plus one.
    pub fn id_bound(&self) -> usize {
        self.id_bound
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.own.len() + self.spelled.as_ref().map_or(0, |spelled| spelled.len())
    }

    /// All of them.
    pub fn all(&self) -> &TokenTable {
        let Some(spelled) = &self.spelled else {
            return &self.own;
        };
        self.all.get_or_init(|| {
            let mut all = TokenTable::with_capacity(self.len());
            let mut name = String::new();
            for id in 0..self.id_bound as u32 {
                if let Some(bytes) = spelled.of(id) {
                    name.clear();
                    name.extend(bytes.iter().map(|&byte| char_of_byte(byte)));
                    all.insert(name.as_bytes(), id);
                } else if let Some(own) = self.own.of(id) {
                    all.insert(own, id);
                }
            }
            all
        })
    }

    /// Name of an id.
    pub fn text(&self, id: u32) -> Option<&str> {
        match &self.spelled {
            Some(spelled) if spelled.of(id).is_some() => self.all().text(id),
            _ => self.own.text(id),
        }
    }

    /// Id of a name.
    pub fn get(&self, name: &str) -> Option<u32> {
        let mut bytes = Vec::with_capacity(name.len());
        match &self.spelled {
            Some(spelled) if ALPHABET.decode(name, &mut bytes) => spelled.get(&bytes),
            _ => self.own.get(name.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_names_are_those_of_the_file() {
        let names = ["Ġthe", "ĉ", "<a b>", "", "Ã©"];
        let (mut whole, mut own, mut spelled) = <(TokenTable, TokenTable, TokenTable)>::default();
        let mut bytes = Vec::new();
        for (id, name) in (3..).step_by(2).zip(names) {
            whole.insert(name.as_bytes(), id);
            bytes.clear();
            match ALPHABET.decode(name, &mut bytes) {
                true => spelled.insert(&bytes, id),
                false => own.insert(name.as_bytes(), id),
            }
        }
        let bound = whole.id_bound() + 2;
        let sparse = Names::spelled(own, Rc::new(spelled), bound);
        let dense = Names::of(Rc::new(whole));
        assert_eq!((sparse.len(), sparse.id_bound()), (dense.len(), bound));
        for name in names.into_iter().chain(["no such", "nosuch"]) {
            assert_eq!(sparse.get(name), dense.get(name), "{name:?}");
        }
        for id in 0..20 {
            assert_eq!(sparse.text(id), dense.text(id));
        }
    }
}
