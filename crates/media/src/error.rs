//! Why a picture could not be had.

use std::fmt;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageErrorKind {
    /// Broken, cut off or no picture at all.
    Invalid,
    /// More pixels than allowed.
    TooLarge,
    /// A format or feature that is not supported.
    Unsupported,
}

/// An error with a message for the person who sent the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageError {
    /// Which kind.
    pub kind: ImageErrorKind,
    /// What was expected: what was found.
    pub message: String,
}

impl ImageError {
    /// A broken file.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            kind: ImageErrorKind::Invalid,
            message: message.into(),
        }
    }

    /// A file over a limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self {
            kind: ImageErrorKind::TooLarge,
            message: message.into(),
        }
    }

    /// A file that somebody else could read.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self {
            kind: ImageErrorKind::Unsupported,
            message: message.into(),
        }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImageError {}
