//! Clean-up with an error of another type than that of its group.

use rejoin::task_group;

pub async fn run() {
    let group = task_group!(<String> |tg| {
        tg.defer(async { Err::<(), u8>(5) });
        Ok(())
    });
    group.await.unwrap();
}

fn main() {}
