//! `gather!`: outputs, polls, drops and times.

mod drops;
mod ends;
mod keys;
mod need;
mod outputs;
mod polls;
mod streams;
mod structs;
mod time;
mod until;
