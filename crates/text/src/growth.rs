//! How much longer the steps of a file can make a text. Ten replacements of one letter by ten make ten billion of it: a
//! file of a few hundred bytes could ask for more than any memory holds, so such a file is refused when it is loaded.

use crate::json::{Load, LoadError, Node};

/// Most times that a stage may multiply the length of a text, in bytes. The normalizers in use reach a hundred.
const MAX_GROWTH: f64 = 1024.0;

/// Refuses a stage whose steps, one after the other, may make a text longer than [`MAX_GROWTH`] allows.
pub fn check_growth(node: &Node<'_>, factors: impl Iterator<Item = f64>) -> Load<()> {
    let growth: f64 = factors.map(|factor| factor.max(1.0)).product();
    if growth <= MAX_GROWTH {
        return Ok(());
    }
    let message = format!(
        "Expected `{}` to make a text at most {MAX_GROWTH} times as long: found steps that may make it {growth:.0} times",
        node.path
    );
    Err(LoadError {
        path: node.path.clone(),
        message,
    })
}

#[cfg(test)]
mod tests {
    use crate::Tokenizer;

    fn replace(pattern: &str, content: &str) -> String {
        format!(r#"{{"type":"Replace","pattern":{{"String":"{pattern}"}},"content":"{content}"}}"#)
    }

    fn error_of(stage: &str, list: &str, step: &str, times: usize) -> Option<(String, String)> {
        let steps = vec![step.to_owned(); times].join(",");
        let json = format!(
            r#"{{"{stage}":{{"type":"Sequence","{list}":[{steps}]}},"model":{{"type":"BPE","vocab":{{"a":0}},"merges":[]}}}}"#
        );
        let error = Tokenizer::from_json(&json).err()?;
        Some((error.path, error.message))
    }

    #[test]
    fn a_text_may_not_be_multiplied_without_end() {
        let ten = replace("a", "aaaaaaaaaa");
        assert_eq!(error_of("normalizer", "normalizers", &ten, 3), None);
        assert_eq!(error_of("decoder", "decoders", &ten, 3), None);
        let message = |stage: &str, times: &str| {
            let message = format!(
                "Expected `{stage}` to make a text at most 1024 times as long: found steps that may make it {times} times"
            );
            Some((stage.to_owned(), message))
        };
        assert_eq!(
            error_of("normalizer", "normalizers", &ten, 4),
            message("normalizer", "10000")
        );
        assert_eq!(
            error_of("decoder", "decoders", &ten, 4),
            message("decoder", "10000")
        );
        let bytes = r#"{"type":"ByteLevel"}"#;
        assert_eq!(
            error_of("normalizer", "normalizers", bytes, 40),
            message("normalizer", "1099511627776")
        );
        let prefixed = r#"{"type":"ByteLevel","add_prefix_space":true}"#;
        assert_eq!(
            error_of("pre_tokenizer", "pretokenizers", prefixed, 6),
            message("pre_tokenizer", "4096")
        );
        let prepend = r#"{"type":"Prepend","prepend":"bbbbbbbbb"}"#;
        assert_eq!(
            error_of("normalizer", "normalizers", prepend, 4),
            message("normalizer", "10000")
        );
    }

    #[test]
    fn what_only_swaps_or_shrinks_may_be_done_as_often_as_wanted() {
        assert_eq!(
            error_of("normalizer", "normalizers", &replace("ab", "b"), 500),
            None
        );
        let lower = r#"{"type":"Strip"}"#;
        assert_eq!(error_of("normalizer", "normalizers", lower, 500), None);
    }
}
