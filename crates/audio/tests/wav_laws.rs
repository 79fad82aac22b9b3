//! WAV files: every coding gives the samples that went in, and no bytes make the reader panic.

use fastrand::Rng;
use limbus_audio::companding::{a_law, mu_law};
use limbus_audio::decode::decode;
use limbus_audio::error::AudioErrorKind;
use limbus_audio::wav::{Coding, probe};

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [id.as_slice(), &(body.len() as u32).to_le_bytes(), body].concat();
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn fmt(tag: u16, channels: u16, rate: u32, container: u16, bits: u16) -> Vec<u8> {
    let frame = channels * container;
    let mut body = [tag, channels].map(u16::to_le_bytes).concat();
    body.extend(
        [rate, rate * u32::from(frame)]
            .map(u32::to_le_bytes)
            .concat(),
    );
    body.extend([frame, bits].map(u16::to_le_bytes).concat());
    body
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", &body)
}

fn wav(fmt: Vec<u8>, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &fmt), chunk(b"data", data)])
}

fn samples(file: &[u8]) -> Vec<f32> {
    decode(file, f64::INFINITY).expect("a good file").samples
}

#[test]
fn every_coding_gives_its_samples() {
    let full = [-1.0, -0.5, 0.0, 0.25];
    assert_eq!(
        samples(&wav(fmt(1, 1, 8000, 1, 8), &[0, 64, 128, 160])),
        full
    );
    let bits16 = [-32768i16, -16384, 0, 8192].map(i16::to_le_bytes).concat();
    assert_eq!(samples(&wav(fmt(1, 1, 8000, 2, 16), &bits16)), full);
    let bits24 = [0x0000_0080u32, 0x0000_00c0, 0, 0x0000_0020]
        .map(|x| {
            x.to_le_bytes()[..3]
                .iter()
                .rev()
                .copied()
                .collect::<Vec<u8>>()
        })
        .concat();
    assert_eq!(samples(&wav(fmt(1, 1, 8000, 3, 24), &bits24)), full);
    let bits32 = [i32::MIN, -(1 << 30), 0, 1 << 29]
        .map(i32::to_le_bytes)
        .concat();
    assert_eq!(samples(&wav(fmt(1, 1, 8000, 4, 32), &bits32)), full);
    let float32 = full.map(f32::to_le_bytes).concat();
    assert_eq!(samples(&wav(fmt(3, 1, 8000, 4, 32), &float32)), full);
    let float64 = full.map(|x| f64::from(x).to_le_bytes()).concat();
    assert_eq!(samples(&wav(fmt(3, 1, 8000, 8, 64), &float64)), full);
    for (tag, decode_byte) in [(6, a_law as fn(u8) -> i16), (7, mu_law)] {
        let bytes: Vec<u8> = (0..=255).collect();
        let want: Vec<f32> = bytes
            .iter()
            .map(|&b| f32::from(decode_byte(b)) / 32768.0)
            .collect();
        assert_eq!(samples(&wav(fmt(tag, 1, 8000, 1, 8), &bytes)), want);
    }
}

#[test]
fn fewer_bits_fill_the_upper_end() {
    // 20 bits in three bytes, 12 in two.
    assert_eq!(samples(&wav(fmt(1, 1, 8000, 3, 20), &[0, 0, 0x40])), [0.5]);
    assert_eq!(samples(&wav(fmt(1, 1, 8000, 2, 12), &[0x00, 0xc0])), [-0.5]);
}

#[test]
fn channels_become_their_mean() {
    let frames = [8192i16, -8192, 16384, 0, 32767, 32767]
        .map(i16::to_le_bytes)
        .concat();
    let want = [0.0, 0.25, 32767.0 / 32768.0];
    assert_eq!(samples(&wav(fmt(1, 2, 44100, 2, 16), &frames)), want);
    let three = [3.0f32, 6.0, 9.0].map(f32::to_le_bytes).concat();
    assert_eq!(samples(&wav(fmt(3, 3, 44100, 4, 32), &three)), [6.0]);
}

