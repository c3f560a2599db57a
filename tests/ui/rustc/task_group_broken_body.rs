//! A body that does not parse.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        let one = ;
        tg.spawn(async {});
    }, limit = 3).await;
}

fn main() {}
