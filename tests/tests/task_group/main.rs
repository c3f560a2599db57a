//! `task_group!`, its children and its errors, and tasks without a group.

mod cancel;
mod cause;
mod children;
mod deadline;
mod defer;
mod errors;
mod failures;
mod forms;
mod grace;
mod limit;
mod linked;
mod nested;
mod outputs;
mod panics;
mod panics_in_drops;
mod polls;
mod queue;
mod shared;
mod spawn;
mod stop;
mod task;
mod threads;
mod traits;
mod until;
mod values;
