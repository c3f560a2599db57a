//! A group whose body waits for the children as for those of a `JoinSet`.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async { 1 });
        while let Some(one) = tg.join_next().await {
            drop(one);
        }
    })
    .await;
}

fn main() {}
