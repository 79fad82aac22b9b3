//! The cases that fuzzing has kept: every one obeys the laws of `crates/fuzz/entries/tokenizer.rs`.

#[path = "../../fuzz/entries/corpus.rs"]
mod corpus;
#[path = "../../fuzz/entries/memory.rs"]
mod memory;
#[path = "../../fuzz/entries/tokenizer.rs"]
mod tokenizer;

/// One test: memory is counted for the whole process.
#[test]
fn every_tokenizer_of_the_corpus_obeys_the_laws() {
    corpus::replay("tokenizer_json", tokenizer::check);
}
