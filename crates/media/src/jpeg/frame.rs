//! The segments of a JPEG file and its scans, down to planes of samples.

use super::bits::{Bits, Codes, Unusual};
use super::blocks::{Band, Block, baseline, progressive_first, progressive_rest};
use super::tables::{Tables, read_codes, read_quants, segment};
use limbus_vecmath::jpeg::{SLACK, inverse_transform, inverse_transform_flat};

/// One component of a frame.
pub struct Component {
    id: u8,
    /// Samples across and down beside those of the other components.
    pub factors: (usize, usize),
    quant: usize,
    /// Samples across and down that the picture covers.
    pub size: (usize, usize),
    /// Blocks across and down, whole units of the interleaved scans.
    blocks: (usize, usize),
    /// Samples of a row of `samples`.
    pub stride: usize,
    /// Rows of samples, with room behind the last.
    pub samples: Vec<u8>,
    /// Coefficients of a progressive file.
    coefficients: Vec<Block>,
    /// For each of its blocks: which coefficients but the first are not zero.
    present: Vec<u64>,
    /// The table that its first scan has found.
    table: Option<[i16; 64]>,
    /// For each coefficient how many of its bits are missing; -1: all.
    missing: [i8; 64],
}

/// A decoded frame.
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
    is_progressive: bool,
}

impl Frame {
    /// Ids of the components.
    pub fn ids(&self) -> Vec<u8> {
        self.components.iter().map(|c| c.id).collect()
    }
}

/// Decodes a whole file of usual making, of at most `max_scans` scans.
pub fn decode(bytes: &[u8], max_scans: usize) -> Result<Frame, Unusual> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let (mut is_jfif, mut adobe) = (false, None);
    let mut scans = 0;
    let mut at = 2;
    loop {
        let (marker, segment, next) = segment(bytes, at)?;
        at = next;
        match marker {
            0xd9 => break,
            0xdb => read_quants(segment, &mut tables)?,
            0xc4 => read_codes(segment, &mut tables)?,
            0xdd => match *segment {
                [high, low] => tables.interval = usize::from(high) << 8 | usize::from(low),
                _ => return Err(Unusual),
            },
            0xe0 if scans == 0 => is_jfif |= segment.len() >= 14 && segment.starts_with(b"JFIF\0"),
            0xee if scans == 0 && segment.len() >= 12 && segment.starts_with(b"Adobe") => {
                adobe = Some(segment[11])
            }
            0xc0..=0xc2 if frame.is_none() => frame = Some(read_frame(segment, marker == 0xc2)?),
            0xda => {
                let frame = frame.as_mut().ok_or(Unusual)?;
                scans += 1;
                if scans > max_scans {
                    return Err(Unusual);
                }
                at = read_scan(bytes, at, segment, frame, &tables)?;
            }
            0xe0..=0xef | 0xfe => {}
            _ => return Err(Unusual),
        }
    }
    let mut frame = frame.ok_or(Unusual)?;
    (frame.is_jfif, frame.adobe) = (is_jfif, adobe);
    for component in &mut frame.components {
        // A file whose last scans are missing is shown smoothed.
        if component.missing.iter().any(|&bits| bits != 0) {
            return Err(Unusual);
        }
        if frame.is_progressive {
            transform(component)?;
        }
    }
    Ok(frame)
}

