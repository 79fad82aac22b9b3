//! The cases that fuzzing has kept: every one obeys the laws of `crates/fuzz/entries/prompt.rs`.

#[path = "../../fuzz/entries/corpus.rs"]
mod corpus;
#[path = "../../fuzz/entries/prompt.rs"]
mod prompt;

#[test]
fn every_prompt_of_the_corpus_obeys_the_laws() {
    corpus::replay("prompt_plan", prompt::check);
}
