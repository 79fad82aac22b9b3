//! Which item goes where.
//!
//! Every item takes the first of its alternatives that has a place. Replacements take occurrences from the left, each at
//! most once; of occurrences with one start the shorter goes first. Insertions go behind the first occurrence of their
//! target; start, prefix and end are points that no sweep moves. What one replacement takes, no other update may need:
//! that is a conflict and never settled silently.

use std::collections::VecDeque;

use crate::matches::{Match, TargetSet};

/// What an alternative looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A sequence of tokens; an empty one never matches.
    Tokens(Vec<u32>),
    /// The point before the first token.
    Start,
    /// The point behind these tokens, if the prompt begins with them.
    Prefix(Vec<u32>),
    /// The point behind the last token.
    End,
}

/// One way to place an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Whether the target stays, and the content goes behind it.
    pub insert: bool,
    /// Index of the target.
    pub target: usize,
}

/// Everything that a plan is made from.
pub struct Request<'a> {
    /// Tokens of the prompt.
    pub prompt: &'a [u32],
    /// 1 for tokens that a user wrote, which are part of no target; empty: none are. Else as long as the prompt.
    pub origins: &'a [u8],
    /// All targets.
    pub targets: &'a [Target],
    /// Lists of alternatives, each in declared order.
    pub groups: &'a [Vec<Alternative>],
    /// For each item its list, in order of precedence.
    pub items: &'a [usize],
}

/// Where an item goes: its content takes the place of the tokens from `start` to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Index of the item.
    pub item: usize,
    /// Index of the alternative in the item's list.
    pub alternative: usize,
    /// First token replaced.
    pub start: usize,
    /// Token after the last one replaced; equal to `start` where the content is put in between.
    pub end: usize,
}

/// Why an item has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// None of its targets occurs, or others took all occurrences.
    Unmatched,
    /// Its target occurs, but another update needs the same tokens.
    Conflict,
}

/// The outcome.
#[derive(Debug, Default)]
pub struct Plan {
    /// By place in the prompt; never overlapping.
    pub placements: Vec<Placement>,
    /// Items without a place, by index.
    pub failures: Vec<(usize, Failure)>,
    /// Steps of work, for tests of linearity.
    pub steps: usize,
}

/// A replacement, or a point, on its way to the plan.
#[derive(Debug, Clone, Copy)]
struct Placed {
    placement: Placement,
    /// Tokens that the update needs in the prompt.
    matched: (usize, usize),
}

struct Planner<'a> {
    request: &'a Request<'a>,
    /// Occurrences of the targets of replacements, by start and end.
    occurrences: Vec<Match>,
    first: Vec<Option<(usize, usize)>>,
    /// Occurrences of each target that can still be given away in one sweep.
    left: Vec<usize>,
    waiting: Vec<VecDeque<(usize, usize)>>,
    replaced: Vec<Placed>,
    points: Vec<Placed>,
    failures: Vec<(usize, Failure)>,
    steps: usize,
}

/// Gives every item its place. Time proportional to prompt, items and occurrences, once for each alternative.
pub fn plan(request: &Request<'_>) -> Plan {
    let mut planner = Planner::new(request);
    planner.count_left();
    let mut pending: Vec<(usize, usize)> = (0..request.items.len()).map(|item| (item, 0)).collect();
    while !pending.is_empty() {
        for (item, from) in pending {
            planner.assign(item, from);
        }
        planner.sweep();
        // Who was overlapped tries its next alternative.
        pending = planner
            .waiting
            .iter_mut()
            .flat_map(std::mem::take)
            .map(|(item, at)| (item, at + 1))
            .collect();
        pending.sort_unstable();
        planner.count_left();
    }
    planner.finish()
}

