//! Prompt updates: where the placeholders of media items go in a prompt.
//!
//! [`matches`] finds every place where a target occurs, in one walk over the prompt; [`plan`] gives the places to the
//! items. Everything is matched against the prompt as it came, never against what was put in, so content that holds its
//! own target cannot recurse.

mod matches;
mod plan;

pub use matches::{Match, TargetSet};
pub use plan::{Alternative, Failure, Placement, Plan, Request, Target, plan};
