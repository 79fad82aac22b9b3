//! The cases that fuzzing has kept: every one obeys the laws of `crates/fuzz/entries/tokenizer.rs` or `compact.rs`.

#[path = "../../fuzz/entries/compact.rs"]
mod compact;
#[path = "../../fuzz/entries/corpus.rs"]
mod corpus;
#[path = "../../fuzz/entries/decoding.rs"]
mod decoding;
#[path = "../../fuzz/entries/memory.rs"]
mod memory;
#[path = "../../fuzz/entries/tokenizer.rs"]
mod tokenizer;

/// One test: memory is counted for the whole process.
#[test]
fn every_tokenizer_of_the_corpus_obeys_the_laws() {
    corpus::replay("tokenizer_json", |bytes| {
        tokenizer::check(bytes, tokenizer::MAX_TEXT);
    });
    let (mut cases, mut loaded) = (0, 0);
    corpus::replay("tokenizer_compact", |bytes| {
        cases += 1;
        loaded += usize::from(compact::check(bytes));
    });
    assert!(
        loaded * 4 > cases,
        "{loaded} of {cases} could be loaded: crates/fuzz/README.md says how they are made"
    );
}
