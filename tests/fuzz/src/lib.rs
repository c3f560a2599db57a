//! Programs of operations on sets, as bytes, and a model that says what they must do.
//!
//! A program pushes futures, wakes them, polls sets in every way that the crate offers, and drops things half-way. What its
//! futures do in their polls and drops is part of it: they wake and drop each other's wakers, from this thread and from
//! another, and panic. So do the wakers that the sets are polled with. The model ([`world`]) is told of every poll, drop
//! and wake, and knows which must have happened, and in which order.

mod bytes;
mod child;
mod elsewhere;
mod interpreter;
mod parent;
mod world;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// Runs a program. Panics if the sets do not what the model says.
pub fn run(program: &[u8]) {
    interpreter::Interpreter::new(program).run();
}

/// What futures and wakers panic with.
struct Boom;

/// Panics without telling the panic hook, for it is no mistake.
fn boom() -> ! {
    resume_unwind(Box::new(Boom))
}

/// Runs what may panic with a [`Boom`]; `None` if it did.
fn survive<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| {
            let panic: Box<dyn Any + Send> = panic;
            if !panic.is::<Boom>() {
                resume_unwind(panic);
            }
        })
        .ok()
}
