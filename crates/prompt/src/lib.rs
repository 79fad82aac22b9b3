//! Prompt updates: placeholders to ranges.
