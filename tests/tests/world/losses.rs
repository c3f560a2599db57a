//! A message that a sibling had taken was dropped when a loop was left: what `select!` would have left in its channel.

use std::{
    future::{Future, ready},
    pin::{Pin, pin},
    task::Poll,
};

use rejoin::{Pending, as_completed};
use rejoin_tests::{Driver, Hand, leaves, ms};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex},
    sync::{Notify, mpsc},
    time::sleep,
};

/// A channel with fifty messages, and no sender.
async fn fifty(from: u32) -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(50);
    for n in from..from + 50 {
        sender.send(n).await.expect("there is a receiver");
    }
    receiver
}

#[tokio::test]
async fn a_break_out_of_arms_leaves_the_other_messages_in_their_channels() {
    let (mut a, mut b, mut c) = (fifty(0).await, fifty(50).await, fifty(100).await);
    let mut seen = vec![];
    loop {
        let before = seen.len();
        as_completed! {
            n = a.recv() => if let Some(n) = n { seen.push(n); break; },
            n = b.recv() => if let Some(n) = n { seen.push(n); break; },
            n = c.recv() => if let Some(n) = n { seen.push(n); break; },
        }
        if seen.len() == before {
            break;
        }
    }
    // One after another, as of a biased `select!`.
    assert_eq!(seen, (0..150).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_break_out_of_a_loop_leaves_the_other_messages_in_their_channels() {
    let mut channels = [fifty(0).await, fifty(50).await, fifty(100).await];
    let mut seen = vec![];
    for _ in 0..150 {
        let open = channels.iter_mut().filter(|channel| !channel.is_empty());
        as_completed!(for n in ..open.map(mpsc::Receiver::recv) {
            seen.push(n.expect("it is not empty"));
            break;
        });
    }
    assert_eq!(seen, (0..150).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_question_mark_in_a_body_leaves_the_other_messages_in_their_channels() {
    async fn first(channels: &mut [mpsc::Receiver<u32>]) -> Result<(), u32> {
        as_completed!(for n in ..channels.iter_mut().map(mpsc::Receiver::recv) {
            n.map_or(Ok(()), Err)?;
        });
        Ok(())
    }
    let mut channels = [fifty(0).await, fifty(50).await];
    for n in 0..100 {
        assert_eq!(first(&mut channels).await, Err(n));
    }
    assert_eq!(first(&mut channels).await, Ok(()));
}

#[tokio::test]
async fn a_stream_that_is_dropped_after_a_result_leaves_the_other_messages() {
    let mut channels = [fifty(0).await, fifty(50).await];
    let mut seen = vec![];
    for _ in 0..100 {
        let open = channels.iter_mut().filter(|channel| !channel.is_empty());
        let mut stream = as_completed!(..open.map(mpsc::Receiver::recv));
        seen.extend(stream.next().await.flatten());
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    // The same, of a set, and with an index.
    let mut channels = [fifty(0).await, fifty(50).await];
    let mut set: Pending<_> = channels.iter_mut().map(mpsc::Receiver::recv).collect();
    assert_eq!(set.next().await, Some(Some(0)));
    drop(set);
    let stream = as_completed!(..channels.iter_mut().map(mpsc::Receiver::recv));
    assert_eq!(stream.indexed().next().await, Some((0, Some(1))));
    assert_eq!([channels[0].len(), channels[1].len()], [48, 50]);
}

/// A reader that is dropped midway keeps its line, also where one of the arms is no channel.
#[tokio::test(start_paused = true)]
async fn a_line_is_not_lost_to_a_notification() {
    let (mut writer, reader) = duplex(64);
    let mut lines = BufReader::new(reader).lines();
    let tick = Notify::new();
    writer
        .write_all(b"one\ntwo\n")
        .await
        .expect("there is room");
    tick.notify_one();
    let mut seen = vec![];
    for _ in 0..3 {
        let mut line = None;
        as_completed! {
            () = tick.notified() => break,
            next = lines.next_line() => { line = next.expect("it is open"); break; }
            () = sleep(ms(20)) => break,
        }
        seen.extend(line);
    }
    assert_eq!(seen, ["one", "two"]);
}

// ---- what is polled -------------------------------------------------------------------------------------------------

fn polls_of(hands: &[Hand<usize>]) -> usize {
    hands.iter().map(Hand::polls).sum()
}

#[tokio::test]
async fn no_branch_is_polled_beyond_the_first_result() {
    let (hands, branches) = leaves(100);
    let mut stream = Driver::new(as_completed!(..branches).for_each(async |_: usize| ()));
    assert!(stream.poll().is_pending());
    drop(stream);
    let polls = |range: std::ops::Range<usize>| polls_of(&hands[range]);
    assert_eq!(polls(0..100), 100);

    let (hands, branches) = leaves(100);
    let polls = |range: std::ops::Range<usize>| polls_of(&hands[range]);
    for n in [40, 60] {
        hands[n].give(n);
    }
    let mut stream = as_completed!(..branches);
    // At first, those before the one that is ready, and it.
    assert_eq!(stream.next().await, Some(40));
    assert_eq!((polls(0..41), polls(41..100)), (41, 0));
    assert_eq!(stream.next().await, Some(60));
    assert_eq!((polls(0..61), polls(61..100)), (61, 0));
    {
        let mut next = pin!(stream.next());
        assert!(futures::poll!(next.as_mut()).is_pending());
    }
    assert_eq!(polls(0..100), 100);
    // Then those that were woken, in their order, one result at a time.
    for n in [7, 3, 99, 50] {
        hands[n].give(n);
    }
    for (n, count) in [(3, 101), (7, 102), (50, 103), (99, 104)] {
        assert_eq!(stream.next().await, Some(n));
        assert_eq!(polls(0..100), count);
    }
}

/// An await in a body that is ready at its first poll drives nothing; one that is not drives all others.
#[tokio::test]
async fn only_an_await_that_waits_drives_the_others_on() {
    let (hands, branches) = leaves(3);
    for (n, hand) in hands.iter().enumerate() {
        hand.give(n);
    }
    let mut seen = vec![];
    as_completed!(for n in ..branches {
        seen.push(n);
        ready(()).await;
        assert_eq!(hands[1].polls(), 0, "nothing has waited");
        tokio::task::yield_now().await;
        assert_eq!((hands[1].polls(), hands[2].polls()), (1, 1));
        // What came meanwhile and was not handed out is dropped with the rest.
        break;
    });
    assert_eq!(seen, [0]);
    assert!(hands.iter().all(Hand::is_dropped));
}

/// Under a limit, the place of a result that was handed out is filled when polling goes on.
#[tokio::test]
async fn a_place_is_filled_when_polling_goes_on() {
    let (hands, branches) = leaves(4);
    let mut branches = branches.into_iter();
    let (mut drawn, mut given) = (0, 0);
    let drawing = std::iter::from_fn(|| {
        let next = branches.next()?;
        drawn += 1;
        Some(next)
    });
    {
        let mut stream = as_completed!(..drawing, limit = 2);
        hands[0].give(0);
        hands[1].give(1);
        while let Some(n) = stream.next().await {
            assert_eq!(n, given);
            given += 1;
            let polled = hands.iter().filter(|hand| hand.polls() > 0).count();
            assert_eq!(polled, given, "nothing but what was handed out");
            if given == 2 {
                break;
            }
        }
    }
    // The third when the second was asked for.
    assert_eq!(drawn, 3);
}

/// A set that was left after a result goes on where it stopped, whoever polls it next.
#[tokio::test]
async fn what_was_not_polled_is_polled_by_the_next_call() {
    let (hands, branches) = leaves(70);
    let mut set: Pending<_> = branches.into_iter().collect();
    assert!(futures::poll!(pin!(set.next())).is_pending());
    for (n, hand) in hands.iter().enumerate() {
        hand.give(n);
    }
    assert_eq!(set.next().await, Some(0));
    let mut seen = vec![];
    as_completed!(for n in ..&mut set {
        seen.push(n);
        if n == 10 {
            break;
        }
    });
    let (done, _) = rejoin::wait!(..set).await;
    seen.extend(done);
    assert_eq!(seen, (1..70).collect::<Vec<_>>());
    assert!(hands.iter().all(|hand| hand.polls() == 2));
}

/// `wait!` hands out everything, and loses nothing.
#[tokio::test]
async fn a_wait_returns_all_that_is_done() {
    let mut channels = [fifty(0).await, fifty(50).await, fifty(100).await];
    let mut seen = vec![];
    for _ in 0..50 {
        let all: Vec<Pin<Box<dyn Future<Output = Option<u32>> + '_>>> = channels
            .iter_mut()
            .map(|channel| Box::pin(channel.recv()) as _)
            .collect();
        let (done, pending) = rejoin::wait!(..all, return_when = FIRST_COMPLETED).await;
        assert_eq!((done.len(), pending.len()), (3, 0));
        seen.extend(done.into_iter().flatten());
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..150).collect::<Vec<_>>());
}

/// A consumer that asks again and again, though nothing waits, gives the runtime its turn.
#[tokio::test]
async fn results_that_are_ready_one_by_one_give_the_runtime_its_turn() {
    let mut polls = 0;
    let mut set: Pending<_> = (0..10_000).map(ready).collect();
    let mut seen = 0;
    let mut all = pin!(async {
        while let Some(n) = set.next().await {
            assert_eq!(n, seen);
            seen += 1;
        }
    });
    std::future::poll_fn(|cx| {
        polls += 1;
        let poll = all.as_mut().poll(cx);
        if poll.is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    assert!(polls >= 10_000 / 1_024, "{polls}");
    assert_eq!(seen, 10_000);
}
