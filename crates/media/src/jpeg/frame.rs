//! The frame of a JPEG file: its components, and their blocks down to planes of samples.

use super::blocks::{Band, Block};
use super::broken::Broken;
use super::segment::Segment;
use limbus_vecmath::jpeg::{SLACK, inverse_transform, inverse_transform_flat};
use std::ops::Range;

/// Pixels that libjpeg takes in one direction.
const MAX_SIDE: usize = 65_500;

/// The sample of a block without coefficients.
const MIDDLE: u8 = 128;

/// One component of a frame.
pub struct Component {
    /// The id by which scans name it.
    pub id: u8,
    /// Samples across and down beside those of the other components.
    pub factors: (usize, usize),
    /// Slot of its quantization table.
    quant: usize,
    /// Samples across and down that the picture covers.
    pub size: (usize, usize),
    /// Blocks across and down, whole units of the interleaved scans.
    pub blocks: (usize, usize),
    /// Samples of a row of `samples`.
    stride: usize,
    /// The last rows of samples, two rows of units at least, with room behind them.
    samples: Vec<u8>,
    /// The number of a row has these bits of its place among them.
    places: usize,
    /// Coefficients of a file of several scans.
    pub coefficients: Vec<Block>,
    /// For each of its blocks: which coefficients but the first are not zero; of a sequential file whether there are any.
    pub present: Vec<u64>,
    /// The table that its first scan has found.
    pub table: Option<[u16; 64]>,
    /// For each coefficient how many of its bits are missing; -1: all.
    pub missing: [i8; 64],
    /// The same before its last scan.
    pub missing_before: [i8; 64],
}

/// A frame.
pub struct Frame {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// In the order of the frame header.
    pub components: Vec<Component>,
    /// Largest factors of all components.
    pub largest: (usize, usize),
    /// Whether there is a JFIF segment.
    pub is_jfif: bool,
    /// The transform that an Adobe segment names.
    pub adobe: Option<u8>,
    /// Whether scans bring a part of the coefficients each.
    pub is_progressive: bool,
    /// Whether blocks are kept until the last scan.
    pub is_kept: bool,
    /// Scans so far.
    pub scans: usize,
    /// Of the last scan: the last row of units that its bits reach.
    pub last_good_row: usize,
}

impl Frame {
    /// Reads a frame header.
    pub fn new(segment: Segment, is_progressive: bool) -> Result<Self, Broken> {
        let broken = Broken::Found("a broken frame header");
        let header = segment.first(segment.length.max(0) as usize)?;
        let &[8, h0, h1, w0, w1, count, ref listed @ ..] = header else {
            return Err(broken);
        };
        let height = usize::from(u16::from_be_bytes([h0, h1]));
        let width = usize::from(u16::from_be_bytes([w0, w1]));
        let (listed, rest) = listed.as_chunks::<3>();
        let is_listed = listed.len() == usize::from(count) && rest.is_empty();
        if !is_listed || !matches!(count, 1 | 3 | 4) || width == 0 || height == 0 {
            return Err(broken);
        }
        if width.max(height) > MAX_SIDE {
            return Err(Broken::Found("more than 65,500 pixels in one direction"));
        }
        let mut components = Vec::new();
        for &[id, factors, quant] in listed {
            let factors = (usize::from(factors >> 4), usize::from(factors & 15));
            if !(1..=4).contains(&factors.0) || !(1..=4).contains(&factors.1) {
                return Err(Broken::Found("a sampling factor beyond 1 to 4"));
            }
            components.push(Component {
                id,
                factors,
                quant: quant.into(),
                size: (0, 0),
                blocks: (0, 0),
                stride: 0,
                samples: Vec::new(),
                places: 0,
                coefficients: Vec::new(),
                present: Vec::new(),
                table: None,
                missing: [-1; 64],
                missing_before: [-1; 64],
            });
        }
        let largest = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(1);
        let largest = (largest(|c| c.factors.0), largest(|c| c.factors.1));
        for component in &mut components {
            let (h, v) = component.factors;
            component.size = (
                (width * h).div_ceil(largest.0),
                (height * v).div_ceil(largest.1),
            );
            component.blocks = (
                width.div_ceil(8 * largest.0) * h,
                height.div_ceil(8 * largest.1) * v,
            );
            component.stride = component.blocks.0 * 8;
        }
        Ok(Self {
            width,
            height,
            components,
            largest,
            is_jfif: false,
            adobe: None,
            is_progressive,
            is_kept: false,
            scans: 0,
            last_good_row: 0,
        })
    }

