//! The laws of decoding, whatever the tokenizer was loaded from.

use limbus_text::Tokenizer;

/// Ids as they come give what they give at once; also ids that there are none of. Gives all ids that were decoded.
pub fn check_streams(tokenizer: &Tokenizer, mut ids: Vec<u32>) -> Vec<u32> {
    let decoder = tokenizer.decoder();
    let bound = decoder.id_bound() as u32;
    ids.extend(0..bound.min(300));
    ids.extend([bound.saturating_sub(1), bound, u32::MAX]);
    for skip_special in [false, true] {
        let whole = decoder.decode(&ids, skip_special);
        let (mut state, mut streamed) = (decoder.start(), String::new());
        for &id in &ids {
            decoder.push(&mut state, id, skip_special, &mut streamed);
        }
        decoder.flush(&mut state, &mut streamed);
        assert_eq!(whole, streamed);
    }
    ids
}
