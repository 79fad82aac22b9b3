//! Tokenizers: `tokenizer.json` to ids and back.
