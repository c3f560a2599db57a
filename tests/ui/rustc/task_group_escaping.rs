//! A group that is kept after the call.

use rejoin::task_group;

pub async fn run() {
    let mut kept = None;
    let name = String::from("a");
    task_group!(|tg| {
        tg.spawn_scoped(async { println!("{name}") });
        kept = Some(tg.clone());
    })
    .await;
    kept.unwrap().spawn(async {});
}

fn main() {}
