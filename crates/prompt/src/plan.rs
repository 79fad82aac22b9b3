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