impl<'a> Planner<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        let mut replaces = vec![false; request.targets.len()];
        for alternative in request
            .groups
            .iter()
            .flatten()
            .filter(|alternative| !alternative.insert)
        {
            replaces[alternative.target] = true;
        }
        let sequences =
            request
                .targets
                .iter()
                .enumerate()
                .filter_map(|(index, target)| match target {
                    Target::Tokens(tokens) => Some((index, tokens.as_slice())),
                    _ => None,
                });
        let mut occurrences = Vec::new();
        let mut first = vec![None; request.targets.len()];
        let barred = |at: usize| request.origins.get(at) == Some(&1);
        let steps = TargetSet::new(sequences).find(request.prompt, barred, |found| {
            first[found.target].get_or_insert((found.start, found.end));
            if replaces[found.target] {
                occurrences.push(found);
            }
        });
        Self {
            request,
            occurrences,
            first,
            left: vec![0; request.targets.len()],
            waiting: vec![VecDeque::new(); request.targets.len()],
            replaced: Vec::new(),
            points: Vec::new(),
            failures: Vec::new(),
            steps,
        }
    }

    /// Calls `visit` for the occurrences that touch nothing replaced so far, from the left.
    fn each_free(&mut self, mut visit: impl FnMut(&mut Self, Match)) {
        let occurrences = std::mem::take(&mut self.occurrences);
        let taken: Vec<(usize, usize)> =
            self.replaced.iter().map(|placed| placed.matched).collect();
        let mut next = 0;
        for &found in &occurrences {
            self.steps += 1;
            while next < taken.len() && taken[next].1 <= found.start {
                next += 1;
            }
            if next == taken.len() || found.end <= taken[next].0 {
                visit(self, found);
            }
        }
        self.occurrences = occurrences;
    }

    /// Counts how many occurrences of each target lie end to end at most.
    fn count_left(&mut self) {
        let mut ends = vec![0; self.left.len()];
        self.left.fill(0);
        self.each_free(|planner, found| {
            if found.start >= ends[found.target] {
                ends[found.target] = found.end;
                planner.left[found.target] += 1;
            }
        });
    }

    /// Gives an item its first alternative, from `from` on, that has a place: points at once, replacements by waiting.
    fn assign(&mut self, item: usize, from: usize) {
        let Request {
            prompt,
            origins,
            targets,
            groups,
            items,
        } = *self.request;
        for (index, alternative) in groups[items[item]].iter().enumerate().skip(from) {
            self.steps += 1;
            let matched = match &targets[alternative.target] {
                Target::Tokens(_) if !alternative.insert => {
                    if self.left[alternative.target] > 0 {
                        self.left[alternative.target] -= 1;
                        return self.waiting[alternative.target].push_back((item, index));
                    }
                    None
                }
                Target::Tokens(_) => self.first[alternative.target],
                Target::Start => Some((0, 0)),
                Target::End => Some((prompt.len(), prompt.len())),
                Target::Prefix(tokens) => {
                    let written = origins.iter().take(tokens.len()).any(|&origin| origin == 1);
                    (prompt.starts_with(tokens) && !written).then_some((tokens.len(), tokens.len()))
                }
            };
            if let Some(matched) = matched {
                let placement = Placement {
                    item,
                    alternative: index,
                    start: matched.1,
                    end: matched.1,
                };
                return self.points.push(Placed { placement, matched });
            }
        }
        let failure = if from == 0 {
            Failure::Unmatched
        } else {
            Failure::Conflict
        };
        self.failures.push((item, failure));
    }

    /// Gives occurrences to the items that wait for them.
    fn sweep(&mut self) {
        let mut done = 0;
        let mut fresh = Vec::new();
        self.each_free(|planner, found| {
            if found.start < done {
                return;
            }
            if let Some((item, alternative)) = planner.waiting[found.target].pop_front() {
                done = found.end;
                let (start, end) = (found.start, found.end);
                let placement = Placement {
                    item,
                    alternative,
                    start,
                    end,
                };
                fresh.push(Placed {
                    placement,
                    matched: (start, end),
                });
            }
        });
        self.replaced.extend(fresh);
        self.replaced.sort_by_key(|placed| placed.matched);
    }

    /// Refuses points that a replacement takes away, and sorts what is left.
    fn finish(mut self) -> Plan {
        let replaced = &self.replaced;
        let failures = &mut self.failures;
        self.points.retain(|point| {
            let (start, end) = point.matched;
            let at = point.placement.start;
            // Replacements do not overlap, so only the first one that ends behind the match can touch it.
            let next = replaced.partition_point(|placed| placed.matched.1 <= start);
            let clash = replaced.get(next).is_some_and(|placed| {
                let (from, to) = placed.matched;
                (start < to && from < end) || (from < at && at < to)
            });
            if clash {
                failures.push((point.placement.item, Failure::Conflict));
            }
            !clash
        });
        let mut placed = self.points;
        placed.append(&mut self.replaced);
        placed.sort_by_key(|one| {
            let Placement {
                item, start, end, ..
            } = one.placement;
            (start, end, one.matched.0, item)
        });
        self.failures.sort_by_key(|failure| failure.0);
        Plan {
            placements: placed.into_iter().map(|one| one.placement).collect(),
            failures: self.failures,
            steps: self.steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(target: usize) -> Vec<Alternative> {
        vec![Alternative {
            insert: false,
            target,
        }]
    }

    fn insert(target: usize) -> Vec<Alternative> {
        vec![Alternative {
            insert: true,
            target,
        }]
    }

    fn places(plan: &Plan) -> Vec<(usize, usize, usize)> {
        plan.placements
            .iter()
            .map(|p| (p.item, p.start, p.end))
            .collect()
    }

    fn tokens(ids: &[u32]) -> Target {
        Target::Tokens(ids.to_vec())
    }

    #[test]
    fn defects_of_a_moving_cursor_do_not_occur() {
        let run =
            |prompt: &[u32], targets: &[Target], groups: &[Vec<Alternative>], items: &[usize]| {
                let outcome = plan(&Request {
                    prompt,
                    origins: &[],
                    targets,
                    groups,
                    items,
                });
                assert_eq!(outcome.failures, []);
                places(&outcome)
            };
        // Two replacements and a replacement at the end.
        let targets = [tokens(&[7]), Target::End];
        let d1 = run(&[7, 5, 7], &targets, &[replace(0), replace(1)], &[0, 0, 1]);
        assert_eq!(d1, [(0, 0, 1), (1, 2, 3), (2, 3, 3)]);
        // A replacement and an insertion at the start.
        let targets = [tokens(&[7]), Target::Start];
        assert_eq!(
            run(&[5, 7, 6], &targets, &[replace(0), insert(1)], &[0, 1]),
            [(1, 0, 0), (0, 1, 2)]
        );
        // An insertion at the end, then a replacement.
        let targets = [Target::End, tokens(&[7])];
        assert_eq!(
            run(&[5, 7, 6], &targets, &[insert(0), replace(1)], &[0, 1]),
            [(1, 1, 2), (0, 3, 3)]
        );
        // Insertions whose targets overlap.
        let targets = [tokens(&[1, 2, 3]), tokens(&[2])];
        assert_eq!(
            run(&[1, 2, 3, 4], &targets, &[insert(0), insert(1)], &[0, 1]),
            [(1, 2, 2), (0, 3, 3)]
        );
    }

    #[test]
    fn of_one_start_the_shorter_goes_first() {
        let targets = [tokens(&[1, 1]), tokens(&[1])];
        let groups = [replace(0), replace(1)];
        let outcome = plan(&Request {
            prompt: &[1, 1, 1],
            origins: &[],
            targets: &targets,
            groups: &groups,
            items: &[0, 1],
        });
        assert_eq!(places(&outcome), [(1, 0, 1), (0, 1, 3)]);
    }

    #[test]
    fn who_is_overlapped_takes_the_next_alternative_or_fails() {
        let targets = [tokens(&[1, 2]), tokens(&[2, 3]), Target::End];
        let with_end = vec![
            Alternative {
                insert: false,
                target: 1,
            },
            Alternative {
                insert: true,
                target: 2,
            },
        ];
        let groups = [replace(0), replace(1), with_end];
        let run = |items: &[usize]| {
            plan(&Request {
                prompt: &[1, 2, 3],
                origins: &[],
                targets: &targets,
                groups: &groups,
                items,
            })
        };
        assert_eq!(run(&[0, 1]).failures, [(1, Failure::Conflict)]);
        assert_eq!(places(&run(&[0, 2])), [(0, 0, 2), (1, 3, 3)]);
        assert_eq!(run(&[0, 0]).failures, [(1, Failure::Unmatched)]);
    }

    #[test]
    fn replacement_and_insertion_of_one_token_conflict() {
        let targets = [tokens(&[7]), tokens(&[7, 8]), Target::Prefix(vec![7])];
        let groups = [replace(0), insert(0), replace(1), insert(2)];
        let run = |items: &[usize]| {
            plan(&Request {
                prompt: &[7, 8],
                origins: &[],
                targets: &targets,
                groups: &groups,
                items,
            })
        };
        assert_eq!(run(&[0, 1]).failures, [(1, Failure::Conflict)]);
        assert_eq!(
            run(&[2, 3]).failures,
            [(1, Failure::Conflict)],
            "the point lies inside the replacement"
        );
        assert_eq!(places(&run(&[0, 3])), [(0, 0, 1), (1, 1, 1)]);
    }

    #[test]
    fn a_users_tokens_are_no_targets() {
        let targets = [tokens(&[7]), Target::Prefix(vec![7])];
        let groups = [replace(0), insert(1)];
        let request = Request {
            prompt: &[7, 7],
            origins: &[1, 0],
            targets: &targets,
            groups: &groups,
            items: &[0, 1],
        };
        let outcome = plan(&request);
        assert_eq!(places(&outcome), [(0, 1, 2)]);
        assert_eq!(outcome.failures, [(1, Failure::Unmatched)]);
    }

    #[test]
    fn work_grows_in_proportion_to_prompt_and_items() {
        let steps = |items: usize| {
            let mut prompt = vec![5; items * 100];
            (0..items).for_each(|item| prompt[item * 100 + 50] = 7);
            let targets = [tokens(&[7]), tokens(&[7, 7]), Target::End];
            let groups = [vec![
                Alternative {
                    insert: false,
                    target: 1,
                },
                Alternative {
                    insert: false,
                    target: 0,
                },
                Alternative {
                    insert: true,
                    target: 2,
                },
            ]];
            let outcome = plan(&Request {
                prompt: &prompt,
                origins: &[],
                targets: &targets,
                groups: &groups,
                items: &vec![0; items],
            });
            assert_eq!(outcome.placements.len(), items);
            outcome.steps
        };
        let (small, large) = (steps(100), steps(1600));
        assert!(
            large <= 16 * small + 100,
            "{small} steps, 16 times the work took {large}"
        );
        assert!(large <= 1600 * 110, "{large}");
    }
}
