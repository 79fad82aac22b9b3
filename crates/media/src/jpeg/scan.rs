//! A scan of a JPEG file. Where bits are missing or restart markers are not those that were expected it goes on as libjpeg
//! does (`jdhuff.c`, `jdphuff.c`, `jpeg_resync_to_restart`), so that a damaged file shows the same picture.

use super::bits::{Bits, Codes};
use super::blocks::{Band, baseline, progressive_first, progressive_rest};
use super::broken::Broken;
use super::frame::Frame;
use super::output::Output;
use super::segment::next_marker;
use super::tables::Tables;

/// A component of a scan.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// Place in the frame.
    index: usize,
    /// Blocks of a unit, across and down.
    unit: (usize, usize),
    first: Option<&'a Codes>,
    rest: Option<&'a Codes>,
    /// Of a sequential scan.
    quants: [i16; 64],
}

/// Blocks that a unit may have.
const MAX_UNIT: usize = 10;

const BAD_SCAN: Broken = Broken::Found("a broken scan header");

/// Reads a scan that begins at `at`, if it is the only one into `output`. Returns a place in front of the next marker.
pub fn read_scan(
    bytes: &[u8],
    at: usize,
    segment: &[u8],
    frame: &mut Frame,
    tables: &Tables,
    output: Option<&mut Output>,
) -> Result<usize, Broken> {
    let (indices, slots, band) = read_header(segment, frame)?;
    let mut parts = Vec::new();
    for (&index, &slots) in indices.iter().zip(&slots) {
        parts.push(begin_part(
            frame,
            index,
            slots,
            (band, indices.len()),
            tables,
        )?);
    }
    let blocks: usize = parts.iter().map(|part| part.unit.0 * part.unit.1).sum();
    if parts.len() > 1 && blocks > MAX_UNIT {
        return Err(Broken::Found("a scan of more than ten blocks a unit"));
    }
    let segments = Segments {
        bytes,
        bits: Bits::new(bytes, at),
        is_dry: false,
        number: 0,
    };
    read_units(segments, frame, &parts, (band, tables.interval), output)
}

/// Places of the components in the frame, the slots of their tables, and the band.
fn read_header(segment: &[u8], frame: &Frame) -> Result<(Vec<usize>, Vec<u8>, Band), Broken> {
    let (&count, listed) = segment.split_first().ok_or(BAD_SCAN)?;
    let (listed, band) = listed
        .split_at_checked(2 * usize::from(count))
        .ok_or(BAD_SCAN)?;
    let (&[first, last, bits], 1..=4) = (band, count) else {
        return Err(BAD_SCAN);
    };
    let band = Band {
        first: first.into(),
        last: last.into(),
        high: (bits >> 4).into(),
        low: (bits & 15).into(),
    };
    let mut indices: Vec<usize> = Vec::new();
    for pair in listed.chunks_exact(2) {
        // Components may share an id: it is the first of them whose place in the scan is not taken yet.
        let of = |index: &usize| frame.components[*index].id == pair[0] && *index >= indices.len();
        let index = (0..frame.components.len()).find(of).ok_or(BAD_SCAN)?;
        if indices.contains(&index) {
            return Err(BAD_SCAN);
        }
        indices.push(index);
    }
    if frame.is_progressive && !band.is_progressive(indices.len()) {
        return Err(Broken::Found(
            "a progressive scan of impossible coefficients",
        ));
    }
    let slots = listed.chunks_exact(2).map(|pair| pair[1]).collect();
    Ok((indices, slots, band))
}

fn begin_part<'a>(
    frame: &mut Frame,
    index: usize,
    slots: u8,
    (band, parts): (Band, usize),
    tables: &'a Tables,
) -> Result<Part<'a>, Broken> {
    let component = &mut frame.components[index];
    component.take_table(&tables.quants)?;
    let (needs_first, needs_rest) = match frame.is_progressive {
        true => (band.first == 0 && band.high == 0, band.first > 0),
        false => (true, true),
    };
    if frame.is_progressive {
        component.begin_band(band, frame.scans);
    }
    Ok(Part {
        index,
        unit: if parts > 1 { component.factors } else { (1, 1) },
        first: needs_first.then(|| tables.first(slots >> 4)).transpose()?,
        rest: needs_rest.then(|| tables.rest(slots & 15)).transpose()?,
        quants: component.factors_of_coefficients(),
    })
}

/// The entropy-coded segments of a scan, between restart markers.
struct Segments<'a> {
    bytes: &'a [u8],
    bits: Bits<'a>,
    /// Whether this one has ended early: its other units stay as they are.
    is_dry: bool,
    /// Of the next restart marker.
    number: u8,
}

impl Segments<'_> {
    /// Goes over a restart marker, or stays where it is not the one.
    fn restart(&mut self) -> Result<(), Broken> {
        let wanted = self.number;
        self.number = (wanted + 1) & 7;
        let (mut marker, mut at) = next_marker(self.bytes, self.bits.at()).ok_or(Broken::Cut)?;
        loop {
            // How many markers too late; 8: not a restart marker.
            let late = match marker {
                0xd0..=0xd7 => (marker - 0xd0).wrapping_sub(wanted) & 7,
                _ => 8,
            };
            match late {
                // One that has been missed, or no marker at all: the right one may lie ahead.
                6 | 7 => {}
                8 if marker < 0xc0 => {}
                // The right one was lost: what belongs to it is empty.
                1 | 2 | 8 => {
                    self.bits = Bits::new(self.bytes, at - 2);
                    return Ok(());
                }
                // The right one, or one that is too far away to be trusted.
                _ => {
                    self.bits = Bits::new(self.bytes, at);
                    self.is_dry = false;
                    return Ok(());
                }
            }
            (marker, at) = next_marker(self.bytes, at).ok_or(Broken::Cut)?;
        }
    }
}