fn read_frame(segment: &[u8], is_progressive: bool) -> Result<Frame, Unusual> {
    let &[8, h0, h1, w0, w1, count, ref listed @ ..] = segment else {
        return Err(Unusual);
    };
    let height = usize::from(u16::from_be_bytes([h0, h1]));
    let width = usize::from(u16::from_be_bytes([w0, w1]));
    let (listed, rest) = listed.as_chunks::<3>();
    if listed.len() != usize::from(count) || !rest.is_empty() || !matches!(count, 1 | 3 | 4) {
        return Err(Unusual);
    }
    let mut components = Vec::new();
    for &[id, factors, quant] in listed {
        let factors = (usize::from(factors >> 4), usize::from(factors & 15));
        let is_usual = (1..=4).contains(&factors.0) && (1..=4).contains(&factors.1) && quant < 4;
        if !is_usual || width == 0 || height == 0 {
            return Err(Unusual);
        }
        components.push(Component {
            id,
            factors,
            quant: quant.into(),
            size: (0, 0),
            blocks: (0, 0),
            stride: 0,
            samples: Vec::new(),
            coefficients: Vec::new(),
            present: Vec::new(),
            table: None,
            missing: [-1; 64],
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
        let blocks = component.blocks.0 * component.blocks.1;
        component.samples = room(blocks * 64 + SLACK, 0)?;
        if is_progressive {
            component.coefficients = room(blocks, [0; 64])?;
            component.present = room(blocks, 0)?;
        }
    }
    Ok(Frame {
        width,
        height,
        components,
        largest,
        is_jfif: false,
        adobe: None,
        is_progressive,
    })
}

fn room<T: Clone>(length: usize, value: T) -> Result<Vec<T>, Unusual> {
    let mut room = Vec::new();
    room.try_reserve_exact(length).map_err(|_| Unusual)?;
    room.resize(length, value);
    Ok(room)
}

/// A component of a scan.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// Place in the frame.
    index: usize,
    first: Option<&'a Codes>,
    rest: Option<&'a Codes>,
}

/// Reads a scan that begins at `at`. Returns where it ends.
fn read_scan(
    bytes: &[u8],
    mut at: usize,
    segment: &[u8],
    frame: &mut Frame,
    tables: &Tables,
) -> Result<usize, Unusual> {
    let (&count, listed) = segment.split_first().ok_or(Unusual)?;
    let (listed, band) = listed
        .split_at_checked(2 * usize::from(count))
        .ok_or(Unusual)?;
    let &[first, last, bits] = band else {
        return Err(Unusual);
    };
    let band = Band {
        first: first.into(),
        last: last.into(),
        high: (bits >> 4).into(),
        low: (bits & 15).into(),
    };
    let mut parts = Vec::new();
    for pair in listed.chunks_exact(2) {
        let index = frame
            .components
            .iter()
            .position(|c| c.id == pair[0])
            .ok_or(Unusual)?;
        let (first, rest) = (usize::from(pair[1] >> 4), usize::from(pair[1] & 15));
        parts.push(Part {
            index,
            first: tables.first.get(first).ok_or(Unusual)?.as_ref(),
            rest: tables.rest.get(rest).ok_or(Unusual)?.as_ref(),
        });
        begin(
            &mut frame.components[index],
            band,
            frame.is_progressive,
            tables,
        )?;
    }
    if parts.is_empty() || (frame.is_progressive && band.first > 0 && parts.len() > 1) {
        return Err(Unusual);
    }
    let interleaved = parts.len() > 1;
    let (across, down) = if interleaved {
        let per_unit = |p: &Part| {
            let (h, v) = frame.components[p.index].factors;
            h * v
        };
        if parts.iter().map(per_unit).sum::<usize>() > 10 {
            return Err(Unusual);
        }
        (
            frame.width.div_ceil(8 * frame.largest.0),
            frame.height.div_ceil(8 * frame.largest.1),
        )
    } else {
        let (width, height) = frame.components[parts[0].index].size;
        (width.div_ceil(8), height.div_ceil(8))
    };
    let mut reader = Bits::new(bytes, at);
    let mut before = [0; 4];
    let mut run = 0;
    let is_first_rest = frame.is_progressive && band.first > 0 && band.high == 0;
    let (mut column, mut row) = (0, 0);
    let mut unit = 0;
    while unit < across * down {
        if tables.interval > 0 && unit > 0 && unit % tables.interval == 0 {
            at = reader.end()?;
            let number = (unit / tables.interval - 1) % 8;
            if run > 0 || bytes.get(at..at + 2) != Some(&[0xff, 0xd0 + number as u8]) {
                return Err(Unusual);
            }
            reader = Bits::new(bytes, at + 2);
            before = [0; 4];
        }
        // A small file of a large picture must not cost a large picture's time.
        if reader.is_beyond() {
            return Err(Unusual);
        }
        if is_first_rest && run > 0 && tables.interval == 0 {
            // Blocks that have nothing left.
            let skipped = (run as usize).min(across * down - unit);
            run -= skipped as u32;
            unit += skipped;
            (column, row) = (unit % across, unit / across);
            continue;
        }
        for (part, before) in parts.iter().zip(&mut before) {
            let component = &mut frame.components[part.index];
            let (h, v) = if interleaved {
                component.factors
            } else {
                (1, 1)
            };
            for y in row * v..(row + 1) * v {
                for x in column * h..(column + 1) * h {
                    if frame.is_progressive {
                        let place = y * component.blocks.0 + x;
                        let block = &mut component.coefficients[place];
                        if band.first == 0 {
                            progressive_first(&mut reader, part.first, band, before, block)?;
                        } else {
                            let codes = part.rest.ok_or(Unusual)?;
                            let found = (block, &mut component.present[place]);
                            progressive_rest(&mut reader, codes, band, &mut run, found)?;
                        }
                    } else {
                        let codes = (part.first.ok_or(Unusual)?, part.rest.ok_or(Unusual)?);
                        let mut block = [0; 64];
                        let is_flat = baseline(&mut reader, codes, before, &mut block)?;
                        component.place_block(&block, is_flat, x, y)?;
                    }
                }
            }
        }
        unit += 1;
        column += 1;
        if column == across {
            (column, row) = (0, row + 1);
        }
    }
    if run > 0 {
        return Err(Unusual);
    }
    reader.end()
}

/// Takes note of what a scan brings of a component.
fn begin(
    component: &mut Component,
    band: Band,
    is_progressive: bool,
    tables: &Tables,
) -> Result<(), Unusual> {
    let usual = if is_progressive {
        let one_bit = band.high == 0 || band.high == band.low + 1;
        let one_kind = (band.first == 0) == (band.last == 0);
        one_bit && one_kind && band.first <= band.last && band.last < 64 && band.low <= 13
    } else {
        (band.first, band.last, band.high, band.low) == (0, 63, 0, 0)
    };
    if !usual || (band.first > 0 && component.missing[0] < 0) {
        return Err(Unusual);
    }
    for missing in &mut component.missing[band.first..=band.last] {
        let before = if band.high == 0 { -1 } else { band.high as i8 };
        if *missing != before {
            return Err(Unusual);
        }
        *missing = band.low as i8;
    }
    if component.table.is_none() {
        component.table = tables.quants[component.quant];
    }
    component.table.map(|_| ()).ok_or(Unusual)
}

impl Component {
    /// Writes the samples of a block.
    fn place_block(
        &mut self,
        block: &Block,
        is_flat: bool,
        x: usize,
        y: usize,
    ) -> Result<(), Unusual> {
        let quants = self.table.as_ref().ok_or(Unusual)?;
        let out = &mut self.samples[y * 8 * self.stride + x * 8..];
        if is_flat {
            let sample = inverse_transform_flat(block[0], quants[0]);
            for row in 0..8 {
                out[row * self.stride..row * self.stride + 8].fill(sample);
            }
        } else {
            inverse_transform(block, quants, out, self.stride);
        }
        Ok(())
    }

    /// A row of samples; beyond the first and the last those again.
    pub fn row(&self, y: isize) -> &[u8] {
        let y = y.clamp(0, self.size.1 as isize - 1) as usize;
        &self.samples[y * self.stride..]
    }
}

/// The samples of a progressive file.
fn transform(component: &mut Component) -> Result<(), Unusual> {
    let blocks = std::mem::take(&mut component.coefficients);
    let present = std::mem::take(&mut component.present);
    let across = component.blocks.0;
    for (y, (blocks, present)) in blocks
        .chunks_exact(across)
        .zip(present.chunks_exact(across))
        .enumerate()
    {
        for (x, (block, &present)) in blocks.iter().zip(present).enumerate() {
            component.place_block(block, present == 0, x, y)?;
        }
    }
    Ok(())
}
