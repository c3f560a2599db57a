//! Iterators that are drained at the call: nothing of their types is left in what the macros give, so it borrows and is
//! `Send` as its futures do and are.

use std::{
    collections::HashMap,
    future::{Future, Ready, ready},
    rc::Rc,
    sync::Mutex,
};

use rejoin::{Pending, TimedOut, as_completed, gather, wait};
use rejoin_tests::{AppError, Log};
use tokio::task::yield_now;

/// A future that owns all that it needs.
async fn load(id: u64) -> u64 {
    yield_now().await;
    id
}

async fn try_load(id: u64) -> Result<u64, AppError> {
    Ok(load(id).await)
}

fn send<T: Send>(of: T) -> T {
    of
}

#[tokio::test]
async fn a_task_outlives_the_list_that_its_futures_were_made_from() {
    let ids = vec![1, 2, 3];
    let all = tokio::spawn(gather!(..ids.iter().map(|&id| load(id))));
    let fallible = tokio::spawn(gather!(..ids.iter().map(|&id| try_load(id))));
    let named = tokio::spawn(gather!(<AppError> ..ids.iter().map(|&id| load(id)), timeout = 1s));
    let timed = tokio::spawn(gather!(..ids.iter().map(|&id| load(id)), each_timeout = 1s));
    let partial = gather!(
        ..ids.iter().map(|&id| load(id)),
        timeout = 1s,
        partial = true
    );
    let partial = tokio::spawn(partial);
    let beside = tokio::spawn(gather!(load(0), ..ids.iter().map(|&id| load(id))));
    let waited = tokio::spawn(wait!(..ids.iter().map(|&id| load(id)), limit = 2));
    let stream = as_completed!(..ids.iter().map(|&id| load(id)), timeout = 1s);
    let stream = tokio::spawn(stream.for_each(async |_| ()));
    drop(ids);
    assert_eq!(all.await.unwrap(), [1, 2, 3]);
    assert_eq!(fallible.await.unwrap(), Ok(vec![1, 2, 3]));
    assert_eq!(named.await.unwrap(), Ok(vec![1, 2, 3]));
    assert_eq!(timed.await.unwrap(), [Ok(1), Ok(2), Ok(3)]);
    assert_eq!(partial.await.unwrap(), [Some(1), Some(2), Some(3)]);
    assert_eq!(beside.await.unwrap(), (0, vec![1, 2, 3]));
    assert_eq!(waited.await.unwrap().0.len(), 3);
    stream.await.unwrap();
}

#[tokio::test]
async fn a_list_changes_while_futures_that_were_made_from_it_run() {
    let mut ids = vec![1, 2];
    let all = gather!(..ids.iter().map(|&id| load(id)));
    let fresh = gather!(..ids.drain(..).map(load));
    let wait = wait!(..ids.iter().map(|&id| load(id)));
    ids.extend([3, 4]);
    assert_eq!((all.await, fresh.await), (vec![1, 2], vec![1, 2]));
    assert!(wait.await.0.is_empty());

    let mut stream = as_completed!(..ids.iter().map(|&id| load(id)));
    while let Some(id) = stream.next().await {
        ids.push(10 + id);
    }
    as_completed!(for id in ..ids.iter().map(|&id| load(id)) {
        ids.push(10 + id);
    });
    assert_eq!(ids, [3, 4, 13, 14, 13, 14, 23, 24]);
    ids.truncate(2);
    as_completed! {
        id in ..ids.iter().map(|&id| load(id)) => ids.push(10 + id),
        id = load(5) => ids.push(id),
    }
    assert_eq!(ids, [3, 4, 13, 14, 5]);
}

