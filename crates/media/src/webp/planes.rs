//! The pixels of a VP8 frame while they are made: luminance and two colours, each with a border to predict from.

/// Pixels to the left of the first one and to the right of the last one.
const BORDER: usize = 16;
/// What lies above the picture.
const ABOVE: u8 = 127;
/// What lies to the left of it.
const LEFT: u8 = 129;

/// One plane of whole blocks.
pub struct Plane {
    /// Rows with their borders, the first one above the picture.
    pub data: Vec<u8>,
    /// Pixels from one row to the next.
    pub stride: usize,
}

impl Plane {
    /// A plane of `columns` x `rows` squares of `size` pixels a side.
    pub fn new(columns: usize, rows: usize, size: usize) -> Self {
        let stride = columns * size + 2 * BORDER;
        let mut data = vec![0; stride * (rows * size + 1)];
        for row in data.chunks_exact_mut(stride) {
            row[BORDER - 1] = LEFT;
        }
        data[..stride].fill(ABOVE);
        Self { data, stride }
    }

    /// Where a pixel lies.
    pub fn at(&self, x: usize, y: usize) -> usize {
        (y + 1) * self.stride + BORDER + x
    }

    /// A row and what lies behind it.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[self.at(0, y)..]
    }
}
