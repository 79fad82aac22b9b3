//! Laws of the planner.

use limbus_prompt::{Alternative, Failure, Plan, Request, Target, plan};

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
    let run = |prompt: &[u32], targets: &[Target], groups: &[Vec<Alternative>], items: &[usize]| {
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
