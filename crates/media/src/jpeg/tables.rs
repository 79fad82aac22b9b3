//! Tables that segments of a JPEG file set.

use super::bits::Codes;
use super::blocks::ZIGZAG;
use super::broken::Broken;
use super::segment::Segment;
use super::standard_codes::STANDARD;

/// A slot for codes: nothing yet, or what a segment has said. Whether it makes a table matters when it is used.
type Slot = Option<Result<Codes, Broken>>;

/// Everything that segments set.
#[derive(Default)]
pub struct Tables {
    /// Quantization tables, row by row.
    pub quants: [Option<[u16; 64]>; 4],
    /// Codes of first coefficients, and of the others.
    codes: [[Slot; 4]; 2],
    /// Units between restart markers; 0: there are none.
    pub interval: usize,
}

impl Tables {
    /// Codes of first coefficients.
    pub fn first(&self, slot: u8) -> Result<&Codes, Broken> {
        let codes = self.slot(0, slot)?;
        match codes.has_sizes() {
            true => Ok(codes),
            false => Err(Broken::Found("a first coefficient of more than 15 bits")),
        }
    }

    /// Codes of the other coefficients.
    pub fn rest(&self, slot: u8) -> Result<&Codes, Broken> {
        self.slot(1, slot)
    }

    fn slot(&self, kind: usize, slot: u8) -> Result<&Codes, Broken> {
        let missing = Broken::Found("a scan whose Huffman table is missing");
        let slot = self.codes[kind].get(usize::from(slot)).ok_or(missing)?;
        slot.as_ref().ok_or(missing)?.as_ref().map_err(|&b| b)
    }

    /// Fills the slots that are empty with the tables of the standard, which pictures of motion JPEG leave out.
    pub fn add_standard(&mut self) {
        for (slots, standard) in self.codes.iter_mut().zip(&STANDARD) {
            for (slot, (counts, symbols)) in slots.iter_mut().zip(standard) {
                slot.get_or_insert_with(|| Codes::new(counts, symbols));
            }
        }
    }

    /// Reads a DQT segment.
    pub fn read_quants(&mut self, segment: Segment) -> Result<(), Broken> {
        let broken = Broken::Found("a broken quantization table");
        let (mut rest, mut left) = (segment.rest, segment.length);
        while left > 0 {
            let (&kind, values) = rest.split_first().ok_or(Broken::Cut)?;
            let slot = self.quants.get_mut(usize::from(kind & 15)).ok_or(broken)?;
            let is_wide = kind >> 4 > 0;
            let size = if is_wide { 128 } else { 64 };
            let (values, behind) = values.split_at_checked(size).ok_or(Broken::Cut)?;
            let table = slot.insert([0; 64]);
            for (i, &place) in ZIGZAG[..64].iter().enumerate() {
                table[usize::from(place)] = match is_wide {
                    false => values[i].into(),
                    true => u16::from_be_bytes([values[2 * i], values[2 * i + 1]]),
                };
            }
            (rest, left) = (behind, left - 1 - size as isize);
        }
        (left == 0).then_some(()).ok_or(broken)
    }

    /// Reads a DHT segment.
    pub fn read_codes(&mut self, segment: Segment) -> Result<(), Broken> {
        let broken = Broken::Found("a broken Huffman table");
        let (mut rest, mut left) = (segment.rest, segment.length);
        while left > 16 {
            let (&[kind, ref counts @ ..], symbols) =
                rest.split_first_chunk::<17>().ok_or(Broken::Cut)?;
            let counts: &[u8; 16] = counts;
            let total = counts.iter().map(|&n| usize::from(n)).sum::<usize>();
            left -= 17 + total as isize;
            if total > 256 || left < 0 {
                return Err(broken);
            }
            let (symbols, behind) = symbols.split_at_checked(total).ok_or(Broken::Cut)?;
            if kind >> 5 > 0 {
                return Err(broken);
            }
            let slots = &mut self.codes[usize::from(kind >> 4)];
            let slot = slots.get_mut(usize::from(kind & 15)).ok_or(broken)?;
            *slot = Some(Codes::new(counts, symbols));
            rest = behind;
        }
        (left == 0).then_some(()).ok_or(broken)
    }

    /// Reads a DRI segment.
    pub fn read_interval(&mut self, segment: Segment) -> Result<(), Broken> {
        if segment.length != 2 {
            return Err(Broken::Found("a broken restart interval"));
        }
        let interval = segment.first(2)?;
        self.interval = usize::from(interval[0]) << 8 | usize::from(interval[1]);
        Ok(())
    }
}

/// Checks a DAC segment, the tables of arithmetic coding, which a Huffman-coded file has no use for.
pub fn check_arithmetic(segment: Segment) -> Result<(), Broken> {
    let broken = Broken::Found("a broken table of arithmetic coding");
    let (mut rest, mut left) = (segment.rest, segment.length);
    while left > 0 {
        let (&[slot, value], behind) = rest.split_first_chunk().ok_or(Broken::Cut)?;
        if slot >= 32 || (slot < 16 && value & 15 > value >> 4) {
            return Err(broken);
        }
        (rest, left) = (behind, left - 2);
    }
    (left == 0).then_some(()).ok_or(broken)
}
