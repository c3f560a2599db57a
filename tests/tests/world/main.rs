//! Programs of other people that did not do what they should: each test is named after what happened there.

mod deadlines;
mod drained;
mod groups;
mod joiners;
mod losses;
mod messages;
mod panics;
mod stack;
mod starvation;
mod strangers;
