//! A spread of the receiver of a channel.

use rejoin::as_completed;

pub async fn run() {
    let (_sender, receiver) = tokio::sync::mpsc::channel::<u32>(1);
    as_completed!(for n in ..receiver { drop(n); });
}

fn main() {}
