//! What is kept of a model, and the model's lists from what is kept.

use serde_json::Value;

use crate::binary::Kept;
use crate::decoder::Decoder;
use crate::model::Model;
use crate::source::{ID_LIMIT, Lists, Merge, Prepared, Ranked, Source, Vocabulary};
use crate::token_table::TokenTable;
use crate::tokenizer::SPACE_MARK;

/// What is kept of a model with these settings; none if the compact form cannot say it: two tokens have one id.
pub fn keep(settings: &Value, model: &Model, decoder: &Decoder) -> Option<Kept> {
    let names = model.names();
    let table = names.all();
    let known = (0..table.id_bound() as u32).filter(|&id| table.of(id).is_some());
    if model.scores().is_empty() && known.count() != table.len() {
        return None;
    }
    let mut kept = Kept {
        settings: settings.to_string(),
        token_bound: table.id_bound() as u32,
        scores: model.scores().to_vec(),
        splits_before_mark: model.splits_before(SPACE_MARK).into(),
        ..Kept::default()
    };
    let [tree, goes_on] = model.trees();
    if tree.is_empty() {
        kept.token_places = table.places().to_vec();
    }
    (kept.tree, kept.goes_on) = (tree.to_vec(), goes_on.to_vec());
    if let Some(bpe) = model.bpe() {
        let (merges, results) = bpe.merges();
        kept.merges = merges.into_iter().map(|merge| merge.0).collect();
        kept.merge_results = results;
        if let Some(spelled) = bpe.spelled_apart() {
            (kept.spelled, kept.spelled_lengths) = spelled.lengths();
        }
        if let Some(search) = bpe.backtracker() {
            (kept.prefixes, kept.wary) = search.kept();
        }
    }
    if !decoder.is_spelled() || kept.spelled_lengths.is_empty() {
        (kept.contributions, kept.contribution_lengths) = decoder.contributions().lengths();
    }
    match model.bpe().and_then(|bpe| bpe.spelled_apart()) {
        Some(spelled) if !tree.is_empty() => {
            for id in 0..table.id_bound() as u32 {
                if let (Some(name), None) = (table.of(id), spelled.of(id)) {
                    kept.own_ids.push(id);
                    kept.tokens.extend_from_slice(name);
                    kept.token_lengths.push(name.len() as u32);
                }
            }
        }
        _ => (kept.tokens, kept.token_lengths) = table.lengths(),
    }
    Some(kept)
}

/// The names that what tokens spell does not tell; none if they do not fit.
fn own_names(
    ids: &[u32],
    bytes: &[u8],
    lengths: &[u32],
    spelled: &TokenTable,
    bound: u32,
) -> Option<TokenTable> {
    let mut names = TokenTable::default();
    let mut rest = bytes;
    for (&id, &length) in ids.iter().zip(lengths) {
        let name;
        (name, rest) = rest.split_at_checked(length as usize)?;
        if id >= bound || (id as usize) < names.id_bound() || spelled.of(id).is_some() {
            return None;
        }
        names.insert(name, id);
    }
    (rest.is_empty() && ids.len() == lengths.len()).then_some(names)
}

/// What a tokenizer is made from, and what its ids contribute to texts; none if the parts do not fit together.
pub fn source_of(kept: Kept) -> Option<(Source, TokenTable)> {
    let settings: Value = serde_json::from_str(&kept.settings).ok()?;
    let bound = kept.token_bound;
    let spelled = TokenTable::of_lengths(kept.spelled, &kept.spelled_lengths, Vec::new())?;
    if bound > ID_LIMIT || spelled.id_bound() > bound as usize {
        return None;
    }
    let is_spelled = !kept.spelled_lengths.is_empty() && !kept.tree.is_empty();
    let tokens = match is_spelled {
        true => own_names(
            &kept.own_ids,
            &kept.tokens,
            &kept.token_lengths,
            &spelled,
            bound,
        )?,
        false => TokenTable::of_lengths(kept.tokens, &kept.token_lengths, kept.token_places)?,
    };
    if !is_spelled && tokens.id_bound() != bound as usize {
        return None;
    }
    let pairs: Vec<Ranked> = kept.merges.into_iter().map(Ranked).collect();
    let merges = merges_of(&pairs, &kept.merge_results, bound)?;
    let is_array = settings["model"]["vocab"].is_array();
    let vocabulary = if is_array {
        if kept.scores.len() != bound as usize || !kept.scores.iter().all(|score| score.is_finite())
        {
            return None;
        }
        Vocabulary::Scored(tokens, kept.scores)
    } else {
        Vocabulary::Ids(tokens)
    };
    let prepared = Prepared {
        spelled,
        spelled_bound: is_spelled.then_some(bound as usize),
        pairs,
        results: kept.merge_results,
        tree: kept.tree,
        goes_on: kept.goes_on,
        prefixes: kept.prefixes,
        wary: kept.wary,
        splits_before_mark: kept.splits_before_mark == 1,
    };
    let contributions =
        TokenTable::of_lengths(kept.contributions, &kept.contribution_lengths, Vec::new())?;
    let source = Source {
        settings,
        lists: Lists {
            vocabulary,
            merges,
            prepared: Some(prepared),
        },
    };
    Some((source, contributions))
}

