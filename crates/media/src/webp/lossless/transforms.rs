//! What was done to the pixels before they were coded, undone.

/// How a transform is undone.
pub enum Transform {
    /// Pixels are differences to predictions; for each square, in green, how they are predicted.
    Predict(Squares),
    /// Parts of green and red are added to red and blue; for each square, how much.
    Mix(Squares),
    /// Green is added to red and blue.
    AddGreen,
    /// Green holds indices of colours, two to this power in a pixel.
    Index(Vec<u32>, u32),
}

/// A number for each square of a picture.
pub struct Squares {
    /// Squares have sides of two to this power.
    pub bits: u32,
    /// Squares in a row.
    pub columns: usize,
    /// The numbers, row by row.
    pub values: Vec<u32>,
}

impl Squares {
    /// The number of each run of pixels of row `y`, and where it ends.
    fn runs(&self, y: usize, width: usize) -> impl Iterator<Item = (u32, usize)> {
        let start = (y >> self.bits) * self.columns;
        let row = self.values[start..start + self.columns].iter().enumerate();
        row.map(move |(i, &value)| (value, width.min((i + 1) << self.bits)))
    }
}

const OPAQUE: u32 = 0xff00_0000;

/// Sums of the four channels, without carrying over.
#[inline(always)]
fn add(a: u32, b: u32) -> u32 {
    let even = (a & 0x00ff_00ff).wrapping_add(b & 0x00ff_00ff) & 0x00ff_00ff;
    let odd = (a & 0xff00_ff00).wrapping_add(b & 0xff00_ff00) & 0xff00_ff00;
    even | odd
}

/// Means of the four channels, rounded down.
#[inline(always)]
fn mean(a: u32, b: u32) -> u32 {
    (((a ^ b) & 0xfefe_fefe) >> 1).wrapping_add(a & b)
}

#[inline(always)]
fn each(f: impl Fn(usize) -> i32) -> u32 {
    u32::from_le_bytes([0, 1, 2, 3].map(|i| f(i).clamp(0, 255) as u8))
}

/// Left plus above minus corner.
#[inline(always)]
fn plane(left: u32, above: u32, corner: u32) -> u32 {
    let [left, above, corner] = [left, above, corner].map(u32::to_le_bytes);
    each(|i| i32::from(left[i]) + i32::from(above[i]) - i32::from(corner[i]))
}

/// A mean, and half of what it differs from the corner.
#[inline(always)]
fn half_plane(mean: u32, corner: u32) -> u32 {
    let [mean, corner] = [mean, corner].map(u32::to_le_bytes);
    each(|i| i32::from(mean[i]) + (i32::from(mean[i]) - i32::from(corner[i])) / 2)
}

/// Left or above, whichever the plane through the corner lies nearer to.
#[inline(always)]
fn nearer(left: u32, above: u32, corner: u32) -> u32 {
    let [l, a, c] = [left, above, corner].map(u32::to_le_bytes);
    let differences = |v: [u8; 4]| -> u32 { (0..4).map(|i| u32::from(v[i].abs_diff(c[i]))).sum() };
    if differences(l) <= differences(a) {
        above
    } else {
        left
    }
}

/// Adds predictions to a run of pixels: from the left, from above, from the corner, and from above to the right. The row above
/// begins with the corner of the first pixel.
#[inline(always)]
fn predict(
    mut left: u32,
    above: &[u32],
    run: &mut [u32],
    from: impl Fn(u32, u32, u32, u32) -> u32,
) {
    for (pixel, above) in run.iter_mut().zip(above.windows(3)) {
        *pixel = add(*pixel, from(left, above[1], above[0], above[2]));
        left = *pixel;
    }
}

