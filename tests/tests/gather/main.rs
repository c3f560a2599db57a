//! `gather!`: outputs, polls, drops and times.

mod drops;
mod outputs;
mod polls;
mod time;
