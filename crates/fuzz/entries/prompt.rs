//! Laws of every plan of prompt updates.

use limbus_prompt::{Alternative, Request, Target, plan};

/// Numbers from the front of a case; zeros behind its end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    /// Tokens, of which few differ, so that targets occur.
    fn tokens(&mut self, most: usize) -> Vec<u32> {
        let length = self.below(most + 1);
        (0..length).map(|_| u32::from(self.byte() % 4)).collect()
    }
}

/// Makes a request of a case, plans it, and looks at the plan.
pub fn check(bytes: &[u8]) {
    let mut reader = Reader(bytes);
    let targets: Vec<Target> = (0..1 + reader.below(8))
        .map(|_| match reader.below(6) {
            0 => Target::Start,
            1 => Target::End,
            2 => Target::Prefix(reader.tokens(4)),
            _ => Target::Tokens(reader.tokens(6)),
        })
        .collect();
    let groups: Vec<Vec<Alternative>> = (0..1 + reader.below(6))
        .map(|_| {
            (0..reader.below(4))
                .map(|_| Alternative {
                    insert: reader.below(2) == 1,
                    target: reader.below(targets.len()),
                })
                .collect()
        })
        .collect();
    let count = reader.below(24);
    let items: Vec<usize> = (0..count).map(|_| reader.below(groups.len())).collect();
    let has_origins = reader.below(2) == 1;
    let prompt: Vec<u32> = reader.0.iter().map(|&byte| u32::from(byte % 4)).collect();
    let origins: Vec<u8> = match has_origins {
        true => reader.0.iter().map(|&byte| byte >> 7).collect(),
        false => Vec::new(),
    };
    let made = plan(&Request {
        prompt: &prompt,
        origins: &origins,
        targets: &targets,
        groups: &groups,
        items: &items,
    });

    let mut placed: Vec<usize> = made.placements.iter().map(|p| p.item).collect();
    placed.extend(made.failures.iter().map(|&(item, _)| item));
    placed.sort_unstable();
    assert_eq!(
        placed,
        (0..items.len()).collect::<Vec<_>>(),
        "every item once"
    );
    let mut end = 0;
    for placement in &made.placements {
        assert!(
            end <= placement.start && placement.start <= placement.end,
            "in order, apart"
        );
        assert!(placement.end <= prompt.len());
        end = placement.end;
        let alternative = groups[items[placement.item]][placement.alternative];
        let barred =
            |range: std::ops::Range<usize>| origins.get(range).is_some_and(|o| o.contains(&1));
        let (start, end) = (placement.start, placement.end);
        match &targets[alternative.target] {
            Target::Tokens(tokens) if alternative.insert => {
                assert!(prompt[..start].ends_with(tokens) && !barred(start - tokens.len()..start));
                assert_eq!(start, end);
            }
            Target::Tokens(tokens) => {
                assert!(prompt[start..end] == tokens[..] && !barred(start..end));
            }
            Target::Start => assert_eq!((start, end), (0, 0)),
            Target::End => assert_eq!((start, end), (prompt.len(), prompt.len())),
            Target::Prefix(tokens) => {
                assert!(prompt.starts_with(tokens));
                assert_eq!((start, end), (tokens.len(), tokens.len()));
            }
        }
    }
    // At most six targets begin at one token, and a list has at most three alternatives, each a sweep of its own.
    let most = 64 * (prompt.len() + items.len() + bytes.len() + 64);
    assert!(made.steps <= most, "{} steps", made.steps);
}
