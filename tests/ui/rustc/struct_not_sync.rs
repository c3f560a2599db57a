//! A value that another field needs and that is not `Sync`, in a task.

use std::cell::Cell;

use rejoin::gather;

pub struct Cells {
    pub count: Cell<u32>,
    pub twice: u32,
}

pub async fn run() {
    tokio::spawn(async {
        let _ = gather!(Cells {
            count: async { Cell::new(1) },
            twice: |count| async { count.get() * 2 },
        })
        .await;
    });
}

fn main() {}
