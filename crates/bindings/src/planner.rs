//! Border of the planner functions.

use limbus_prompt::{Alternative, Failure, Request, Target, plan};
use wasm_bindgen::prelude::wasm_bindgen;

/// Gives every item of a prompt its place.
///
/// `target_kinds`: 0 tokens, 1 start, 2 prefix, 3 end; the tokens of target `i` end at `target_ends[i]` in
/// `target_tokens`. The alternatives of group `i` end at `group_ends[i]` in `alternative_targets` and
/// `alternative_inserts` (1: insert). `origins` is empty, or 1 where a user wrote the token.
///
/// Returns the number of placements; `item, alternative, start, end` of each; then `item, reason` of every item without
/// a place (reason 0: unmatched, 1: conflict).
#[wasm_bindgen(js_name = planPromptUpdates)]
#[allow(clippy::too_many_arguments)]
pub fn plan_prompt_updates(
    prompt: &[u32],
    origins: &[u8],
    target_kinds: &[u8],
    target_tokens: &[u32],
    target_ends: &[u32],
    alternative_targets: &[u32],
    alternative_inserts: &[u8],
    group_ends: &[u32],
    item_groups: &[u32],
) -> Vec<u32> {
    let mut start = 0;
    let targets: Vec<Target> = target_kinds
        .iter()
        .zip(target_ends)
        .map(|(kind, &end)| {
            let tokens = target_tokens[start..end as usize].to_vec();
            start = end as usize;
            match kind {
                0 => Target::Tokens(tokens),
                1 => Target::Start,
                2 => Target::Prefix(tokens),
                _ => Target::End,
            }
        })
        .collect();
    let alternatives: Vec<Alternative> = alternative_targets
        .iter()
        .zip(alternative_inserts)
        .map(|(&target, &insert)| Alternative {
            insert: insert == 1,
            target: target as usize,
        })
        .collect();
    let mut start = 0;
    let groups: Vec<Vec<Alternative>> = group_ends
        .iter()
        .map(|&end| {
            let group = alternatives[start..end as usize].to_vec();
            start = end as usize;
            group
        })
        .collect();
    let items: Vec<usize> = item_groups.iter().map(|&group| group as usize).collect();
    let outcome = plan(&Request {
        prompt,
        origins,
        targets: &targets,
        groups: &groups,
        items: &items,
    });
    let mut out = Vec::with_capacity(1 + 4 * outcome.placements.len() + 2 * outcome.failures.len());
    out.push(outcome.placements.len() as u32);
    for placed in &outcome.placements {
        let numbers = [placed.item, placed.alternative, placed.start, placed.end];
        out.extend(numbers.map(|number| number as u32));
    }
    for &(item, failure) in &outcome.failures {
        out.extend([item as u32, u32::from(failure == Failure::Conflict)]);
    }
    out
}