fn extensible(sub_tag: u16, tail: &[u8]) -> Vec<u8> {
    let mut body = fmt(0xfffe, 1, 16000, 2, 16);
    body.extend(22u16.to_le_bytes());
    body.extend(16u16.to_le_bytes());
    body.extend(4u32.to_le_bytes());
    body.extend(sub_tag.to_le_bytes());
    body.extend(tail);
    body
}

#[test]
fn the_extensible_form_is_read() {
    let tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    assert_eq!(samples(&wav(extensible(1, &tail), &[0, 0x40])), [0.5]);
    let refused = |file: &[u8]| probe(file).expect_err("refused").kind;
    assert_eq!(
        refused(&wav(extensible(1, &[1; 14]), &[0, 0])),
        AudioErrorKind::Unsupported
    );
    assert_eq!(
        refused(&wav(extensible(2, &tail), &[0, 0])),
        AudioErrorKind::Unsupported
    );
    assert_eq!(
        refused(&wav(extensible(1, &tail[..9]), &[0, 0])),
        AudioErrorKind::Invalid
    );
}

#[test]
fn other_chunks_are_skipped_odd_ones_with_their_padding() {
    let file = riff(&[
        chunk(b"LIST", b"INFOx"),
        chunk(b"fmt ", &fmt(1, 1, 16000, 2, 16)),
        chunk(b"fact", &[1, 0, 0, 0]),
        chunk(b"odd ", &[1, 2, 3]),
        chunk(b"data", &[0, 0x40, 0, 0xc0, 7]),
        chunk(b"LIST", b"after"),
    ]);
    let header = probe(&file).expect("a good file");
    assert_eq!(
        (header.num_frames, header.channels, header.sampling_rate),
        (2, 1, 16000)
    );
    assert_eq!(header.coding, Coding::Signed(2));
    assert_eq!(samples(&file), [0.5, -0.5]);
}

#[test]
fn a_length_that_the_writer_did_not_know_means_the_rest() {
    let mut file = wav(fmt(1, 1, 16000, 2, 16), &[0, 0x40, 0, 0xc0]);
    let at = file.len() - 8;
    for size in [u32::MAX, u32::MAX - 1, 6] {
        file[at..at + 4].copy_from_slice(&size.to_le_bytes());
        assert_eq!(samples(&file), [0.5, -0.5]);
    }
    file[..4].copy_from_slice(b"RF64");
    assert_eq!(samples(&file), [0.5, -0.5]);
    assert_eq!(samples(&wav(fmt(1, 1, 16000, 2, 16), &[])), []);
}

#[test]
fn a_length_of_64_bits_lies_in_a_chunk_of_its_own() {
    let long = |size: u64| [[0; 8], size.to_le_bytes(), [0; 8]].concat();
    let file = |size: u64| {
        let mut file = riff(&[
            chunk(b"ds64", &long(size)),
            chunk(b"fmt ", &fmt(1, 1, 16000, 2, 16)),
            chunk(b"data", &[0, 0x40, 0, 0xc0]),
            chunk(b"LIST", b"after"),
        ]);
        file[..4].copy_from_slice(b"RF64");
        let at = file.len() - 14 - 4 - 4;
        assert_eq!(&file[at - 4..at], b"data");
        file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        file
    };
    assert_eq!(samples(&file(4)), [0.5, -0.5]);
    assert_eq!(samples(&file(2)), [0.5]);
    // To the end, whatever lies there.
    assert_eq!(samples(&file(u64::MAX)).len(), 2 + 7);
}

