//! Pre-tokenizer patterns that no state machine is written for: a linear engine, and `\s+(?!\S)` beside it.
//!
//! The engine (regex-automata) has no look-around, which is why it is linear. The one look-ahead that tokenizers use,
//! "white space up to but not including the last before something else", is a greedy run cut by one character; so the
//! alternatives of the pattern are given to the engine one by one, and that one is cut afterwards.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// The look-ahead that is understood, as an alternative of its own.
const TRAILING_SPACE: &str = r"\s+(?!\S)";

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    alternatives: Regex,
    /// Which alternative is [`TRAILING_SPACE`], and the alternatives behind it.
    trailing_space: Option<(usize, Regex)>,
}

impl Pattern {
    /// Compiles a pattern; says what was expected of it if that cannot be.
    pub fn new(pattern: &str) -> Result<Self, &'static str> {
        let alternatives = alternatives(pattern)?;
        let place = alternatives.iter().position(|&one| one == TRAILING_SPACE);
        let plain: Vec<&str> = alternatives
            .iter()
            .map(|&one| if one == TRAILING_SPACE { r"\s+" } else { one })
            .collect();
        let compile = |patterns: &[&str]| {
            // As in Oniguruma, `^` and `$` are about lines.
            let syntax = syntax::Config::new().multi_line(true);
            let built = Regex::builder().syntax(syntax).build_many(patterns);
            built.map_err(|_| "a known pattern, or a regular expression without look-around but `\\s+(?!\\S)` as an alternative")
        };
        let trailing_space = match place {
            None => None,
            Some(place) => Some((place, compile(&plain[place + 1..])?)),
        };
        Ok(Self {
            alternatives: compile(&plain)?,
            trailing_space,
        })
    }

    /// Calls `sink` for every match, from the left.
    pub fn find(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        let mut at = 0;
        let mut done = None;
        while at <= text.len() {
            let Some(found) = self.alternatives.search(&Input::new(text).range(at..)) else {
                return;
            };
            let mut range = found.range();
            if let Some((place, behind)) = &self.trailing_space
                && found.pattern().as_usize() == *place
                && range.end < text.len()
            {
                let last = text[range.clone()]
                    .char_indices()
                    .next_back()
                    .map_or(0, |(offset, _)| offset);
                let anchored = Input::new(text)
                    .range(range.start..)
                    .anchored(Anchored::Yes);
                if last > 0 {
                    range.end = range.start + last;
                } else if let Some(other) = behind.search(&anchored) {
                    range = other.range();
                } else {
                    at = range.end;
                    continue;
                }
            }
            at = range.end;
            if range.is_empty() {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                // As in Oniguruma's search for all matches: none that is empty where the one before it ends.
                if done == Some(range.end) {
                    continue;
                }
            }
            done = Some(range.end);
            sink(range);
        }
    }
}

