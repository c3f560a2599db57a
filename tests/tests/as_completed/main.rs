//! `as_completed!` in its three forms: a stream, arms and a loop.

mod arms;
mod keys;
mod loops;
mod ordered;
mod stream;
mod streams;
mod until;
mod values;
