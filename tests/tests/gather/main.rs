//! `gather!`: outputs, polls, drops and times.

mod drops;
mod ends;
mod need;
mod outputs;
mod polls;
mod time;
