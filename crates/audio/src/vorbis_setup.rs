//! The setup header of Vorbis, read before Symphonia reads it.
//!
//! Symphonia 0.6.1 ends the process where its root of a codebook's size is not the exact one, or where two points of a floor
//! lie at one place; it mistakes the classes of residues of types 0 and 1 that several channels share, where the last
//! classword is not used to its end; it unfolds codebooks without a common bound. All can be seen here.
//!
//! Source: "Vorbis I specification", sections 4.2.4, 3.2.1, 6.2.2, 7.2.2, 8.6.1; RFC 3533 (Ogg).

use crate::error::AudioError;

/// Largest codebook: entries, dimensions. Symphonia's own limits.
const LARGEST_BOOK: (u32, u32) = (128 * 1024, 32);

/// Most numbers that all codebooks unfold to: a few bytes can stand for 16 MB. libvorbis' own are a twentieth of this.
const MAX_UNFOLDED: u32 = 1 << 22;

/// More are decoded wrongly in some modes that libvorbis uses.
const MAX_CHANNELS: u8 = 2;

/// Bits from the lowest of each byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `count` bits, at most 32.
    fn read(&mut self, count: u32) -> Result<u32, AudioError> {
        let end = self.at + count as usize;
        if end > self.bytes.len() * 8 {
            return Err(broken("found its end before"));
        }
        let bit = |at: usize| u32::from(self.bytes[at / 8] >> (at % 8) & 1);
        let value = (self.at..end)
            .enumerate()
            .fold(0, |value, (i, at)| value | bit(at) << i);
        self.at = end;
        Ok(value)
    }

    fn flag(&mut self) -> Result<bool, AudioError> {
        Ok(self.read(1)? == 1)
    }

    fn skip(&mut self, count: u64) -> Result<(), AudioError> {
        if self.at as u64 + count > self.bytes.len() as u64 * 8 {
            return Err(broken("found its end before"));
        }
        self.at += count as usize;
        Ok(())
    }
}

fn broken(what: &str) -> AudioError {
    AudioError::invalid(format!("Expected a whole setup header of Vorbis: {what}"))
}

fn unsupported(what: &str) -> AudioError {
    AudioError::unsupported(format!("Expected Vorbis that can be decoded: found {what}"))
}

/// Bits that a number needs.
fn width(number: u32) -> u32 {
    32 - number.leading_zeros()
}

/// The first packets of a file whose pages all belong to one stream; `None` if they are cut or broken.
fn first_packets(mut bytes: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let mut packets = vec![Vec::new()];
    while packets.len() <= count {
        if !bytes.starts_with(b"OggS") {
            return None;
        }
        let num_segments = usize::from(*bytes.get(26)?);
        let lacing = bytes.get(27..27 + num_segments)?;
        let mut at = 27 + num_segments;
        for &length in lacing {
            let segment = bytes.get(at..at + usize::from(length))?;
            at += usize::from(length);
            packets.last_mut()?.extend(segment);
            if length < 255 {
                packets.push(Vec::new());
            }
        }
        bytes = &bytes[at..];
    }
    packets.truncate(count);
    Some(packets)
}

/// Refuses a file of Ogg that is not Vorbis, or such as Symphonia cannot decode.
pub(crate) fn check(bytes: &[u8]) -> Result<(), AudioError> {
    let is_vorbis = |packet: &[u8], kind: u8| {
        packet.first() == Some(&kind) && packet[1..].starts_with(b"vorbis")
    };
    let Some(packets) = first_packets(bytes, 1) else {
        return Err(broken("found no page of Ogg"));
    };
    if !is_vorbis(&packets[0], 1) {
        return Err(AudioError::unsupported(
            "Expected Ogg of Vorbis: found another coding, such as Opus",
        ));
    }
    let Some(packets) = first_packets(bytes, 3) else {
        return Err(broken("found fewer headers, or other streams between them"));
    };
    let &[identification, _, setup] = &[&packets[0], &packets[1], &packets[2]];
    let (&[channels, ..], &[block_sizes, ..]) = (
        identification.get(11..).unwrap_or(&[]),
        identification.get(28..).unwrap_or(&[]),
    ) else {
        return Err(broken("found a shorter first header"));
    };
    if !is_vorbis(setup, 5) {
        return Err(broken("found another packet"));
    }
    if !(1..=MAX_CHANNELS).contains(&channels) {
        return Err(unsupported(&format!("{channels} channels, not 1 or 2")));
    }
    let blocks = [block_sizes & 15, block_sizes >> 4].map(|exponent| 1u32 << exponent);
    check_setup(&setup[7..], u32::from(channels), blocks)
}

/// A residue: what of it decides which classes are used.
struct Residue {
    kind: u32,
    begin: u32,
    end: u32,
    partition: u32,
    class_book: usize,
}

