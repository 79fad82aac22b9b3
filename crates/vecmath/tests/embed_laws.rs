//! The merge against two plain loops, and its refusals.

use fastrand::Rng;
use limbus_vecmath::dtype::{Dtype, bf16_to_f32, f32_to_bf16};
use limbus_vecmath::embed::{EmbedError, Range, Table, embed_input_ids};

const HIDDEN: usize = 6;
const ROWS: usize = 9;

fn table_bytes() -> Vec<u8> {
    (0..ROWS * HIDDEN)
        .flat_map(|i| f32_to_bf16(i as f32).to_le_bytes())
        .collect()
}

fn run(
    ids: &[u32],
    ranges: &[Range],
    counts: &[usize],
    scale: f32,
) -> Result<Vec<f32>, EmbedError> {
    let bytes = table_bytes();
    let table = Table {
        bytes: &bytes,
        dtype: Dtype::Bf16,
        hidden: HIDDEN,
    };
    let rows: Vec<f32> = (0..counts.iter().sum::<usize>() * HIDDEN)
        .map(|i| -(i as f32) - 1.0)
        .collect();
    embed_input_ids(table, ids, ranges, &rows, counts, scale)
}

#[test]
fn equals_lookup_then_overwrite() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..500 {
        let n = rng.usize(1..=40);
        let mut ids: Vec<u32> = (0..n).map(|_| rng.u32(..ROWS as u32)).collect();
        let masks: Vec<Vec<u8>> = (0..n)
            .map(|_| (0..n).map(|_| rng.u8(..2)).collect())
            .collect();
        let num_items = rng.usize(1..=3);
        let (mut ranges, mut counts, mut at) = (Vec::new(), vec![0; num_items], 0);
        loop {
            at += rng.usize(..4);
            let length = rng.usize(..5);
            if at + length > n {
                break;
            }
            let is_embed = rng.bool().then_some(&masks[at.min(n - 1)][..length]);
            let item = rng.usize(..num_items);
            counts[item] += is_embed.map_or(length, |m| m.iter().filter(|&&b| b != 0).count());
            ranges.push(Range {
                item,
                offset: at,
                length,
                is_embed,
            });
            at += length;
        }
        // Two plain loops: gather everything, then let each item write its rows in the order of its ranges.
        let scale = [1.0, 3.0][rng.usize(..2)];
        let lookup =
            |id: u32, d: usize| scale * bf16_to_f32(f32_to_bf16((id as usize * HIDDEN + d) as f32));
        let mut want: Vec<f32> = ids
            .iter()
            .flat_map(|&id| (0..HIDDEN).map(move |d| lookup(id, d)))
            .collect();
        let mut next: Vec<usize> = (0..num_items).map(|i| counts[..i].iter().sum()).collect();
        for r in &ranges {
            for i in (0..r.length).filter(|&i| r.is_embed.is_none_or(|m| m[i] != 0)) {
                for d in 0..HIDDEN {
                    want[(r.offset + i) * HIDDEN + d] = -((next[r.item] * HIDDEN + d) as f32) - 1.0;
                }
                next[r.item] += 1;
                // An overwritten id need not be in the table.
                ids[r.offset + i] = u32::MAX;
            }
        }
        assert_eq!(run(&ids, &ranges, &counts, scale).as_ref(), Ok(&want));
    }
}

#[test]
fn rows_are_counted_both_ways() {
    let range = |item, offset, length| Range {
        item,
        offset,
        length,
        is_embed: None,
    };
    let ids = [1; 10];
    let two = [range(0, 0, 2), range(1, 4, 3)];
    assert!(run(&ids, &two, &[2, 3], 1.0).is_ok());
    let error = |item, expected, found| {
        Err(EmbedError::RowCount {
            item,
            expected,
            found,
        })
    };
    assert_eq!(run(&ids, &two, &[2, 2], 1.0), error(1, 3, 2));
    assert_eq!(run(&ids, &two, &[2, 4], 1.0), error(1, 3, 4));
    // A surplus of one item never makes up for another's lack.
    assert_eq!(run(&ids, &two, &[3, 2], 1.0), error(0, 2, 3));
    assert_eq!(run(&ids, &[], &[1], 1.0), error(0, 0, 1));
}

#[test]
fn refuses_what_does_not_fit() {
    let range = |offset, length| Range {
        item: 0,
        offset,
        length,
        is_embed: None,
    };
    let ids = [1, 2, 3];
    assert_eq!(
        run(&ids, &[range(2, 2)], &[2], 1.0),
        Err(EmbedError::RangeBounds { item: 0 })
    );
    assert_eq!(
        run(&ids, &[range(usize::MAX, 2)], &[2], 1.0),
        Err(EmbedError::RangeBounds { item: 0 })
    );
    let short = Range {
        is_embed: Some(&[1]),
        ..range(0, 2)
    };
    assert_eq!(
        run(&ids, &[short], &[1], 1.0),
        Err(EmbedError::RangeBounds { item: 0 })
    );
    assert_eq!(
        run(&ids, &[range(0, 2), range(1, 1)], &[3], 1.0),
        Err(EmbedError::Overlap { item: 0 })
    );
    assert_eq!(
        run(&[1, 9], &[], &[], 1.0),
        Err(EmbedError::UnknownId {
            position: 1,
            rows: 9
        })
    );
    // A position inside a range that takes no row still needs its id.
    let fixed = Range {
        is_embed: Some(&[0, 1]),
        ..range(0, 2)
    };
    assert_eq!(
        run(&[9, 9], &[fixed], &[1], 1.0),
        Err(EmbedError::UnknownId {
            position: 0,
            rows: 9
        })
    );
}
