//! `timeout` after `until`, with outcomes as values and without an error type.

use rejoin::gather;

pub async fn run() -> bool {
    let call = gather!(<until = async {}, return_exceptions = true, timeout = 2s> async { 1 });
    call.await.is_ok()
}

fn main() {}