fn check_setup(bytes: &[u8], channels: u32, blocks: [u32; 2]) -> Result<(), AudioError> {
    let mut bits = Bits { bytes, at: 0 };
    let num_books = bits.read(8)? + 1;
    let (mut dimensions, mut unfolded) = (Vec::new(), 0u32);
    for _ in 0..num_books {
        let (of_book, entries) = check_book(&mut bits)?;
        unfolded += entries * (of_book + 4);
        if unfolded > MAX_UNFOLDED {
            return Err(unsupported("codebooks that are too large together"));
        }
        dimensions.push(of_book);
    }
    let num_times = bits.read(6)? + 1;
    bits.skip(16 * u64::from(num_times))?;
    for _ in 0..=bits.read(6)? {
        check_floor(&mut bits)?;
    }
    let num_residues = bits.read(6)? + 1;
    let residues = (0..num_residues)
        .map(|_| read_residue(&mut bits))
        .collect::<Result<Vec<Residue>, _>>()?;
    for _ in 0..=bits.read(6)? {
        for (residue, num_channels) in read_mapping(&mut bits, channels)? {
            let residue = residues
                .get(residue)
                .ok_or_else(|| broken("found no such residue"))?;
            let classes = *dimensions
                .get(residue.class_book)
                .ok_or_else(|| broken("found no such codebook"))?;
            let is_uneven = blocks.iter().any(|block| {
                let [begin, end] = [residue.begin, residue.end].map(|at| at.min(block / 2));
                !(end.saturating_sub(begin) / residue.partition).is_multiple_of(classes)
            });
            if residue.kind < 2 && num_channels > 1 && is_uneven {
                return Err(unsupported(
                    "channels whose residues share classwords unevenly",
                ));
            }
        }
    }
    Ok(())
}

/// Checks a codebook and gives its dimensions and entries.
fn check_book(bits: &mut Bits) -> Result<(u32, u32), AudioError> {
    if bits.read(24)? != 0x56_4342 {
        return Err(broken("found no codebook where one belongs"));
    }
    let (dimensions, entries) = (bits.read(16)?, bits.read(24)?);
    if dimensions == 0 || dimensions > LARGEST_BOOK.1 || entries == 0 || entries > LARGEST_BOOK.0 {
        return Err(unsupported("a codebook that is empty or too large"));
    }
    if bits.flag()? {
        bits.read(5)?;
        let mut known = 0;
        while known < entries {
            known += bits.read(width(entries - known))?;
        }
    } else if bits.flag()? {
        for _ in 0..entries {
            if bits.flag()? {
                bits.skip(5)?;
            }
        }
    } else {
        bits.skip(5 * u64::from(entries))?;
    }
    let num_values = match bits.read(4)? {
        0 => return Ok((dimensions, entries)),
        1 => root(entries, dimensions)
            .ok_or_else(|| unsupported("a codebook whose size has no exact root"))?,
        2 => entries * dimensions,
        _ => return Err(broken("found an unknown kind of codebook")),
    };
    bits.skip(64)?;
    let value_bits = bits.read(4)? + 1;
    bits.skip(1 + u64::from(num_values) * u64::from(value_bits))?;
    Ok((dimensions, entries))
}

/// Largest number whose power is not above `entries`, if 32-bit numbers find it too.
fn root(entries: u32, dimensions: u32) -> Option<u32> {
    let root = (entries as f32).powf(1.0 / dimensions as f32).floor() as u32;
    let is_exact =
        root.checked_pow(dimensions)? <= entries && (root + 1).checked_pow(dimensions)? > entries;
    is_exact.then_some(root)
}

fn check_floor(bits: &mut Bits) -> Result<(), AudioError> {
    if bits.read(16)? == 0 {
        bits.skip(8 + 16 + 16 + 6 + 8)?;
        let num_books = bits.read(4)? + 1;
        return bits.skip(8 * u64::from(num_books));
    }
    let num_partitions = bits.read(5)?;
    let classes = (0..num_partitions)
        .map(|_| Ok(bits.read(4)? as usize))
        .collect::<Result<Vec<usize>, AudioError>>()?;
    let num_classes = classes.iter().max().map_or(0, |most| most + 1);
    let mut dimensions = Vec::new();
    for _ in 0..num_classes {
        dimensions.push(bits.read(3)? + 1);
        let subclasses = bits.read(2)?;
        let master = if subclasses > 0 { 8 } else { 0 };
        bits.skip(master + (8 << subclasses))?;
    }
    bits.skip(2)?;
    let range = bits.read(4)?;
    let points: u32 = classes.iter().map(|&class| dimensions[class]).sum();
    for _ in 0..points {
        // There is a point at 0 already; between two at one place Symphonia would divide by their distance.
        if bits.read(range)? == 0 {
            return Err(broken("found two points of a floor at one place"));
        }
    }
    Ok(())
}

fn read_residue(bits: &mut Bits) -> Result<Residue, AudioError> {
    let (kind, begin, end) = (bits.read(16)?, bits.read(24)?, bits.read(24)?);
    let partition = bits.read(24)? + 1;
    let num_classes = bits.read(6)? + 1;
    let class_book = bits.read(8)? as usize;
    let mut num_books = 0;
    for _ in 0..num_classes {
        let low = bits.read(3)?;
        let high = if bits.flag()? { bits.read(5)? } else { 0 };
        num_books += low.count_ones() + high.count_ones();
    }
    bits.skip(8 * u64::from(num_books))?;
    Ok(Residue {
        kind,
        begin,
        end,
        partition,
        class_book,
    })
}

/// For each submap its residue and how many channels use it.
fn read_mapping(bits: &mut Bits, channels: u32) -> Result<Vec<(usize, usize)>, AudioError> {
    bits.skip(16)?;
    let num_submaps = if bits.flag()? { bits.read(4)? + 1 } else { 1 };
    if bits.flag()? {
        let steps = bits.read(8)? + 1;
        bits.skip(2 * u64::from(steps) * u64::from(width(channels.saturating_sub(1))))?;
    }
    bits.skip(2)?;
    let mut users = [0; 16];
    for _ in 0..channels {
        let submap = if num_submaps > 1 { bits.read(4)? } else { 0 };
        users[submap as usize] += 1;
    }
    users[..num_submaps as usize]
        .iter()
        .map(|&num_channels| {
            bits.skip(16)?;
            Ok((bits.read(8)? as usize, num_channels))
        })
        .collect()
}
