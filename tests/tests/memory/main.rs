//! Allocations and memory in use, counted by an allocator for each thread apart.

mod allocator;
mod each_timeout;
mod gather;
mod leaks;
mod limit;
mod task_group;
mod until;

use rejoin_tests::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
