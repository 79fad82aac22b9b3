//! Text of many ids at once.
//!
//! With the usual decoders all but the first id contribute the same bytes wherever they stand. Those are laid end to end, and
//! whether they are text is not looked at here: whoever makes a string of them has to in any case, and what is no UTF-8 becomes
//! U+FFFD there as `String::from_utf8_lossy` and the Encoding Standard have it.

use std::ops::Range;

use crate::decoder::Decoder;
use crate::decoder_step::{Step, byte_of, bytes_of_alphabet};

impl Decoder {
    /// Text of many ids.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        let mut room = Vec::new();
        let Range { start, end } = self.decode_into(ids, skip_special, &mut room);
        room.truncate(end);
        room.drain(..start);
        String::from_utf8(room)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// As [`Self::decode`], into memory that is there already and grows if need be: where in it the text lies. Bytes that are
    /// no UTF-8 stand for U+FFFD, one for each maximal part of a character.
    pub fn decode_into(&self, ids: &[u32], skip_special: bool, room: &mut Vec<u8>) -> Range<usize> {
        if let Some(place) = self.decode_at_once(ids, skip_special, room) {
            return place;
        }
        let mut out = String::with_capacity(ids.len() * 4);
        let mut state = self.start();
        for &id in ids {
            self.push(&mut state, id, skip_special, &mut out);
        }
        self.flush(&mut state, &mut out);
        *room = out.into_bytes();
        0..room.len()
    }

    /// None for the less usual decoders.
    fn decode_at_once(
        &self,
        ids: &[u32],
        skip_special: bool,
        room: &mut Vec<u8>,
    ) -> Option<Range<usize>> {
        let (falls_back, strip) = match &self.tail[..] {
            [] | [Step::ByteLevel] => (false, None),
            [Step::ByteFallback, Step::Fuse] => (true, None),
            [
                Step::ByteFallback,
                Step::Fuse,
                Step::Strip {
                    content,
                    start,
                    stop: 0,
                },
            ] => (true, Some((*content, *start))),
            _ => return None,
        };
        let contributions = self.contributions();
        let is_skipped =
            |id: u32| skip_special && self.skippable.get(id as usize).is_some_and(|&skip| skip);
        let mut out = Bytes::new(room, ids.len() * 5 + 64);
        let mut rest = ids;
        let is_shown = |&id: &u32| !is_skipped(id) && contributions.of(id).is_some();
        if !self.lead.is_empty()
            && let Some(first) = ids.iter().position(is_shown)
        {
            let text = self.lead_text(self.text_of(ids[first])?, true);
            let bytes = match &self.tail[..] {
                [Step::ByteLevel] => bytes_of_alphabet(&text),
                // A run of bytes that begins the text goes the long way.
                [Step::ByteFallback, ..] if byte_of(&text).is_some() => return None,
                _ => text.into_bytes(),
            };
            out.push(&bytes, 0, bytes.len());
            rest = &ids[first + 1..];
        }
        let mut run: Vec<u8> = Vec::new();
        for &id in rest {
            if is_skipped(id) {
                continue;
            }
            let Some((arena, start, end)) = contributions.place_of(id) else {
                continue;
            };
            if falls_back {
                if end - start == 6
                    && arena[start] == b'<'
                    && let Ok(text) = std::str::from_utf8(&arena[start..end])
                    && let Some(byte) = byte_of(text)
                {
                    run.push(byte);
                    continue;
                }
                out.push_run(&mut run);
            }
            out.push(arena, start, end);
        }
        out.push_run(&mut run);
        let end = out.length;
        let start = strip.map_or(0, |(content, most)| {
            // Where tokens fall back to bytes what they contribute is text.
            let mut buffer = [0; 4];
            let mark = content.encode_utf8(&mut buffer).as_bytes();
            let marks = room[..end].chunks(mark.len()).take(most);
            marks.take_while(|&found| found == mark).count() * mark.len()
        });
        Some(start..end)
    }
}

/// Bytes that grow by short pieces: a piece is copied as sixteen bytes, of which those that count stay.
struct Bytes<'a> {
    bytes: &'a mut Vec<u8>,
    length: usize,
}

impl<'a> Bytes<'a> {
    /// Writes over what is in `bytes`.
    fn new(bytes: &'a mut Vec<u8>, room: usize) -> Self {
        if bytes.len() < room {
            // New memory comes zeroed, and what was there is not copied.
            *bytes = vec![0; room];
        }
        Self { bytes, length: 0 }
    }

    /// Appends a part of `from`.
    #[inline]
    fn push(&mut self, from: &[u8], start: usize, end: usize) {
        let (at, count) = (self.length, end - start);
        if at + count + 16 > self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2 + count, 0);
        }
        self.length += count;
        if count <= 16
            && let Some(piece) = from.get(start..start + 16)
        {
            self.bytes[at..at + 16].copy_from_slice(piece);
        } else {
            self.bytes[at..at + count].copy_from_slice(&from[start..end]);
        }
    }

    /// Appends a run of bytes that came as tokens: as text, or as one U+FFFD for each if they are none.
    fn push_run(&mut self, run: &mut Vec<u8>) {
        if run.is_empty() {
            return;
        }
        if std::str::from_utf8(run).is_ok() {
            self.push(run, 0, run.len());
        } else {
            for _ in 0..run.len() {
                self.push("\u{fffd}".as_bytes(), 0, 3);
            }
        }
        run.clear();
    }
}
