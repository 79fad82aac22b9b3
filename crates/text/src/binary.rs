//! The compact form of a loaded tokenizer: what takes long to read or to work out, ready to be used.
//!
//! All numbers are little-endian. Sections begin at multiples of eight bytes, in the order of [`SECTIONS`].
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `LIMBTOK\0` |
//! | 8..12 | [`FORMAT`] |
//! | 12..16 | number of sections |
//! | 16..32 | XXH3 (128 bits) of the tokenizer.json that this was made from |
//! | 32..40 | its length |
//! | 40..48 | XXH3 (64 bits) of all bytes before this and behind it |
//! | 48.. | length of each section in bytes, 64 bits each; then the sections |
//!
//! A file that is cut, damaged, of another format or of another tokenizer.json is refused and then made anew, so there is no
//! migration: whatever changes what a section holds, or how a table is worked out, changes [`FORMAT`]. Whoever can write the
//! file can write tokenizer.json too; a forged one gives wrong ids, and is checked only so far that nothing runs out of bounds
//! or without end.

use xxhash_rust::xxh3::Xxh3;

/// Number of the format.
pub const FORMAT: u32 = 5;

const MAGIC: &[u8; 8] = b"LIMBTOK\0";
/// Number of sections: settings (JSON), tokens, their ids, lengths and places, scores, spelled tokens and their lengths, merges
/// and their results, two trees, prefixes, what is wary of what, contributions and their lengths, two words of facts.
const SECTIONS: usize = 17;
const CHECKSUM_AT: usize = 40;
const LENGTHS_AT: usize = 48;
const SECTIONS_AT: usize = LENGTHS_AT + 8 * SECTIONS;

/// What tells one tokenizer.json from another: its length and a hash, from its bytes as they come.
#[derive(Clone, Default)]
pub struct Fingerprint {
    hash: Xxh3,
    length: u64,
}

impl Fingerprint {
    /// That of a whole file.
    pub fn of(json: &[u8]) -> Self {
        let mut fingerprint = Self::default();
        fingerprint.update(json);
        fingerprint
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Hash and length, as the header has them.
    fn header(&self) -> ([u8; 16], [u8; 8]) {
        (
            self.hash.digest128().to_le_bytes(),
            self.length.to_le_bytes(),
        )
    }
}

/// What is kept of a tokenizer.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Kept {
    /// The file without its long lists, as JSON.
    pub settings: String,
    /// Tokens in the order of their ids, end to end. Of a byte-level model with a tree only those that `spelled` does not tell.
    pub tokens: Vec<u8>,
    /// The ids of these few, growing.
    pub own_ids: Vec<u32>,
    /// Length of each token in bytes, `u32::MAX` for an id that stands for nothing.
    pub token_lengths: Vec<u32>,
    /// Largest id of the model plus one.
    pub token_bound: u32,
    /// Places of an open-addressing table by which ids are found, where there is no tree.
    pub token_places: Vec<u32>,
    /// Of a Unigram model.
    pub scores: Vec<f64>,
    /// Of a byte-level model: the bytes that tokens stand for.
    pub spelled: Vec<u8>,
    /// Length of each, `u32::MAX` for one that is not of the alphabet; empty if the model is not byte-level.
    pub spelled_lengths: Vec<u32>,
    /// Merges as left id, right id and rank, 21, 21 and 22 bits from the top, in the order in which a table of pairs holds them:
    /// to fill it from end to end costs a fifth of filling it all over.
    pub merges: Vec<u64>,
    /// What they give, by rank.
    pub merge_results: Vec<u32>,
    /// Units of the tree of tokens; empty if the model has none.
    pub tree: Vec<u64>,
    /// Of a WordPiece model: the tree of tokens with which a word goes on.
    pub goes_on: Vec<u64>,
    /// By id the longest prefix that is a token of some text.
    pub prefixes: Vec<u32>,
    /// By id the beginnings of texts behind it that may merge with its end first.
    pub wary: Vec<u32>,
    /// What each id contributes to a text, by id, end to end; empty if it is what the tokens spell.
    pub contributions: Vec<u8>,
    /// Length of each, `u32::MAX` for an id that stands for nothing.
    pub contribution_lengths: Vec<u32>,
    /// Whether a text may be cut before every run of the mark that stands for a space: 1 or 0.
    pub splits_before_mark: u32,
}

