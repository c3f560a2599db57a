// errors: 2
//! A child, started as asyncio starts one.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        let one = tg.create_task(async { 1 });
        tg.handle().start_soon(async {});
        one.await + 1
    })
    .await;
}

fn main() {}