#[test]
fn what_is_no_such_file_is_refused() {
    let good = wav(fmt(1, 1, 16000, 2, 16), &[0; 8]);
    let kind = |file: &[u8]| decode(file, 1.0).expect_err("refused").kind;
    for length in 0..44 {
        assert_eq!(
            kind(&good[..length]),
            AudioErrorKind::Invalid,
            "cut to {length}"
        );
    }
    assert!(decode(&good[..44], 1.0).is_ok(), "a sound of no samples");
    let bad = |fmt: Vec<u8>| kind(&wav(fmt, &[0; 8]));
    for (channels, rate, container) in [
        (0, 16000, 2),
        (1, 999, 2),
        (1, 0, 2),
        (1, 768_001, 2),
        (1, 16000, 0),
    ] {
        assert_eq!(
            bad(fmt(1, channels, rate, container, 16)),
            AudioErrorKind::Invalid
        );
    }
    for (tag, container, bits) in [
        (2, 1, 4),
        (1, 8, 64),
        (1, 2, 24),
        (3, 2, 16),
        (3, 4, 16),
        (6, 2, 16),
        (0x55, 1, 0),
    ] {
        assert_eq!(
            bad(fmt(tag, 1, 16000, container, bits)),
            AudioErrorKind::Unsupported
        );
    }
    assert_eq!(
        kind(&riff(&[chunk(b"data", &[0; 8])])),
        AudioErrorKind::Invalid
    );
    for other in [
        b"\0\0\0\x18ftypM4A ".as_slice(),
        b"FORM\0\0\0\0AIFF",
        b"\xff\xf1\x50",
    ] {
        assert_eq!(kind(other), AudioErrorKind::Unsupported);
    }
    for broken in [b"fLaC".as_slice(), b"OggS", b"ID3\x04", b"\xff\xfb\x90"] {
        assert_eq!(kind(broken), AudioErrorKind::Invalid);
    }
    assert_eq!(kind(b"RIFF\0\0\0\0WEBP"), AudioErrorKind::Invalid);
}

#[test]
fn the_length_is_held_against_the_limit_first() {
    let file = wav(fmt(1, 1, 16000, 2, 16), &vec![0; 2 * 16001]);
    assert!(decode(&file, 1.001).is_ok());
    let error = decode(&file, 1.0).expect_err("too long");
    assert_eq!(error.kind, AudioErrorKind::TooLong);
}

#[test]
fn samples_that_are_not_finite_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, -1e30] {
        let data = [0.5, bad].map(f32::to_le_bytes).concat();
        let error = decode(&wav(fmt(3, 1, 16000, 4, 32), &data), 1.0).expect_err("refused");
        assert_eq!(error.kind, AudioErrorKind::Invalid);
    }
}

#[test]
fn damaged_files_never_panic() {
    let mut rng = Rng::with_seed(9);
    let tags = [
        (1, 1, 8),
        (1, 2, 16),
        (1, 3, 24),
        (1, 4, 32),
        (3, 4, 32),
        (3, 8, 64),
        (6, 1, 8),
        (7, 1, 8),
    ];
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..20_000 {
        let (tag, container, bits) = tags[round % tags.len()];
        let channels = rng.u16(1..=3);
        let data: Vec<u8> = (0..rng.usize(..40)).map(|_| rng.u8(..)).collect();
        let odd = chunk(b"junk", &data[..data.len().min(3)]);
        let format = chunk(b"fmt ", &fmt(tag, channels, 16000, container, bits));
        let mut file = riff(&[odd, format, chunk(b"data", &data)]);
        for _ in 0..rng.usize(..5) {
            let at = rng.usize(..file.len());
            file[at] = rng.u8(..);
        }
        file.truncate(file.len() - rng.usize(..4).pow(3).min(file.len()));
        match decode(&file, 600.0) {
            Ok(mono) => {
                assert!(mono.samples.len() <= file.len());
                decoded += 1;
            }
            Err(error) => {
                assert!(error.message.contains(": found "));
                refused += 1;
            }
        }
    }
    assert!(
        decoded > 1000 && refused > 1000,
        "{decoded} decoded, {refused} refused"
    );
}