/// Cuts a pattern at its top-level bars. Refuses what the engine would read in another sense than Oniguruma does.
fn alternatives(pattern: &str) -> Result<Vec<&str>, &'static str> {
    let mut out = Vec::new();
    let (mut depth, mut in_class, mut start) = (0usize, 0usize, 0);
    let mut after_quantifier = false;
    let mut chars = pattern.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut quantifier = false;
        match c {
            '\\' => match chars.next() {
                Some((_, 'w' | 'W' | 'b' | 'B' | 'h' | 'H' | 'R' | 'X' | 'G')) => {
                    return Err(
                        "a pattern without \\w, \\b, \\h, \\R, \\X, \\G, whose meaning differs between engines",
                    );
                }
                // The braces of a class are no quantifier.
                Some((_, 'p' | 'P')) => {
                    while chars.next().is_some_and(|(_, inner)| inner != '}') {}
                }
                _ => {}
            },
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            _ if in_class > 0 => {}
            '(' => {
                depth += 1;
                let flags = pattern[at..]
                    .strip_prefix("(?")
                    .and_then(|rest| rest.split([':', ')']).next());
                if flags.is_some_and(|flags| flags.contains(['m', 's', 'x', 'R', 'U', '>'])) {
                    return Err("a pattern without flags but `i`, and without atomic groups");
                }
            }
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                out.push(&pattern[start..at]);
                start = at + 1;
            }
            '+' if after_quantifier => return Err("a pattern without possessive quantifiers"),
            '?' | '*' | '+' | '}' => quantifier = true,
            _ => {}
        }
        after_quantifier = quantifier;
    }
    out.push(&pattern[start..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Machine;
    use crate::pattern_deepseek::DEEPSEEK;
    use crate::split::{Finder, Splitter};

    #[test]
    fn the_engine_and_the_state_machines_find_the_same_pieces() {
        let mut rng = fastrand::Rng::with_seed(11);
        let pool: Vec<char> = "aZé漢ǅʰ\u{301}1²٣ \u{a0}\u{3000}\n\r\t'’!?/=sStTſlLvVeEdDmMrR"
            .chars()
            .collect();
        let ascii: Vec<char> = "abCD12  \n\r\t'/!=é".chars().collect();
        for pattern in Machine::patterns().filter(|pattern| !pattern.contains("?+")) {
            let machine = Machine::known(&[pattern]).expect("a known pattern").0;
            let engine = Pattern::new(pattern).expect("an ordinary pattern");
            for round in 0..6000 {
                let text: String = (0..14)
                    .map(|_| match round % 3 {
                        0 => rng.u8(..128) as char,
                        1 => ascii[rng.usize(..ascii.len())],
                        _ => pool[rng.usize(..pool.len())],
                    })
                    .collect();
                let mut want = Vec::new();
                engine.find(&text, &mut |range| want.push(range));
                let mut got = Vec::new();
                machine.each(&text, |start, end| got.push(start..end));
                assert_eq!(got, want, "{text:?} by {pattern}");
            }
        }
    }

    #[test]
    fn the_machine_of_three_patterns_cuts_as_they_do_one_after_the_other() {
        let mut rng = fastrand::Rng::with_seed(12);
        let pool: Vec<char> = "aZé漢あ\u{301}\u{903}1²٣ \u{3000}\n\r\t'!/=$\u{200b}\u{ad}😀"
            .chars()
            .collect();
        let (machine, count) = Machine::known(&DEEPSEEK).expect("known patterns");
        assert_eq!(count, 3);
        let engines = DEEPSEEK.map(|pattern| {
            Splitter::isolated(Finder::Regex(Pattern::new(pattern).expect("a pattern")))
        });
        for _ in 0..5000 {
            let text: String = (0..14).map(|_| pool[rng.usize(..pool.len())]).collect();
            let mut want: Vec<Range<usize>> = std::iter::once(0..text.len()).collect();
            for engine in &engines {
                let whole = std::mem::take(&mut want);
                for piece in whole {
                    engine.split(&text[piece.clone()], &mut |range| {
                        want.push(piece.start + range.start..piece.start + range.end);
                    });
                }
            }
            let mut got = Vec::new();
            machine.each(&text, |start, end| got.push(start..end));
            assert_eq!(got, want, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for pattern in [
            r"(?<=a)b", r"a(?!b)", r"a++", r"(?>a)", r"\bword", r"(?x) a", "(", r"(a)\1",
        ] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        assert_eq!(
            alternatives(r"a|(b|c)|[|]|\||d"),
            Ok(vec!["a", "(b|c)", "[|]", r"\|", "d"])
        );
    }

    #[test]
    fn a_single_space_before_a_word_goes_to_the_alternative_behind() {
        let find = |pattern: &str, text: &str| {
            let mut out = Vec::new();
            Pattern::new(pattern)
                .expect("valid")
                .find(text, &mut |range| out.push(text[range].to_owned()));
            out
        };
        assert_eq!(find(r"\s+(?!\S)|\s+", "a  b c "), [" ", " ", " ", " "]);
        assert_eq!(
            find(r"\s+(?!\S)|[a-z]+", "a  b c "),
            ["a", " ", "b", "c", " "]
        );
    }
}