fn read_units(
    mut segments: Segments,
    frame: &mut Frame,
    parts: &[Part],
    (band, interval): (Band, usize),
    mut output: Option<&mut Output>,
) -> Result<usize, Broken> {
    let ((across, down), units_a_row) = match parts {
        [part] => {
            let component = &frame.components[part.index];
            (component.covered(), component.factors.1)
        }
        _ => (frame.units(), 1),
    };
    let mut before = [0; 4];
    let mut run = 0;
    let is_first_rest = frame.is_progressive && band.first > 0 && band.high == 0;
    let (mut column, mut row) = (0, 0);
    let mut last_good = None;
    let mut begun = 0;
    let mut unit = 0;
    let all = across * down;
    loop {
        if let Some(output) = output.as_deref_mut() {
            // Also rows that have been skipped.
            while begun <= row {
                show_row(output, frame, parts, begun);
                begun += 1;
            }
        }
        if unit >= all {
            break;
        }
        segments.is_dry |= segments.bits.is_beyond()?;
        if !segments.is_dry {
            last_good = Some(row);
        }
        if interval > 0 && unit > 0 && unit % interval == 0 {
            segments.restart()?;
            before = [0; 4];
            run = 0;
        }
        let is_idle = is_first_rest && run > 0 && interval == 0;
        if segments.is_dry || is_idle {
            // Up to the next restart, or over the blocks that have nothing left.
            let until = match (segments.is_dry, interval) {
                (true, 0) => all,
                (true, _) => (unit / interval + 1) * interval,
                (false, _) => unit + run as usize,
            };
            let skipped = until.min(all) - unit;
            unit += skipped;
            (column, row) = (unit % across, unit / across);
            if !segments.is_dry {
                run -= skipped as u32;
                last_good = Some((unit - 1) / across);
            }
            continue;
        }
        let reader = &mut segments.bits;
        if output.is_some() {
            show_unit(reader, frame, parts, &mut before, (column, row))?;
        } else {
            let place = (column, row);
            keep_unit(reader, frame, parts, band, (&mut before, &mut run), place)?;
        }
        unit += 1;
        column += 1;
        if column == across {
            (column, row) = (0, row + 1);
        }
    }
    // Of a scan without a good unit nothing is known.
    frame.last_good_row = last_good.map_or(frame.last_good_row, |row| row / units_a_row);
    segments.bits.is_beyond()?;
    Ok(segments.bits.at())
}

/// Shows what is above a row of units, and empties that row.
fn show_row(output: &mut Output, frame: &mut Frame, parts: &[Part], row: usize) {
    // A scan of one component has units of one block, also where the picture has others.
    let rows_a_unit = if parts.len() > 1 { frame.largest.1 } else { 1 };
    output.write(frame, row * 8 * rows_a_unit);
    for part in parts {
        let rows = row * part.unit.1..(row + 1) * part.unit.1;
        frame.components[part.index].clear_rows(rows);
    }
}

/// Reads a unit of the only scan of a file.
#[inline(always)]
fn show_unit(
    reader: &mut Bits,
    frame: &mut Frame,
    parts: &[Part],
    before: &mut [i32; 4],
    (column, row): (usize, usize),
) -> Result<(), Broken> {
    for (part, before) in parts.iter().zip(before) {
        let component = &mut frame.components[part.index];
        let codes = (part.first.ok_or(BAD_SCAN)?, part.rest.ok_or(BAD_SCAN)?);
        let (h, v) = part.unit;
        for y in row * v..(row + 1) * v {
            for x in column * h..(column + 1) * h {
                let mut block = [0; 64];
                let is_flat = baseline(reader, codes, before, &mut block);
                component.place_block(&block, &part.quants, is_flat, (x, y));
            }
        }
    }
    Ok(())
}

/// Reads a unit of one of several scans.
#[inline(always)]
fn keep_unit(
    reader: &mut Bits,
    frame: &mut Frame,
    parts: &[Part],
    band: Band,
    (before, run): (&mut [i32; 4], &mut u32),
    (column, row): (usize, usize),
) -> Result<(), Broken> {
    for (part, before) in parts.iter().zip(before) {
        let component = &mut frame.components[part.index];
        let (h, v) = part.unit;
        for y in row * v..(row + 1) * v {
            for x in column * h..(column + 1) * h {
                let place = y * component.blocks.0 + x;
                let block = &mut component.coefficients[place];
                let present = &mut component.present[place];
                if !frame.is_progressive {
                    let codes = (part.first.ok_or(BAD_SCAN)?, part.rest.ok_or(BAD_SCAN)?);
                    *present |= u64::from(!baseline(reader, codes, before, block));
                } else if band.first == 0 {
                    progressive_first(reader, part.first, band, before, block);
                } else {
                    let codes = part.rest.ok_or(BAD_SCAN)?;
                    progressive_rest(reader, codes, band, run, (block, present));
                }
            }
        }
    }
    Ok(())
}
