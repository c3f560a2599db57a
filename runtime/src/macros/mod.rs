//! The public macros, one in each file. They pass `$crate` and their tokens on to the procedural macros, which do the work.

mod as_completed;
mod gather;
mod task_group;
mod wait;
