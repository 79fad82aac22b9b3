//! Border of the planner functions.
