//! A failing group with an error type that is not `Send` and not an `Error`.

use std::rc::Rc;

use rejoin::{Failures, task_group};

pub async fn run() -> Result<(), Failures<Rc<u32>>> {
    task_group!(|tg| {
        tg.spawn_scoped(async { if true { Err(Rc::new(1)) } else { Ok(()) } });
        Ok(())
    }, error = Rc<u32>)
    .await
}

fn main() {}
