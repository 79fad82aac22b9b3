//! Windows of images as rows, so that a convolution is a matrix product.

/// A convolution without padding.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Channels.
    pub channels: usize,
    /// Height and width of an image.
    pub size: [usize; 2],
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// Steps between windows, down and across.
    pub stride: usize,
}

impl Windows {
    /// Windows down and across.
    pub fn counts(&self) -> [usize; 2] {
        [0, 1].map(|axis| (self.size[axis] - self.kernel[axis]) / self.stride + 1)
    }

    /// Writes windows `from..to`, counted over all images, as rows `[channels * kernel]`.
    ///
    /// # Safety
    /// `x` is `[images, channels, height, width]`, `y` is `[windows, channels * kernel]`; nobody else writes those rows.
    pub unsafe fn rows(&self, x: *const f32, y: *mut f32, from: usize, to: usize) {
        let [rows, columns] = self.counts();
        let [height, width] = self.size;
        let [kernel_height, kernel_width] = self.kernel;
        let row_size = self.channels * kernel_height * kernel_width;
        for window in from..to {
            let column = window % columns * self.stride;
            let row = window / columns % rows * self.stride;
            let image = window / (columns * rows);
            // SAFETY: the caller's promise.
            unsafe {
                let mut to = y.add(window * row_size);
                for channel in 0..self.channels {
                    for dy in 0..kernel_height {
                        let at = ((image * self.channels + channel) * height + row + dy) * width
                            + column;
                        core::ptr::copy_nonoverlapping(x.add(at), to, kernel_width);
                        to = to.add(kernel_width);
                    }
                }
            }
        }
    }
}