/// The merges by rank; none if they are not one for each rank, or of ids that are not below `bound`.
fn merges_of(pairs: &[Ranked], results: &[u32], bound: u32) -> Option<Vec<Merge>> {
    if pairs.len() != results.len() {
        return None;
    }
    let free = Merge {
        left: u32::MAX,
        right: u32::MAX,
        result: u32::MAX,
    };
    let mut merges = vec![free; results.len()];
    for (left, right, rank) in pairs.iter().map(|pair| pair.parts()) {
        let merge = merges.get_mut(rank as usize)?;
        if left >= bound || right >= bound || *merge != free {
            return None;
        }
        (merge.left, merge.right) = (left, right);
    }
    for (merge, &result) in merges.iter_mut().zip(results) {
        if result >= bound {
            return None;
        }
        merge.result = result;
    }
    Some(merges)
}

#[cfg(test)]
mod tests {
    use crate::Tokenizer;
    use crate::binary::{self, Fingerprint, Kept};
    use fastrand::Rng;

    /// The pipelines of well-known models with small vocabularies, and one each of the other models.
    fn files() -> Vec<Vec<u8>> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/testdata/tokenizer"
        );
        let names = "behaviors deepseek digits gemma gpt2 llama1 llama2 llama3 metaspace_always metaspace_first \
                     metaspace_never o200k qwen2 roberta";
        let read = |name| std::fs::read(format!("{folder}/{name}.json")).expect("it is there");
        let mut files: Vec<Vec<u8>> = names.split_whitespace().map(read).collect();
        for model in [
            r#"{"type":"Unigram","unk_id":0,"vocab":[["?",0],["a",-1],["b",-2],["ab",-2.5],["a",-0.5]]}"#,
            r###"{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##","max_input_chars_per_word":9,
                "vocab":{"?":0,"a":1,"##b":2,"ab":7}}"###,
            r#"{"type":"WordLevel","unk_token":"?","vocab":{"?":3,"a":1,"ab":0}}"#,
            r#"{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"abab":3,"":4},"merges":[["ab","ab"],["a","b"]]}"#,
            r#"{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0,"b</w>":1,"ab</w>":2},"merges":["a b</w>"]}"#,
        ] {
            let added = r#"[{"id":9,"content":"<a>","special":true},{"id":1,"content":"b"}]"#;
            files.push(format!(r#"{{"added_tokens":{added},"model":{model}}}"#).into_bytes());
        }
        files
    }

    fn text(rng: &mut Rng) -> String {
        let parts = [
            "a", "b", "ab", " ", "  ", "the ", "picture", "\n", "é", "漢字", "😀", "<a>",
            "<image>", "</s>", "12", "_",
        ];
        (0..rng.usize(..30))
            .map(|_| parts[rng.usize(..16)])
            .collect()
    }

    #[test]
    fn the_compact_form_is_the_same_tokenizer() {
        let mut rng = Rng::with_seed(1);
        for file in files() {
            let mut ours = Tokenizer::from_json_bytes(&file).expect("it loads");
            let binary = Tokenizer::binary_of(&file)
                .expect("it loads")
                .expect("it has a compact form");
            let mut other = Tokenizer::from_binary(&binary, &file).expect("it is good");
            assert_eq!(other.decoder().id_bound(), ours.decoder().id_bound());
            for id in 0..ours.decoder().id_bound() as u32 + 2 {
                let (a, b) = (ours.decoder(), other.decoder());
                assert_eq!(b.name_of(id), a.name_of(id));
                assert_eq!(
                    (b.bytes_of(id), b.is_special(id)),
                    (a.bytes_of(id), a.is_special(id))
                );
                if let Some(name) = a.name_of(id) {
                    assert_eq!(other.id_of(name), ours.id_of(name));
                }
            }
            assert_eq!(other.id_of("no such token"), None);
            for _ in 0..300 {
                let text = text(&mut rng);
                let ids = ours.encode(&text, true);
                assert_eq!(other.encode(&text, true), ids, "{text:?}");
                for skip in [false, true] {
                    let ids = ids.clone().unwrap_or_default();
                    assert_eq!(
                        other.decoder().decode(&ids, skip),
                        ours.decoder().decode(&ids, skip)
                    );
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_damaged_cut_or_of_another_json_is_refused() {
        let file = &files()[4];
        let binary = Tokenizer::binary_of(file)
            .expect("it loads")
            .expect("it has a compact form");
        let refused = |binary: &[u8], json: &[u8]| Tokenizer::from_binary(binary, json).err();
        assert_eq!(refused(&binary, file), None);
        let mut other = file.clone();
        other.push(b' ');
        assert_eq!(
            refused(&binary, &other),
            Some("made from another tokenizer.json")
        );
        let mut rng = Rng::with_seed(2);
        for _ in 0..500 {
            let at = rng.usize(..binary.len());
            let mut damaged = binary.clone();
            damaged[at] ^= 1 << rng.u8(..8);
            assert!(refused(&damaged, file).is_some(), "bit at {at}");
            assert!(refused(&binary[..at], file).is_some(), "cut at {at}");
        }
        let longer = [&binary[..], &[0; 8]].concat();
        assert_eq!(refused(&longer, file), Some("damaged"));
        assert_eq!(refused(b"", file), Some("cut short"));
    }

    #[test]
    fn texts_that_are_not_utf8_are_refused() {
        let file = br#"{"model":{"type":"WordLevel","unk_token":"?","vocab":{"?":0}}}"#;
        let binary = Tokenizer::binary_of(file)
            .expect("it loads")
            .expect("it has a compact form");
        let mut kept = binary::read(&binary, &Fingerprint::of(file)).expect("it is good");
        assert!(Tokenizer::from_kept(kept.clone()).is_some());
        kept.contributions[0] = 0xff;
        assert!(Tokenizer::from_kept(kept).is_none());
    }

    #[test]
    fn a_forged_file_neither_panics_nor_runs_on() {
        fn change<T: Copy>(list: &mut Vec<T>, rng: &mut Rng, mut other: impl FnMut(&mut Rng) -> T) {
            match rng.u8(..4) {
                0 => list.truncate(rng.usize(..=list.len())),
                1 => list.push(other(rng)),
                _ if list.is_empty() => {}
                _ => {
                    let at = rng.usize(..list.len());
                    list[at] = if rng.bool() {
                        other(rng)
                    } else {
                        list[rng.usize(..list.len())]
                    };
                }
            }
        }
        let mut rng = Rng::with_seed(3);
        let mut loaded = 0;
        for file in files() {
            let binary = Tokenizer::binary_of(&file)
                .expect("it loads")
                .expect("it has a compact form");
            let good = binary::read(&binary, &Fingerprint::of(&file)).expect("it is good");
            for _ in 0..200 {
                let mut kept: Kept = good.clone();
                for _ in 0..rng.u8(1..=3) {
                    let number = |rng: &mut Rng| match rng.u8(..3) {
                        0 => rng.u32(..1 << 23) << rng.u32(..10),
                        1 => u32::MAX,
                        _ => rng.u32(..600),
                    };
                    let unit =
                        |rng: &mut Rng| u64::from(number(rng)) << 32 | u64::from(number(rng));
                    match rng.u8(..14) {
                        0 => change(&mut kept.tokens, &mut rng, |rng| rng.u8(..)),
                        1 => change(&mut kept.token_lengths, &mut rng, number),
                        2 => change(&mut kept.scores, &mut rng, |rng| {
                            f64::from(rng.u8(..9)) - 8.0
                        }),
                        3 => change(&mut kept.spelled_lengths, &mut rng, number),
                        4 => change(&mut kept.merges, &mut rng, |rng| {
                            let ids = rng.u64(..600) << 43 | rng.u64(..600) << 22;
                            ids | u64::from(number(rng) & 0x3f_ffff)
                        }),
                        5 => change(&mut kept.tree, &mut rng, unit),
                        6 => change(&mut kept.goes_on, &mut rng, unit),
                        7 => change(&mut kept.prefixes, &mut rng, number),
                        12 => change(&mut kept.wary, &mut rng, number),
                        8 => change(&mut kept.merge_results, &mut rng, number),
                        9 => change(&mut kept.token_places, &mut rng, number),
                        10 => change(&mut kept.own_ids, &mut rng, number),
                        11 => kept.token_bound = number(&mut rng),
                        _ => change(&mut kept.contribution_lengths, &mut rng, number),
                    }
                }
                // Also by way of the file, whose checksum a forger makes right.
                let again = binary::read(&binary::write(&kept, &file), &Fingerprint::of(&file));
                assert_eq!(again.as_ref(), Ok(&kept));
                if let Some(mut tokenizer) = Tokenizer::from_kept(kept) {
                    loaded += 1;
                    for _ in 0..5 {
                        let ids = tokenizer.encode(&text(&mut rng), true).unwrap_or_default();
                        tokenizer.decoder().decode(&ids, false);
                    }
                }
            }
        }
        assert!(loaded > 200, "{loaded}");
    }

    #[test]
    fn what_a_file_holds_changes_only_with_the_number_of_the_format() {
        let sums = files().into_iter().map(|file| {
            let binary = Tokenizer::binary_of(&file)
                .expect("it loads")
                .expect("it has a compact form");
            xxhash_rust::xxh3::xxh3_64(&binary)
        });
        let sum = sums.fold(0u64, |all, sum| all.rotate_left(5) ^ sum);
        // If this fails: count `FORMAT` up and note the new sum here.
        assert_eq!((binary::FORMAT, sum), (5, 1_069_119_121_588_825_742));
    }
}
