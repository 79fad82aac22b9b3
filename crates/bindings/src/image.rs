//! Border of the image functions.