fn predict_run(mode: u32, left: u32, above: &[u32], run: &mut [u32]) {
    match mode {
        1 => predict(left, above, run, |l, _, _, _| l),
        2 => predict(left, above, run, |_, t, _, _| t),
        3 => predict(left, above, run, |_, _, _, r| r),
        4 => predict(left, above, run, |_, _, c, _| c),
        5 => predict(left, above, run, |l, t, _, r| mean(mean(l, r), t)),
        6 => predict(left, above, run, |l, _, c, _| mean(l, c)),
        7 => predict(left, above, run, |l, t, _, _| mean(l, t)),
        8 => predict(left, above, run, |_, t, c, _| mean(c, t)),
        9 => predict(left, above, run, |_, t, _, r| mean(t, r)),
        10 => predict(left, above, run, |l, t, c, r| mean(mean(l, c), mean(t, r))),
        11 => predict(left, above, run, |l, t, c, _| nearer(l, t, c)),
        12 => predict(left, above, run, |l, t, c, _| plane(l, t, c)),
        13 => predict(left, above, run, |l, t, c, _| half_plane(mean(l, t), c)),
        _ => predict(left, above, run, |_, _, _, _| OPAQUE),
    }
}

/// Undoes the prediction of all pixels: the first row is predicted from the left, the first column from above. Above and to the
/// right of the last pixel of a row lies the first one of that row.
fn unpredict(squares: &Squares, width: usize, pixels: &mut [u32]) {
    let mut left = OPAQUE;
    for pixel in &mut pixels[..width] {
        *pixel = add(*pixel, left);
        left = *pixel;
    }
    let mut around = vec![0; width + 1];
    for y in 1..pixels.len() / width {
        let (above, row) = pixels.split_at_mut(y * width);
        let row = &mut row[..width];
        around[..width].copy_from_slice(&above[(y - 1) * width..]);
        row[0] = add(row[0], around[0]);
        around[width] = row[0];
        let mut at = 1;
        for (mode, end) in squares.runs(y, width) {
            if end > at {
                let left = row[at - 1];
                let run = &mut row[at..end];
                predict_run(mode >> 8 & 15, left, &around[at - 1..=end], run);
                at = end;
            }
        }
    }
}

/// Undoes the mixing of colours.
fn unmix(squares: &Squares, width: usize, pixels: &mut [u32]) {
    for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
        let mut at = 0;
        for (factors, end) in squares.runs(y, width) {
            let factors = factors.to_le_bytes().map(|factor| i32::from(factor as i8));
            let part =
                |factor: usize, level: u8| ((factors[factor] * i32::from(level as i8)) >> 5) as u8;
            for pixel in &mut row[at..end] {
                let [blue, green, red, alpha] = pixel.to_le_bytes();
                let red = red.wrapping_add(part(0, green));
                let blue = blue.wrapping_add(part(1, green)).wrapping_add(part(2, red));
                *pixel = u32::from_le_bytes([blue, green, red, alpha]);
            }
            at = end;
        }
    }
}

/// Looks colours up; rows of indices become rows of `width` pixels.
fn look_up(colors: &[u32], shift: u32, width: usize, pixels: &[u32]) -> Vec<u32> {
    let packed = width.div_ceil(1 << shift);
    let bits = 8 >> shift;
    let mask = (1u32 << bits) - 1;
    let last = (1 << shift) - 1;
    let mut out = Vec::with_capacity(pixels.len() / packed * width);
    for row in pixels.chunks_exact(packed) {
        out.extend((0..width).map(|x| {
            let index = row[x >> shift] >> (8 + bits * (x & last)) & mask;
            // Transparent black, where there is no such colour.
            colors.get(index as usize).copied().unwrap_or(0)
        }));
    }
    out
}

/// Undoes a transform of a picture that is `width` pixels wide.
pub fn undo(transform: &Transform, width: usize, mut pixels: Vec<u32>) -> Vec<u32> {
    match transform {
        Transform::Predict(squares) => unpredict(squares, width, &mut pixels),
        Transform::Mix(squares) => unmix(squares, width, &mut pixels),
        Transform::AddGreen => {
            for pixel in &mut pixels {
                let green = *pixel >> 8 & 255;
                *pixel = add(*pixel, green << 16 | green);
            }
        }
        Transform::Index(colors, shift) => return look_up(colors, *shift, width, &pixels),
    }
    pixels
}

/// Colours of a palette, each of which is given as the difference to the one before.
pub fn sum_up(colors: &mut [u32]) {
    let mut last = 0;
    for color in colors {
        *color = add(*color, last);
        last = *color;
    }
}
