//! Border of the tokenizer functions.
