//! What becomes of transparency.

/// What becomes of transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpha {
    /// Composited onto white.
    White,
    /// Left out; the colour below it shows.
    Drop,
}

impl Alpha {
    /// One pixel without its alpha. White: `round((colour * alpha + 255 * (255 - alpha)) / 255)`, Pillow's blend.
    #[inline]
    pub fn flatten(self, [r, g, b, a]: [u8; 4]) -> [u8; 3] {
        match self {
            Self::Drop => [r, g, b],
            Self::White => [r, g, b].map(|c| {
                let (c, a) = (u32::from(c), u32::from(a));
                let sum = c * a + 255 * (255 - a) + 128;
                ((sum + (sum >> 8)) >> 8) as u8
            }),
        }
    }
}
