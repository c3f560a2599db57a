// errors: 3
//! Variables of a loop's pattern that are awaited again: with a timeout, with an index, in the argument of a macro.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> Result<(), rejoin::TimedOut> {
    let xs = || vec![fetch(1), fetch(2)];
    as_completed!(for n in ..xs() { println!("{}", n?.await); }, timeout = 1s);
    as_completed!(for n in ..xs() { drop(n.unwrap().await); }, timeout = 1s);
    as_completed!(for (m, _) in ..xs().into_iter().map(async |x| (x.await, 1)) {
        println!("{}", m.await);
    });
    Ok(())
}

fn main() {}
