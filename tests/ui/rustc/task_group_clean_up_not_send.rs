//! Clean-up that is not `Send`.

use std::rc::Rc;

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        let name = Rc::new(String::from("a"));
        tg.defer(async move { println!("{name}") });
    })
    .await;
}

fn main() {}
