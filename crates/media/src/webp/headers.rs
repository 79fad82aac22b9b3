//! What stands in front of the blocks of a VP8 key frame: segments, filters, partitions, quantizers, probabilities.

use super::Broken;
use super::bools::Bools;
use super::tables::{AC_STEPS, BANDS, DC_STEPS, TOKEN_PROBABILITIES, TREE, UPDATE_PROBABILITIES};

/// Most segments of a frame.
const SEGMENTS: usize = 4;

/// For each coefficient, and the one behind the last, and each context: the probabilities of a token's tree.
pub type Probabilities = [[[u8; TREE]; 3]; 17];

/// What quantized coefficients are multiplied by: the first one, and the others.
pub type Steps = [i32; 2];

/// How a block's edges are smoothed.
#[derive(Clone, Copy, Default)]
pub struct Filter {
    /// How much pixels may differ across an edge; 0: no edge is filtered.
    pub limit: u8,
    /// How much they may differ beside an edge.
    pub inside: u8,
    /// Above which difference they are taken as an edge of the picture.
    pub edge: u8,
}

/// What holds for a part of the blocks.
#[derive(Clone, Copy, Default)]
pub struct Segment {
    /// Of luminance.
    pub luma: Steps,
    /// Of the first coefficients of luminance, which are transformed again.
    pub second: Steps,
    /// Of colour.
    pub chroma: Steps,
    /// For blocks predicted as a whole, and in sixteen parts.
    pub filters: [Filter; 2],
}

/// Everything in front of the blocks.
pub struct Headers<'a> {
    /// Blocks of 16 x 16 pixels.
    pub columns: usize,
    /// Blocks of 16 x 16 pixels.
    pub rows: usize,
    /// One, or as many as blocks can be told apart.
    pub segments: [Segment; SEGMENTS],
    /// How a block says which one it is of.
    pub segment_tree: Option<[u8; 3]>,
    /// Whether edges are filtered, and if so by the simple filter.
    pub is_simple: Option<bool>,
    /// Of the four types of coefficients.
    pub probabilities: Box<[Probabilities; 4]>,
    /// How probable it is that a block has coefficients, where blocks say so.
    pub has_coefficients: Option<u8>,
    /// Where the headers end and the modes of the blocks begin.
    pub modes: Bools<'a>,
    /// The coefficients of the rows of blocks, in turns.
    pub partitions: Vec<Bools<'a>>,
}

/// Reads the headers of a frame whose size has been read.
pub fn read(data: &[u8], width: usize, height: usize) -> Result<Headers<'_>, Broken> {
    let tag = data.first_chunk::<3>().ok_or(Broken)?;
    let tag = u32::from_le_bytes([tag[0], tag[1], tag[2], 0]);
    let (version, is_shown) = (tag >> 1 & 7, tag >> 4 & 1 == 1);
    if version > 3 || !is_shown {
        return Err(Broken);
    }
    let (modes, partitions) = data
        .get(10..)
        .and_then(|rest| rest.split_at_checked((tag >> 5) as usize))
        .ok_or(Broken)?;
    let mut bools = Bools::new(modes);
    // The colour space, of which there is one, and whether clamping is needed, which is done anyway.
    bools.number(2);
    let features = Features::read(&mut bools);
    let smoothing = Smoothing::read(&mut bools);
    let number = 1 << bools.number(2);
    if bools.is_over() {
        return Err(Broken);
    }
    let partitions = split(partitions, number)?;
    let mut headers = Headers {
        columns: width.div_ceil(16),
        rows: height.div_ceil(16),
        segments: [Segment::default(); SEGMENTS],
        segment_tree: features.tree,
        is_simple: (smoothing.level > 0).then_some(smoothing.is_simple),
        probabilities: Box::new([[[[0; TREE]; 3]; 17]; 4]),
        has_coefficients: None,
        modes: bools,
        partitions,
    };
    read_quantizers(&mut headers, &features);
    for (i, segment) in headers.segments.iter_mut().enumerate() {
        segment.filters = [false, true].map(|is_split| {
            let level = features.value(smoothing.level, features.levels[i]);
            smoothing.filter(level, is_split)
        });
    }
    // Whether probabilities hold for later frames, of which there are none.
    headers.modes.flag();
    read_probabilities(&mut headers);
    Ok(headers)
}

/// The streams of coefficients: the lengths of all but the last one stand in front.
fn split(data: &[u8], number: usize) -> Result<Vec<Bools<'_>>, Broken> {
    let (sizes, mut rest) = data.split_at_checked(3 * (number - 1)).ok_or(Broken)?;
    let mut found = Vec::with_capacity(number);
    let (sizes, _) = sizes.as_chunks::<3>();
    for &[low, middle, high] in sizes {
        let size = u32::from_le_bytes([low, middle, high, 0]) as usize;
        let (part, behind) = rest.split_at(size.min(rest.len()));
        found.push(Bools::new(part));
        rest = behind;
    }
    found.push(Bools::new(rest));
    if rest.is_empty() {
        return Err(Broken);
    }
    Ok(found)
}

