//! `FIRST_SUCCESS` of branches with keys that return no `Result`.

use rejoin::wait;
use std::future::ready;

pub async fn run() {
    let (done, _) = wait!(..[('a', ready(1))], return_when = FIRST_SUCCESS).await;
    drop(done);
}

fn main() {}
