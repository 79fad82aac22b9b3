//! Pictures: decoding, resizing, normalising.
