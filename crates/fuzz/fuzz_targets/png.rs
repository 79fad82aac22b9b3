//! PNG files. Checksums refuse nearly every mutation, so they are written anew behind one, and some mutations are those of
//! the rows behind the compression.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use limbus_media::header::Format;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

#[path = "../entries/image.rs"]
mod image;
#[path = "../entries/memory.rs"]
mod memory;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match image::check(bytes, Format::Png, image::MAX_PIXELS) {
        true => Corpus::Keep,
        false => Corpus::Reject,
    }
});

/// Bytes of rows that are mutated at most.
const MAX_ROWS: usize = 1 << 16;
const SIGNATURE: usize = 8;

type Chunk = ([u8; 4], Vec<u8>);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mutated = match seed % 4 {
        0 => mutate_rows(&data[..size]),
        _ => None,
    };
    let file = mutated.unwrap_or_else(|| {
        let size = fuzzer_mutate(data, size, max_size);
        let file = &data[..size];
        match seed.is_multiple_of(16) || size < SIGNATURE {
            true => file.to_vec(),
            false => write(&file[..SIGNATURE], &chunks(file)),
        }
    });
    let size = file.len().min(max_size);
    data[..size].copy_from_slice(&file[..size]);
    size
});

/// The chunks; of the last one what is there.
fn chunks(file: &[u8]) -> Vec<Chunk> {
    let mut found = Vec::new();
    let mut rest = file.get(SIGNATURE..).unwrap_or_default();
    while let Some((&[a, b, c, d, k0, k1, k2, k3], body)) = rest.split_first_chunk::<8>() {
        let length = (u32::from_be_bytes([a, b, c, d]) as usize).min(body.len());
        found.push(([k0, k1, k2, k3], body[..length].to_vec()));
        rest = body.get(length + 4..).unwrap_or_default();
    }
    found
}

fn write(signature: &[u8], chunks: &[Chunk]) -> Vec<u8> {
    let mut file = signature.to_vec();
    for (kind, body) in chunks {
        let mut crc = crc32fast::Hasher::new();
        crc.update(kind);
        crc.update(body);
        file.extend((body.len() as u32).to_be_bytes());
        file.extend(kind);
        file.extend(body);
        file.extend(crc.finalize().to_be_bytes());
    }
    file
}

/// Takes the rows out of their compression, mutates them and puts them back; `None` where that cannot be.
fn mutate_rows(file: &[u8]) -> Option<Vec<u8>> {
    let (mut before, mut rest) = (chunks(file), Vec::new());
    let first = before.iter().position(|(kind, _)| kind == b"IDAT")?;
    rest.extend(before.drain(first..));
    let (pixels, behind): (Vec<Chunk>, Vec<Chunk>) =
        rest.into_iter().partition(|(kind, _)| kind == b"IDAT");
    let packed: Vec<u8> = pixels.into_iter().flat_map(|(_, body)| body).collect();
    let mut rows = decompress_to_vec_zlib_with_limit(&packed, MAX_ROWS).ok()?;
    let size = rows.len();
    rows.resize(size + 64, 0);
    let size = fuzzer_mutate(&mut rows, size, size + 64);
    before.push((*b"IDAT", compress_to_vec_zlib(&rows[..size], 6)));
    before.extend(behind);
    Some(write(&file[..SIGNATURE], &before))
}