    /// Makes room, once the first scan has said of how many components it is.
    pub fn begin(&mut self, components_of_scan: usize) -> Result<(), Broken> {
        self.is_kept = self.is_progressive || components_of_scan < self.components.len();
        for component in &mut self.components {
            let blocks = component.blocks.0 * component.blocks.1;
            component.places = 16 * component.factors.1.next_power_of_two() - 1;
            component.samples = room((component.places + 1) * component.stride + SLACK, MIDDLE)?;
            if self.is_kept {
                component.coefficients = room(blocks, [0; 64])?;
                component.present = room(blocks, 0)?;
            }
        }
        Ok(())
    }

    /// Width, height and number of components.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.width, self.height, self.components.len())
    }

    /// Ids of the components.
    pub fn ids(&self) -> Vec<u8> {
        self.components.iter().map(|c| c.id).collect()
    }

    /// Units of an interleaved scan, across and down.
    pub fn units(&self) -> (usize, usize) {
        (
            self.width.div_ceil(8 * self.largest.0),
            self.height.div_ceil(8 * self.largest.1),
        )
    }
}

fn room<T: Clone>(length: usize, value: T) -> Result<Vec<T>, Broken> {
    let mut room = Vec::new();
    room.try_reserve_exact(length)
        .map_err(|_| Broken::TooMuch("more pixels than there is memory for"))?;
    room.resize(length, value);
    Ok(room)
}

impl Component {
    /// Takes the quantization table of its slot, at its first scan.
    pub fn take_table(&mut self, quants: &[Option<[u16; 64]>; 4]) -> Result<(), Broken> {
        if self.table.is_none() {
            self.table = quants.get(self.quant).copied().flatten();
        }
        self.table
            .map(|_| ())
            .ok_or(Broken::Found("a scan whose quantization table is missing"))
    }

    /// Takes note of what a progressive scan brings, the `number`th of the file.
    pub fn begin_band(&mut self, band: Band, number: usize) {
        for k in band.first.min(1)..=band.last.max(9) {
            self.missing_before[k] = if number > 1 { self.missing[k] } else { 0 };
        }
        self.missing[band.first..=band.last].fill(band.low as i8);
    }

    /// Blocks across and down that the picture covers.
    pub fn covered(&self) -> (usize, usize) {
        (self.size.0.div_ceil(8), self.size.1.div_ceil(8))
    }

    /// What coefficients are multiplied with; by nothing if no scan has brought any.
    pub fn factors_of_coefficients(&self) -> [i16; 64] {
        self.table.unwrap_or([0; 64]).map(|quant| quant as i16)
    }

    /// Makes the samples of rows of blocks those of blocks without coefficients.
    pub fn clear_rows(&mut self, rows: Range<usize>) {
        for y in 8 * rows.start..8 * rows.end {
            let start = (y & self.places) * self.stride;
            self.samples[start..start + self.stride].fill(MIDDLE);
        }
    }

    /// Writes the samples of a block.
    #[inline(always)]
    pub fn place_block(
        &mut self,
        block: &Block,
        quants: &[i16; 64],
        is_flat: bool,
        at: (usize, usize),
    ) {
        let (x, y) = at;
        let out = &mut self.samples[((8 * y) & self.places) * self.stride + 8 * x..];
        if is_flat {
            let sample = inverse_transform_flat(block[0], quants[0]);
            for row in 0..8 {
                out[row * self.stride..row * self.stride + 8].fill(sample);
            }
        } else {
            inverse_transform(block, quants, out, self.stride);
        }
    }

    /// A row of samples, of which only the last ones are there; beyond the first and the last those again.
    pub fn row(&self, y: isize) -> &[u8] {
        let y = y.clamp(0, self.size.1 as isize - 1) as usize;
        &self.samples[(y & self.places) * self.stride..]
    }
}

/// The samples of a row of blocks, of a file of several scans.
pub fn transform(component: &mut Component, y: usize) {
    let quants = component.factors_of_coefficients();
    let across = component.blocks.0;
    let row = y * across..(y + 1) * across;
    // Aside, so that blocks can be placed without a copy.
    let coefficients = std::mem::take(&mut component.coefficients);
    let present = std::mem::take(&mut component.present);
    for (x, block) in coefficients[row.clone()].iter().enumerate() {
        let is_flat = present[row.start + x] == 0;
        component.place_block(block, &quants, is_flat, (x, y));
    }
    (component.coefficients, component.present) = (coefficients, present);
}
