//! A variable that is changed while a group borrows it.

use rejoin::task_group;

pub async fn run() {
    let mut names = vec![String::from("a")];
    let group = task_group!(|tg| {
        for name in &names {
            tg.spawn_scoped(async move { println!("{name}") });
        }
    });
    names.push(String::from("b"));
    group.await;
}

fn main() {}
