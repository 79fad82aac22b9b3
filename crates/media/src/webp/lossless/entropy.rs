//! Pictures of a lossless bitstream as they are coded: literal pixels, copies of earlier ones, recent colours.

use super::super::Broken;
use super::bits::Bits;
use super::codes::{self, Code};

/// Symbols of the first code that are levels of green, and those that are lengths of copies.
const LEVELS: usize = 256;
const LENGTHS: usize = 24;
/// Symbols of distances.
const DISTANCES: usize = 40;
/// Bytes that the codes of a picture may take whatever its size, and for each pixel. Real files have few codes, or large
/// pictures.
const CODE_BYTES: usize = 8 << 20;
const CODE_BYTES_PER_PIXEL: usize = 8;

/// Near places that have distances of their own: rows up times 16, and 8 less columns to the left.
const NEAR: [u8; 120] = [
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39,
    0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a,
    0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
    0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e,
    0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
    0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
    0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72,
    0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
];

/// The codes of green, lengths and recent colours; of red; of blue; of alpha; of distances.
type Group = [Code; 5];

/// Which group of codes holds where.
struct Groups {
    groups: Vec<Group>,
    /// For each square of the picture.
    places: Vec<u16>,
    /// Squares have sides of two to this power.
    bits: u32,
    /// Squares in a row.
    columns: usize,
}

/// Colours by a hash of theirs, the last one of each.
struct Recent {
    colors: Vec<u32>,
    shift: u32,
}

impl Recent {
    #[inline(always)]
    fn insert(&mut self, color: u32) {
        let at = color.wrapping_mul(0x1e35_a7bd) >> self.shift;
        self.colors[at as usize] = color;
    }
}

/// Reads a picture, `0xaarrggbb`; only that of the pixels themselves may have several groups of codes.
pub fn read(
    bits: &mut Bits<'_>,
    width: usize,
    height: usize,
    is_whole: bool,
) -> Result<Vec<u32>, Broken> {
    let recent_bits = match bits.flag()? {
        true => Some(bits.number(4)?).filter(|bits| (1..=11).contains(bits)),
        false => Some(0),
    };
    let recent_bits = recent_bits.ok_or(Broken)?;
    let recent = (recent_bits > 0).then(|| Recent {
        colors: vec![0; 1 << recent_bits],
        shift: 32 - recent_bits,
    });
    let recent_colors = recent.as_ref().map_or(0, |recent| recent.colors.len());
    let groups = read_groups(bits, width, height, is_whole, recent_colors)?;
    read_pixels(bits, width, height, &groups, recent)
}

fn read_groups(
    bits: &mut Bits<'_>,
    width: usize,
    height: usize,
    is_whole: bool,
    recent_colors: usize,
) -> Result<Groups, Broken> {
    let mut groups = Groups {
        groups: Vec::new(),
        places: vec![0],
        bits: 16,
        columns: 1,
    };
    // For each group in the file: whether it is used at all.
    let mut used = vec![true];
    if is_whole && bits.flag()? {
        groups.bits = 2 + bits.number(3)?;
        let squares = |extent: usize| extent.div_ceil(1 << groups.bits);
        groups.columns = squares(width);
        let places = read(bits, groups.columns, squares(height), false)?;
        groups.places = places.iter().map(|&place| (place >> 8) as u16).collect();
        drop(places);
        used = number_used(&mut groups.places);
    }
    let alphabets = [
        LEVELS + LENGTHS + recent_colors,
        LEVELS,
        LEVELS,
        LEVELS,
        DISTANCES,
    ];
    let mut lengths = vec![0; alphabets[0]];
    let mut room = CODE_BYTES + CODE_BYTES_PER_PIXEL * width * height;
    for is_used in used {
        let mut group = Group::default();
        for (code, alphabet) in group.iter_mut().zip(alphabets) {
            *code = codes::read(bits, alphabet, &mut lengths)?;
        }
        if is_used {
            let size = group.iter().map(Code::size).sum();
            room = room.checked_sub(size).ok_or(Broken)?;
            groups.groups.push(group);
        }
    }
    Ok(groups)
}