#[tokio::test]
async fn a_function_returns_the_future_of_a_list_of_its_own() {
    fn all(count: u64) -> impl Future<Output = Vec<u64>> + Send + 'static {
        let ids: Vec<u64> = (0..count).collect();
        gather!(..ids.iter().map(|&id| load(id)))
    }

    assert_eq!(all(3).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_lock_is_free_while_futures_that_were_made_under_it_run() {
    let ids = Mutex::new(vec![1, 2]);
    let all = gather!(..ids.lock().unwrap().iter().map(|&id| load(id)));
    ids.try_lock().unwrap().push(3);
    assert_eq!(all.await, [1, 2]);
}

#[tokio::test]
async fn futures_are_send_whatever_made_them() {
    /// The iterator of what the futures are made from is not `Send`.
    macro_rules! loads {
        () => {{
            let offset = Rc::new(1);
            (0..2).map(move |id| load(id + *offset))
        }};
    }
    send(async {
        assert_eq!(gather!(..loads!()).await, [1, 2]);
        assert_eq!(gather!(load(0), ..loads!()).await, (0, vec![1, 2]));
        assert_eq!(
            gather!(<TimedOut> ..loads!(), each_timeout = 1s).await,
            Ok(vec![1, 2])
        );
        assert_eq!(wait!(..loads!(), limit = 1).await.0.len(), 2);
        let mut stream = send(as_completed!(..loads!(), load(3)));
        assert_eq!(stream.next().await, Some(1));
        as_completed!(for id in ..loads!() {
            load(id).await;
        });
        let mut rest = stream.into_pending();
        as_completed!(for id in (..&mut rest, ..loads!()) {
            load(id).await;
        });
        as_completed! { id in ..loads!() => { load(id).await; } }
    })
    .await;
}

/// What makes futures that borrow, by closures in closures.
macro_rules! flat {
    ($map:ident) => {
        $map.iter().flat_map(|(key, values)| {
            values
                .iter()
                .map(move |value| async move { length(key).await + length(value).await })
        })
    };
}

async fn length(text: &str) -> usize {
    yield_now().await;
    text.len()
}

#[tokio::test]
async fn closures_in_closures_that_made_the_futures_leave_them_send() {
    async fn all(map: &HashMap<String, Vec<String>>) {
        assert_eq!(gather!(..flat!(map)).await, [3, 4]);
        let held = gather!(..flat!(map), ready(1));
        assert_eq!(held.await, (vec![3, 4], 1));
        assert_eq!(gather!(..flat!(map), timeout = 1s).await, Ok(vec![3, 4]));
        let mut stream = as_completed!(..flat!(map));
        assert_eq!(stream.next().await, Some(3));
        as_completed!(for sum in ..flat!(map) {
            load(sum as u64).await;
        });
        as_completed! { sum in ..flat!(map) => { load(sum as u64).await; } }
        assert_eq!(wait!(..flat!(map)).await.0.len(), 2);
        assert_eq!(flat!(map).collect::<Pending<_>>().len(), 2);
    }

    tokio::spawn(async {
        let values = vec!["ab".to_owned(), "abc".to_owned()];
        all(&HashMap::from([("k".to_owned(), values)])).await;
    })
    .await
    .unwrap();
}

/// A program that changes itself while it goes through what it has.
#[derive(Default)]
struct Totals {
    ids: Vec<u64>,
    total: u64,
}

impl Totals {
    async fn add(&mut self, id: u64) {
        self.total += load(id).await;
    }

    async fn with_a_loop(&mut self) {
        as_completed!(for id in ..self.ids.iter().map(|&id| load(id)) {
            self.add(id).await;
        });
    }

    async fn with_arms(&mut self) {
        as_completed! {
            id in ..self.ids.iter().map(|&id| load(id)) => self.add(id).await,
            id = load(self.ids.len() as u64) => self.add(id).await,
        }
    }

    async fn with_a_set_beside(&mut self, lent: &mut Pending<Ready<u64>>) {
        as_completed!(
            for id in (..&mut *lent, ..self.ids.iter().map(|&id| load(id))) {
                self.add(id).await;
            }
        );
    }
}

#[tokio::test]
async fn a_method_uses_all_of_itself_in_a_loop_over_a_part() {
    let mut totals = Totals {
        ids: vec![1, 2, 4],
        total: 0,
    };
    totals.with_a_loop().await;
    assert_eq!(totals.total, 7);
    totals.with_arms().await;
    assert_eq!(totals.total, 17);
    let mut lent = Pending::from_iter([ready(100)]);
    totals.with_a_set_beside(&mut lent).await;
    assert_eq!(totals.total, 124);
}

#[test]
fn an_array_of_any_length_takes_up_as_much_room() {
    let (one, many) = ([0_u64; 1].map(ready), [0_u64; 100].map(ready));
    assert_eq!(size_of_val(&gather!(..one)), size_of_val(&gather!(..many)));
    let (one, many) = ([[0_u8; 64]; 1].map(ready), [[0_u8; 64]; 100].map(ready));
    assert_eq!(
        size_of_val(&as_completed!(..one)),
        size_of_val(&as_completed!(..many))
    );
}

#[test]
fn items_are_taken_in_order_and_then_the_options() {
    /// The items and the option of a call, which say so when they are evaluated, and the iterators when they are drained
    /// and when they are gone.
    macro_rules! events {
        ($macro:ident $(, $limit:ident)?) => {{
            let log = Log::default();
            let item = |name: &'static str| {
                log.add(name);
                let (log, gone) = (log.clone(), log.on_drop(&format!("{name} gone")));
                (0..1).map(move |_| {
                    let _held = &gone;
                    log.add(&format!("{name} drained"));
                    ready(())
                })
            };
            let value = || {
                log.add("option");
                1
            };
            let call = $macro!(..item("a"), ..item("b") $(, $limit = value())?);
            let _ = &value;
            let events = log.take();
            drop(call);
            events.join(", ")
        }};
    }
    let drained = "a, b, a drained, a gone, b drained, b gone";
    assert_eq!(events!(gather), drained);
    assert_eq!(events!(as_completed), drained);
    assert_eq!(events!(wait), drained);
    let drained = "a, b, option, a drained, a gone, b drained, b gone";
    assert_eq!(events!(wait, limit), drained);
    assert_eq!(events!(gather, limit), "a, b, option");
    assert_eq!(events!(as_completed, limit), "a, b, option");
}

/// A call in a call, as deep as there are words.
macro_rules! nested {
    ($macro:ident) => {
        ready(1_u64)
    };
    (gather $level:ident $($rest:ident)*) => {
        gather!(..[0_u8].iter().map(|_| nested!(gather $($rest)*)))
    };
    (as_completed $level:ident $($rest:ident)*) => {
        as_completed!(..[0_u8].iter().map(|_| nested!(as_completed $($rest)*)))
            .for_each(async |_| ())
    };
    (lp $level:ident $($rest:ident)*) => {
        async {
            as_completed!(for _ in ..[0_u8].iter().map(|_| nested!(lp $($rest)*)) {});
        }
    };
    (arms $level:ident $($rest:ident)*) => {
        async {
            as_completed! {
                _ in ..[0_u8].iter().map(|_| nested!(arms $($rest)*)) => {}
                _ = ready(()) => {}
            }
        }
    };
}

#[tokio::test]
async fn spreads_in_spreads_compile_and_are_send() {
    let five = send(nested!(gather a b c d e)).await;
    assert_eq!(five, [[[[[1]]]]]);
    send(nested!(as_completed a b c d e)).await;
    send(nested!(lp a b c d e)).await;
    send(nested!(arms a b c d e)).await;
}
