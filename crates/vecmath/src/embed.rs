//! `embed_input_ids`: the rows of token ids and the rows of encoders, put together in one pass over the output.

use crate::convert::append_scaled;
use crate::dtype::Dtype;
use std::fmt;

/// An embedding table `[rows, hidden]` as it lies in the checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// `rows * hidden` elements, row by row, little-endian.
    pub bytes: &'a [u8],
    /// Format of an element.
    pub dtype: Dtype,
    /// Elements of a row.
    pub hidden: usize,
}

impl Table<'_> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.bytes.len() / (self.hidden * self.dtype.size())
    }
}

/// A run of prompt positions that belongs to one item.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    /// Which item's rows go here.
    pub item: usize,
    /// First position.
    pub offset: usize,
    /// Number of positions.
    pub length: usize,
    /// Nonzero where a position takes a row, `[length]`; `None`: all do.
    pub is_embed: Option<&'a [u8]>,
}

/// Why nothing was embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbedError {
    /// An item has more or fewer rows than positions that take one.
    RowCount {
        /// The item.
        item: usize,
        /// Positions that take a row.
        expected: usize,
        /// Rows given.
        found: usize,
    },
    /// A range ends behind the last position, or its mask has another length.
    RangeBounds {
        /// The item.
        item: usize,
    },
    /// Two ranges claim one position.
    Overlap {
        /// The item of the later range.
        item: usize,
    },
    /// A token id has no row in the table.
    UnknownId {
        /// Where it stands.
        position: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// There is no room for the result.
    OutOfMemory,
}

impl fmt::Display for EmbedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowCount {
                item,
                expected,
                found,
            } => {
                write!(
                    f,
                    "Expected {expected} encoder rows for item {item}, one for each embed position: found {found}"
                )
            }
            Self::RangeBounds { item } => {
                write!(
                    f,
                    "Expected the range and mask of item {item} to lie in the prompt: found a part outside"
                )
            }
            Self::Overlap { item } => {
                write!(
                    f,
                    "Expected ranges that share no position: found item {item} over an earlier one"
                )
            }
            Self::UnknownId { position, rows } => {
                write!(
                    f,
                    "Expected token ids below {rows}, the rows of the embedding table: found a larger one at {position}"
                )
            }
            Self::OutOfMemory => f.write_str("Expected room in the core's memory: found none"),
        }
    }
}

impl std::error::Error for EmbedError {}

const FROM_TABLE: u32 = u32::MAX;

/// Gives `[num_tokens, hidden]`: at embed positions the next row of the range's item, elsewhere the table's row of the id,
/// times `scale`. Encoder rows are not scaled. Everything is checked before anything is written, and everything is written
/// once: neighbouring rows of an item are one copy.
///
/// `rows` holds all items' rows one item after the other, `row_counts[item]` of them each; ranges may come in any order,
/// an item's own ranges in the order of its rows.
///
/// # Panics
/// If `rows` have not the length that the counts ask for.
pub fn embed_input_ids(
    table: Table<'_>,
    ids: &[u32],
    ranges: &[Range<'_>],
    rows: &[f32],
    row_counts: &[usize],
    scale: f32,
) -> Result<Vec<f32>, EmbedError> {
    let hidden = table.hidden;
    assert_eq!(
        rows.len(),
        row_counts.iter().sum::<usize>() * hidden,
        "rows are [sum of counts, hidden]"
    );
    let source = plan(ids, ranges, row_counts, table.rows())?;
    let row_bytes = hidden * table.dtype.size();
    let mut out = Vec::new();
    out.try_reserve_exact(ids.len() * hidden)
        .map_err(|_| EmbedError::OutOfMemory)?;
    let mut at = 0;
    while at < ids.len() {
        let first = source[at];
        if first == FROM_TABLE {
            let start = ids[at] as usize * row_bytes;
            let row = &table.bytes[start..start + row_bytes];
            append_scaled(row, table.dtype, &mut out, scale);
            at += 1;
            continue;
        }
        // How many of the next positions take the rows that follow.
        let run = (source[at..].iter().zip(first..))
            .take_while(|(from, row)| *from == row)
            .count();
        out.extend_from_slice(&rows[first as usize * hidden..][..run * hidden]);
        at += run;
    }
    Ok(out)
}

/// For each position the row of `rows` that it takes, or [`FROM_TABLE`].
fn plan(
    ids: &[u32],
    ranges: &[Range<'_>],
    row_counts: &[usize],
    table_rows: usize,
) -> Result<Vec<u32>, EmbedError> {
    let mut source = vec![FROM_TABLE; ids.len()];
    let mut taken = vec![0usize; row_counts.len()];
    let first_row: Vec<usize> = row_counts
        .iter()
        .scan(0, |sum, &n| Some(std::mem::replace(sum, *sum + n)))
        .collect();
    // Positions claimed by any range, embed or not: ranges of two items must not even touch each other's fixed tokens.
    let mut claimed = vec![false; ids.len()];
    for range in ranges {
        let item = range.item;
        let end = range
            .offset
            .checked_add(range.length)
            .filter(|&end| end <= ids.len());
        let mask_fits = range.is_embed.is_none_or(|mask| mask.len() == range.length);
        let (Some(end), true, true) = (end, mask_fits, item < row_counts.len()) else {
            return Err(EmbedError::RangeBounds { item });
        };
        for position in range.offset..end {
            if std::mem::replace(&mut claimed[position], true) {
                return Err(EmbedError::Overlap { item });
            }
            if range
                .is_embed
                .is_none_or(|mask| mask[position - range.offset] != 0)
            {
                source[position] = (first_row[item] + taken[item]) as u32;
                taken[item] += 1;
            }
        }
    }
    for (item, (&expected, &found)) in taken.iter().zip(row_counts).enumerate() {
        if expected != found {
            return Err(EmbedError::RowCount {
                item,
                expected,
                found,
            });
        }
    }
    match ids
        .iter()
        .zip(&source)
        .position(|(&id, &from)| from == FROM_TABLE && id as usize >= table_rows)
    {
        Some(position) => Err(EmbedError::UnknownId {
            position,
            rows: table_rows,
        }),
        None => Ok(source),
    }
}
