//! The cases of asyncio's functions, with the macro that corresponds to each function.

mod as_completed;
mod gather;
mod task_group;
mod timeout;
mod wait;
