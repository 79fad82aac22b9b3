//! Planes of samples to pixels: upsampling and colour, row by row.

use super::broken::Broken;
use super::frame::{Component, Frame};
use limbus_vecmath::jpeg::{SLACK, blend_rows, double_row, double_rows, to_rgb};

/// How a component comes to the size of the picture.
enum Upsampling {
    None,
    /// Fancy, twice as wide.
    Across,
    /// Fancy, twice as high.
    Down,
    /// Fancy, both.
    Both,
    /// Each sample so often across and down.
    Repeat(usize, usize),
}

/// What the samples are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Grey,
    Rgb,
    Ycc,
    Inks,
    YccInks,
}

/// The pixels of a frame as libjpeg-turbo gives them: `[height, width, 3]`, or `[height, width, 4]` of four components.
pub struct Output {
    space: Space,
    plans: Vec<Upsampling>,
    channels: usize,
    /// Rows that are done, with room behind the last.
    pixels: Vec<u8>,
    done: usize,
    /// For each component a row of the picture's size.
    rows: Vec<Vec<u8>>,
    wide: Vec<i16>,
    rgb: Vec<u8>,
}

impl Output {
    /// Makes room.
    pub fn new(frame: &Frame) -> Result<Self, Broken> {
        let plans = frame
            .components
            .iter()
            .map(|c| plan(c, frame.largest))
            .collect::<Result<Vec<_>, _>>()?;
        let channels = if frame.components.len() == 4 { 4 } else { 3 };
        let mut pixels = Vec::new();
        pixels
            .try_reserve_exact(frame.width * frame.height * channels + 3 * SLACK)
            .map_err(|_| Broken::TooMuch("more pixels than there is memory for"))?;
        let padded = frame.width.next_multiple_of(16) + 2 * SLACK;
        Ok(Self {
            space: space_of(frame),
            plans,
            channels,
            pixels,
            done: 0,
            rows: vec![vec![0; padded]; frame.components.len()],
            wide: vec![0; padded],
            rgb: vec![0; padded * 3],
        })
    }

    /// Writes what can be written when the first rows of samples, counted as rows of the picture, are there: all but one,
    /// which may be mixed with the next, or all of the picture.
    pub fn write(&mut self, frame: &Frame, ready: usize) {
        let until = match ready < frame.height {
            true => ready.saturating_sub(1),
            false => frame.height,
        };
        while self.done < until {
            self.write_row(frame, self.done);
            self.done += 1;
        }
    }

    /// The pixels.
    pub fn finish(mut self, frame: &Frame) -> Vec<u8> {
        self.pixels
            .truncate(frame.width * frame.height * self.channels);
        self.pixels
    }

    fn write_row(&mut self, frame: &Frame, y: usize) {
        let (width, channels) = (frame.width, self.channels);
        for ((component, plan), row) in frame.components.iter().zip(&self.plans).zip(&mut self.rows)
        {
            upsample(component, plan, y, &mut self.wide, row);
        }
        let row = |c: usize| match self.plans[c] {
            Upsampling::None => frame.components[c].row(y as isize),
            _ => &self.rows[c],
        };
        let start = y * width * channels;
        self.pixels.resize(start + width * channels + 3 * SLACK, 0);
        let out = &mut self.pixels[start..];
        match self.space {
            // What is written behind the row, the next one overwrites.
            Space::Ycc => to_rgb(row(0), row(1), row(2), width, out),
            Space::Grey => {
                let (to, _) = out[..width * 3].as_chunks_mut::<3>();
                to.iter_mut().zip(row(0)).for_each(|(to, &v)| *to = [v; 3]);
            }
            Space::Rgb => {
                let (to, _) = out[..width * 3].as_chunks_mut::<3>();
                let colors = row(0).iter().zip(row(1)).zip(row(2));
                for (to, ((&r, &g), &b)) in to.iter_mut().zip(colors) {
                    *to = [r, g, b];
                }
            }
            Space::Inks | Space::YccInks => {
                let (to, _) = out[..width * 4].as_chunks_mut::<4>();
                let is_ycc = self.space == Space::YccInks;
                if is_ycc {
                    to_rgb(row(0), row(1), row(2), width, &mut self.rgb);
                }
                let inks = row(0).iter().zip(row(1)).zip(row(2)).zip(row(3));
                let colors = self.rgb.as_chunks::<3>().0;
                for ((to, (((&c, &m), &y), &k)), color) in to.iter_mut().zip(inks).zip(colors) {
                    *to = match is_ycc {
                        true => [255 - color[0], 255 - color[1], 255 - color[2], k],
                        false => [c, m, y, k],
                    };
                }
            }
        }
    }
}

/// The guess of libjpeg.
fn space_of(frame: &Frame) -> Space {
    match (frame.components.len(), frame.adobe) {
        (1, _) => Space::Grey,
        (3, _) if frame.is_jfif => Space::Ycc,
        (3, Some(0)) => Space::Rgb,
        (3, Some(_)) => Space::Ycc,
        (3, None) if frame.ids() == *b"RGB" => Space::Rgb,
        (3, None) => Space::Ycc,
        (_, Some(0)) => Space::Inks,
        (_, Some(_)) => Space::YccInks,
        (_, None) => Space::Inks,
    }
}

fn plan(component: &Component, largest: (usize, usize)) -> Result<Upsampling, Broken> {
    let (h, v) = component.factors;
    if !largest.0.is_multiple_of(h) || !largest.1.is_multiple_of(v) {
        return Err(Broken::Found(
            "components whose sampling factors do not divide the largest",
        ));
    }
    let is_wide_enough = component.size.0 > 2;
    Ok(match (largest.0 / h, largest.1 / v) {
        (1, 1) => Upsampling::None,
        (2, 1) if is_wide_enough => Upsampling::Across,
        (1, 2) => Upsampling::Down,
        (2, 2) if is_wide_enough => Upsampling::Both,
        (across, down) => Upsampling::Repeat(across, down),
    })
}

/// Makes row `y` of the picture's size.
fn upsample(component: &Component, plan: &Upsampling, y: usize, wide: &mut [i16], out: &mut [u8]) {
    let width = component.size.0;
    // Of two rows the upper one lies nearer to the row above.
    let near = (y / 2) as isize;
    let far = if y.is_multiple_of(2) {
        near - 1
    } else {
        near + 1
    };
    match *plan {
        Upsampling::None => {}
        Upsampling::Across => double_row(component.row(y as isize), width, wide, out),
        Upsampling::Down => {
            let bias = 1 + (y % 2) as i16;
            blend_rows(component.row(near), component.row(far), width, bias, out);
        }
        Upsampling::Both => {
            double_rows(component.row(near), component.row(far), width, wide, out);
        }
        Upsampling::Repeat(across, down) => {
            let row = component.row((y / down) as isize);
            for (to, &sample) in out.chunks_mut(across).zip(&row[..width]) {
                to.fill(sample);
            }
        }
    }
}