/// Writes the form of the tokenizer that a tokenizer.json describes.
pub fn write(kept: &Kept, json: &[u8]) -> Vec<u8> {
    let long_words = |numbers: &[u64]| {
        numbers
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let words = |numbers: &[u32]| {
        numbers
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let sections: [&[u8]; SECTIONS] = [
        kept.settings.as_bytes(),
        &kept.tokens,
        &words(&kept.own_ids),
        &words(&kept.token_lengths),
        &words(&kept.token_places),
        &kept
            .scores
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>(),
        &kept.spelled,
        &words(&kept.spelled_lengths),
        &long_words(&kept.merges),
        &words(&kept.merge_results),
        &long_words(&kept.tree),
        &long_words(&kept.goes_on),
        &words(&kept.prefixes),
        &words(&kept.wary),
        &kept.contributions,
        &words(&kept.contribution_lengths),
        &words(&[kept.splits_before_mark, kept.token_bound]),
    ];
    let mut out = MAGIC.to_vec();
    out.extend(FORMAT.to_le_bytes());
    out.extend((SECTIONS as u32).to_le_bytes());
    let (hash, length) = Fingerprint::of(json).header();
    out.extend(hash);
    out.extend(length);
    out.extend([0; 8]);
    for section in sections {
        out.extend((section.len() as u64).to_le_bytes());
    }
    for section in sections {
        out.extend_from_slice(section);
        out.resize(out.len().next_multiple_of(8), 0);
    }
    let checksum = checksum(&out).to_le_bytes();
    out[CHECKSUM_AT..LENGTHS_AT].copy_from_slice(&checksum);
    out
}

/// Reads it back; or says why it is not the form of this tokenizer.json.
pub fn read(binary: &[u8], json: &Fingerprint) -> Result<Kept, &'static str> {
    let Some((header, _)) = binary.split_first_chunk::<SECTIONS_AT>() else {
        return Err("cut short");
    };
    let same = |at: usize, bytes: &[u8]| &header[at..at + bytes.len()] == bytes;
    if !same(0, MAGIC)
        || !same(8, &FORMAT.to_le_bytes())
        || !same(12, &(SECTIONS as u32).to_le_bytes())
    {
        return Err("of another format");
    }
    let (hash, length) = json.header();
    if !same(16, &hash) || !same(32, &length) {
        return Err("made from another tokenizer.json");
    }
    if !same(CHECKSUM_AT, &checksum(binary).to_le_bytes()) {
        return Err("damaged");
    }
    sections(binary).ok_or("made of sections that do not fit")
}

fn checksum(binary: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&binary[..CHECKSUM_AT]);
    hash.update(&binary[LENGTHS_AT..]);
    hash.digest()
}

fn sections(binary: &[u8]) -> Option<Kept> {
    let (header, mut rest) = binary.split_first_chunk::<SECTIONS_AT>()?;
    let mut found: [&[u8]; SECTIONS] = [&[]; SECTIONS];
    for (section, length) in found
        .iter_mut()
        .zip(header[LENGTHS_AT..].as_chunks::<8>().0)
    {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let padded;
        (padded, rest) = rest.split_at_checked(length.checked_next_multiple_of(8)?)?;
        *section = &padded[..length];
    }
    let [
        settings,
        tokens,
        own_ids,
        lengths,
        places,
        scores,
        spelled,
        spelled_lengths,
        merges,
        merge_results,
        tree,
        goes_on,
        prefixes,
        wary,
        contributions,
        contribution_lengths,
        facts,
    ] = found;
    let [splits_before_mark, token_bound] = words(facts)?[..] else {
        return None;
    };
    rest.is_empty().then_some(Kept {
        settings: str::from_utf8(settings).ok()?.to_owned(),
        tokens: tokens.to_vec(),
        own_ids: words(own_ids)?,
        token_lengths: words(lengths)?,
        token_bound,
        token_places: words(places)?,
        scores: whole::<8>(scores)?
            .iter()
            .map(|n| f64::from_le_bytes(*n))
            .collect(),
        spelled: spelled.to_vec(),
        spelled_lengths: words(spelled_lengths)?,
        merges: long_words(merges)?,
        merge_results: words(merge_results)?,
        tree: long_words(tree)?,
        goes_on: long_words(goes_on)?,
        prefixes: words(prefixes)?,
        wary: words(wary)?,
        contributions: contributions.to_vec(),
        contribution_lengths: words(contribution_lengths)?,
        splits_before_mark,
    })
}

fn words(section: &[u8]) -> Option<Vec<u32>> {
    let numbers = whole::<4>(section)?;
    Some(numbers.iter().map(|n| u32::from_le_bytes(*n)).collect())
}

fn long_words(section: &[u8]) -> Option<Vec<u64>> {
    let numbers = whole::<8>(section)?;
    Some(numbers.iter().map(|n| u64::from_le_bytes(*n)).collect())
}

/// A section as elements of `N` bytes; none if it does not end with one.
fn whole<const N: usize>(section: &[u8]) -> Option<&[[u8; N]]> {
    let (elements, rest) = section.as_chunks::<N>();
    rest.is_empty().then_some(elements)
}
