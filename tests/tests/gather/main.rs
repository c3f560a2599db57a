//! `gather!`: outputs, polls, drops and times.

mod drops;
mod ends;
mod outputs;
mod polls;
mod time;
