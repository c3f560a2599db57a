// errors: 2
//! A child that is started with `create_task`.

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
