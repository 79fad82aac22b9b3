//! Why a sound could not be had.

use std::fmt;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioErrorKind {
    /// Broken, cut off or no sound at all.
    Invalid,
    /// Longer than allowed.
    TooLong,
    /// A format or coding that is not supported.
    Unsupported,
}

/// An error with a message for the person who sent the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioError {
    /// Which kind.
    pub kind: AudioErrorKind,
    /// What was expected: what was found.
    pub message: String,
}

impl AudioError {
    /// A broken file.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            kind: AudioErrorKind::Invalid,
            message: message.into(),
        }
    }

    /// A file over a limit.
    pub fn too_long(message: impl Into<String>) -> Self {
        Self {
            kind: AudioErrorKind::TooLong,
            message: message.into(),
        }
    }

    /// A file that somebody else could read.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self {
            kind: AudioErrorKind::Unsupported,
            message: message.into(),
        }
    }
}

impl fmt::Display for AudioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AudioError {}