/// In what segments differ.
#[derive(Default)]
struct Features {
    is_used: bool,
    /// Whether numbers stand for themselves, or are added to those of the frame.
    is_absolute: bool,
    quantizers: [i32; SEGMENTS],
    levels: [i32; SEGMENTS],
    tree: Option<[u8; 3]>,
}

impl Features {
    fn read(bools: &mut Bools<'_>) -> Self {
        let mut features = Self {
            // Numbers are absolute until told otherwise, and zero.
            is_absolute: true,
            ..Self::default()
        };
        features.is_used = bools.flag();
        if !features.is_used {
            return features;
        }
        let has_tree = bools.flag();
        if bools.flag() {
            features.is_absolute = bools.flag();
            features.quantizers = [(); SEGMENTS].map(|()| bools.optional(7).unwrap_or(0));
            features.levels = [(); SEGMENTS].map(|()| bools.optional(6).unwrap_or(0));
        }
        features.tree = has_tree.then(|| {
            [(); 3].map(|()| match bools.flag() {
                true => bools.number(8) as u8,
                false => 255,
            })
        });
        features
    }

    /// A number of the frame as a segment changes it.
    fn value(&self, of_frame: i32, of_segment: i32) -> i32 {
        match (self.is_used, self.is_absolute) {
            (false, _) => of_frame,
            (true, true) => of_segment,
            (true, false) => of_frame + of_segment,
        }
    }
}

/// How edges are smoothed, for the whole frame.
struct Smoothing {
    is_simple: bool,
    level: i32,
    sharpness: i32,
    /// Added to the level, and added once more for blocks predicted in sixteen parts.
    deltas: Option<[i32; 2]>,
}

impl Smoothing {
    fn read(bools: &mut Bools<'_>) -> Self {
        let is_simple = bools.flag();
        let level = bools.number(6) as i32;
        let sharpness = bools.number(3) as i32;
        let deltas = bools.flag().then(|| {
            let mut deltas = [0; 8];
            if bools.flag() {
                deltas = deltas.map(|delta| bools.optional(6).unwrap_or(delta));
            }
            // Of four kinds of reference, that of key frames; of four kinds of modes, that of parts.
            [deltas[0], deltas[4]]
        });
        Self {
            is_simple,
            level,
            sharpness,
            deltas,
        }
    }

    fn filter(&self, level: i32, is_split: bool) -> Filter {
        let added = self.deltas.map_or(0, |[all, split]| match is_split {
            true => all + split,
            false => all,
        });
        let level = (level + added).clamp(0, 63);
        if level == 0 {
            return Filter::default();
        }
        let inside = match self.sharpness {
            0 => level,
            1..=4 => (level >> 1).min(9 - self.sharpness),
            _ => (level >> 2).min(9 - self.sharpness),
        }
        .max(1);
        Filter {
            limit: (2 * level + inside) as u8,
            inside: inside as u8,
            edge: u8::from(level >= 15) + u8::from(level >= 40),
        }
    }
}

fn read_quantizers(headers: &mut Headers<'_>, features: &Features) {
    let bools = &mut headers.modes;
    let base = bools.number(7) as i32;
    let [luma_dc, second_dc, second_ac, chroma_dc, chroma_ac] =
        [(); 5].map(|()| bools.optional(4).unwrap_or(0));
    for (segment, &quantizer) in headers.segments.iter_mut().zip(&features.quantizers) {
        let base = features.value(base, quantizer);
        let dc = |index: i32, most| i32::from(DC_STEPS[index.clamp(0, most) as usize]);
        let ac = |index: i32| i32::from(AC_STEPS[index.clamp(0, 127) as usize]);
        segment.luma = [dc(base + luma_dc, 127), ac(base)];
        let second = ac(base + second_ac) * 155 / 100;
        segment.second = [2 * dc(base + second_dc, 127), second.max(8)];
        segment.chroma = [dc(base + chroma_dc, 117), ac(base + chroma_ac)];
    }
}

fn read_probabilities(headers: &mut Headers<'_>) {
    let mut of_bands = [[[[0; TREE]; 3]; 8]; 4];
    let all = of_bands.as_flattened_mut().as_flattened_mut();
    let known = UPDATE_PROBABILITIES.iter().zip(&TOKEN_PROBABILITIES);
    for (to, (&update, &usual)) in all.as_flattened_mut().iter_mut().zip(known) {
        *to = match headers.modes.bit(update) {
            true => headers.modes.number(8) as u8,
            false => usual,
        };
    }
    for (of_type, bands) in headers.probabilities.iter_mut().zip(&of_bands) {
        for (to, &band) in of_type.iter_mut().zip(&BANDS) {
            *to = bands[usize::from(band)];
        }
    }
    let says = headers.modes.flag();
    headers.has_coefficients = says.then(|| headers.modes.number(8) as u8);
}
