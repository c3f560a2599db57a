//! Properties that the macros and their futures have in common.

mod auto_traits;
mod borrows;
mod each_timeout;
mod hygiene;
mod inference;
mod sizes;
mod stagger;
