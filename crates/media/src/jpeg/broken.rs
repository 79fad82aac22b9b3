//! Why a JPEG file cannot be shown.

use crate::error::ImageError;

/// What libjpeg refuses; whatever else is damaged it shows somehow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The file ends too early.
    Cut,
    /// Something that no JPEG file may have.
    Found(&'static str),
    /// More memory than there is, or more work than a small file may cause.
    TooMuch(&'static str),
}

impl From<Broken> for ImageError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Cut => Self::invalid("Expected a whole JPEG file: found no end of image"),
            Broken::Found(what) => {
                Self::invalid(format!("Expected a valid JPEG file: found {what}"))
            }
            Broken::TooMuch(what) => Self::invalid(format!(
                "Expected a JPEG file that can be decoded here: found {what}"
            )),
        }
    }
}
