// errors: 3
//! Values that a body awaits. One has the name of the item.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

fn known(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    as_completed!(for n in ..xs {
        let m = known(n).await;
        let n: u32 = m;
        n.await;
        as_completed!(for x in ..[fetch(3)] {
            known(x).await;
        });
    });
}

fn main() {}
