//! Real leaves: channels, which are not free to poll.

use std::array;

use futures_concurrency::future::Join as _;
use tokio::sync::{mpsc, oneshot};

use super::{CONCURRENCY, FUTURES, MAYBE, TOKIO, by};
use crate::drive::Driver;
use crate::sheet::{OURS, Sheet, Target};

/// The number of messages of each channel.
const MESSAGES: usize = 10;

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    channels(sheet);
    oneshots(sheet);
}

fn channels(sheet: &mut Sheet) {
    macro_rules! row {
        ($k:literal, $indices:tt, $at_most:literal, [$($by:ident)*]) => {
            let name = concat!("tokio mpsc, woken ten times each, k = ", $k);
            let target = Target::at_most($at_most, TOKIO);
            sheet.timed(name, "ns a wake", Some(target), |race| {
                $(
                    let driver = Driver::new();
                    let (senders, mut receivers) = halves::<_, _, $k>(|| mpsc::channel(1));
                    race.add(by!(name $by), $k * MESSAGES, move || {
                        let mut receivers = receivers.iter_mut();
                        let mut branch = |_| receive(receivers.next().expect("one a branch"));
                        let turns = senders.iter().cycle().take($k * MESSAGES);
                        driver.turns(by!($by branch $indices), turns, |sender| {
                            sender.try_send(1).expect("the branch took the last message");
                        })
                    });
                )*
            });
        };
    }

    row!(2, (0 1), 0.95, [tokio futures concurrency maybe rejoin]);
    row!(4, (0 1 2 3), 0.65, [tokio futures concurrency maybe rejoin]);
    row!(8, (0 1 2 3 4 5 6 7), 0.4, [tokio futures concurrency maybe rejoin]);
}

/// Returns the sum of ten messages.
async fn receive(receiver: &mut mpsc::Receiver<u64>) -> u64 {
    let mut sum = 0;
    for _ in 0..MESSAGES {
        sum += receiver.recv().await.expect("the sender outlives the lap");
    }
    sum
}

fn oneshots(sheet: &mut Sheet) {
    macro_rules! row {
        ($k:literal, $indices:tt, $at_most:literal, [$($by:ident)*]) => {
            let name = concat!("tokio oneshot, woken once, k = ", $k);
            let target = Target::at_most($at_most, TOKIO);
            sheet.timed(name, "ns a branch", Some(target), |race| {
                $(
                    let driver = Driver::new();
                    race.add(by!(name $by), $k, move || {
                        let (senders, receivers) = halves::<_, _, $k>(oneshot::channel::<u64>);
                        let mut receivers = receivers.into_iter();
                        let mut branch = |_| receivers.next().expect("one a branch");
                        driver.turns(by!($by branch $indices), senders, |sender| {
                            sender.send(1).expect("the branch waits for it");
                        })
                    });
                )*
            });
        };
    }

    row!(2, (0 1), 1.05, [tokio futures concurrency maybe rejoin]);
    row!(4, (0 1 2 3), 1.2, [tokio futures concurrency maybe rejoin]);
    row!(8, (0 1 2 3 4 5 6 7), 1.1, [tokio futures concurrency maybe rejoin]);
}

/// Creates `N` channels, and returns the senders and the receivers.
fn halves<S, R, const K: usize>(channel: impl Fn() -> (S, R)) -> ([S; K], [R; K]) {
    let mut receivers = [const { None }; K];
    let senders = array::from_fn(|index| {
        let (sender, receiver) = channel();
        receivers[index] = Some(receiver);
        sender
    });
    (
        senders,
        receivers.map(|receiver| receiver.expect("one a sender")),
    )
}