/// Numbers groups anew, without those that no square uses. Returns which ones are used.
fn number_used(places: &mut [u16]) -> Vec<bool> {
    let most = places.iter().copied().max().unwrap_or(0);
    let mut used = vec![false; usize::from(most) + 1];
    for &place in &*places {
        used[usize::from(place)] = true;
    }
    let mut next = 0u32;
    let numbers: Vec<u16> = used
        .iter()
        .map(|&is_used| {
            let number = next as u16;
            next += u32::from(is_used);
            number
        })
        .collect();
    for place in places {
        *place = numbers[usize::from(*place)];
    }
    used
}

fn read_pixels(
    reader: &mut Bits<'_>,
    width: usize,
    height: usize,
    groups: &Groups,
    mut recent: Option<Recent>,
) -> Result<Vec<u32>, Broken> {
    let mut bits = *reader;
    let length = width * height;
    let mut pixels = Vec::with_capacity(length);
    let mut group = &groups.groups[0];
    // Where the next square begins, in pixels of the picture.
    let mut until = 0;
    while pixels.len() < length {
        if pixels.len() >= until {
            let (x, y) = (pixels.len() % width, pixels.len() / width);
            let place = (y >> groups.bits) * groups.columns + (x >> groups.bits);
            group = &groups.groups[usize::from(groups.places[place])];
            let end = ((x >> groups.bits) + 1) << groups.bits;
            until = y * width + end.min(width);
            if let Some(color) = plain(group) {
                pixels.resize(until, color);
                if let Some(recent) = &mut recent {
                    recent.insert(color);
                }
                continue;
            }
        }
        let [green, red, blue, alpha, distance] = group;
        bits.fill();
        let symbol = usize::from(green.read(&mut bits));
        if symbol < LEVELS {
            let red = u32::from(red.read(&mut bits));
            let blue = u32::from(blue.read(&mut bits));
            bits.fill();
            let alpha = u32::from(alpha.read(&mut bits));
            bits.check()?;
            let color = alpha << 24 | red << 16 | (symbol as u32) << 8 | blue;
            pixels.push(color);
            if let Some(recent) = &mut recent {
                recent.insert(color);
            }
        } else if let Some(place) = symbol.checked_sub(LEVELS + LENGTHS) {
            bits.check()?;
            let recent = recent.as_mut().ok_or(Broken)?;
            let color = *recent.colors.get(place).ok_or(Broken)?;
            pixels.push(color);
            // Changes something where the place was empty.
            recent.insert(color);
        } else {
            let times = read_extent(&mut bits, symbol - LEVELS);
            bits.fill();
            let symbol = usize::from(distance.read(&mut bits));
            bits.fill();
            let distance = pixels_back(read_extent(&mut bits, symbol), width);
            bits.check()?;
            let first = pixels.len();
            let start = first.checked_sub(distance).ok_or(Broken)?;
            if times > length - first {
                return Err(Broken);
            }
            if distance >= times {
                pixels.extend_from_within(start..start + times);
            } else {
                (start..start + times).for_each(|at| pixels.push(pixels[at]));
            }
            if let Some(recent) = &mut recent {
                pixels[first..]
                    .iter()
                    .for_each(|&color| recent.insert(color));
            }
        }
    }
    *reader = bits;
    Ok(pixels)
}

/// The colour of all pixels of a group whose codes have one symbol each.
fn plain(group: &Group) -> Option<u32> {
    let [green, red, blue, alpha, _] = group.each_ref().map(|code| code.only().map(u32::from));
    let green = green.filter(|&green| green < LEVELS as u32)?;
    Some(alpha? << 24 | red? << 16 | green << 8 | blue?)
}

/// A length or distance: some symbols stand for ranges and have bits behind them.
#[inline(always)]
fn read_extent(bits: &mut Bits<'_>, symbol: usize) -> usize {
    if symbol < 4 {
        return symbol + 1;
    }
    let extra = (symbol - 2) >> 1;
    let first = (2 + (symbol & 1)) << extra;
    first + bits.take(extra as u32) as usize + 1
}

/// How many pixels a distance goes back.
#[inline(always)]
fn pixels_back(distance: usize, width: usize) -> usize {
    match NEAR.get(distance - 1) {
        Some(&near) => {
            let (rows, columns) = (i32::from(near >> 4), 8 - i32::from(near & 15));
            (rows * width as i32 + columns).max(1) as usize
        }
        None => distance - NEAR.len(),
    }
}
