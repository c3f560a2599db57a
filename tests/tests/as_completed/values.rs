//! Loops and arms with a value: `break value`.

use std::{
    cell::RefCell,
    future::{pending, ready},
};

use rejoin::{Pending, as_completed};
use rejoin_tests::{Log, after, ms};
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn a_break_with_a_value_ends_the_loop_and_drops_the_rest_first() {
    let (start, log) = (Instant::now(), Log::default());
    let branch = |delay: u64| {
        let (log, guard) = (log.clone(), log.on_drop(&format!("drop {delay}")));
        async move {
            let _guard = guard;
            after(delay, delay).await.inspect(&log)
        }
    };
    let found = as_completed!(for n in ..[30, 10, 20, 40].map(branch) {
        if n == 20 {
            break n + 1;
        }
    });
    log.add("after");
    assert_eq!(found, Some(21));
    assert_eq!(start.elapsed(), ms(20));
    assert_eq!(
        log.take(),
        [
            "10", "drop 10", "20", "drop 20", "drop 30", "drop 40", "after"
        ]
    );
}

trait Inspect: Sized + ToString {
    fn inspect(self, log: &Log) -> Self {
        log.add(&self);
        self
    }
}

impl Inspect for u64 {}

#[tokio::test(start_paused = true)]
async fn without_a_value_the_loop_gives_none() {
    let start = Instant::now();
    let of = |stop: u64| async move {
        as_completed!(for n in ..[10, 20, 30].map(|n| after(n, n)) {
            if n == stop {
                break "found";
            }
            if n == stop + 1 {
                break;
            }
        })
    };
    assert_eq!(of(20).await, Some("found"));
    assert_eq!(start.elapsed(), ms(20));
    // A bare `break`.
    assert_eq!(of(9).await, None);
    assert_eq!(start.elapsed(), ms(30));
    // Nothing is left.
    assert_eq!(of(50).await, None);
    assert_eq!(start.elapsed(), ms(60));
}

#[tokio::test]
async fn without_a_value_in_any_break_the_loop_is_a_unit() {
    let unit: () = as_completed!(for n in ..[ready(1)] {
        if n == 1 {
            break;
        }
    });
    let inner: () = as_completed!('outer: for n in ..[ready(1)] {
        let mut found = n;
        let count = |mut m: u32| loop {
            m += 1;
            if m > 3 {
                break m;
            }
        };
        let task = async {
            loop {
                found += 1;
                if count(found) == 4 {
                    break found;
                }
            }
        };
        if task.await == 2 {
            break 'outer;
        }
    });
    let arms: () = as_completed! { n = ready(1) => if n == 1 { break } };
    let value: Option<()> = as_completed!(for n in ..[ready(())] {
        break n;
    });
    assert_eq!((unit, inner, arms, value), ((), (), (), Some(())));
}

#[tokio::test(start_paused = true)]
async fn a_label_names_the_loop_in_inner_loops_and_blocks() {
    let found = as_completed!('outer: for n in ..[10, 20, 30].map(|n| after(n, n)) {
        for m in 0..n {
            'block: {
                if m == 15 {
                    break 'outer (n, m);
                }
                if m == 12 {
                    break 'block;
                }
            }
            if n == 10 && m == 3 {
                continue 'outer;
            }
        }
    });
    assert_eq!(found, Some((20, 15)));
    let only_by_value = as_completed!('outer: for n in ..[ready(1)] {
        for m in 0..3 {
            if m == n {
                break 'outer n;
            }
        }
    });
    assert_eq!(only_by_value, Some(1));
}

#[tokio::test(start_paused = true)]
async fn the_head_of_an_inner_loop_belongs_to_the_outer_one() {
    let of = |list: Option<Vec<u64>>| async move {
        as_completed!(for n in ..[after(10, 1)] {
            let mut sum = n;
            for m in match &list {
                Some(list) => list,
                None => break 0,
            } {
                sum += m;
                if sum > 100 {
                    break;
                }
            }
            break sum;
        })
    };
    assert_eq!(of(None).await, Some(0));
    assert_eq!(of(Some(vec![2, 3])).await, Some(6));
    assert_eq!(of(Some(vec![100, 3])).await, Some(101));
}

#[tokio::test(start_paused = true)]
async fn the_value_may_await_and_drives_the_rest() {
    let (start, done) = (Instant::now(), RefCell::new(vec![]));
    let branch = |delay: u64| {
        let done = &done;
        async move {
            sleep(ms(delay)).await;
            done.borrow_mut().push((delay, start.elapsed()));
            delay
        }
    };
    let found = as_completed!(for n in ..[10, 20, 200].map(branch) {
        break after(100, n).await + after(1, 1).await;
    });
    assert_eq!((found, start.elapsed()), (Some(11), ms(111)));
    assert_eq!(done.into_inner(), [(10, ms(10)), (20, ms(20))]);
}

#[tokio::test(start_paused = true)]
async fn question_mark_and_return_are_those_of_the_function() {
    async fn run(first: Result<u32, String>) -> Result<Option<u32>, String> {
        let found = as_completed!(for n in ..[ready(first)] {
            let n = n?;
            if n == 7 {
                return Ok(None);
            }
            break n.checked_sub(1).ok_or("below 0")?;
        });
        Ok(found.map(|n| n * 10))
    }
    assert_eq!(run(Ok(3)).await, Ok(Some(20)));
    assert_eq!(run(Ok(7)).await, Ok(None));
    assert_eq!(run(Err("no".into())).await, Err("no".into()));
}

#[tokio::test(start_paused = true)]
async fn a_value_in_the_arguments_of_a_macro() {
    let mut seen = vec![];
    let found = as_completed!(for n in ..[10, 20].map(|n| after(n, n)) {
        seen.push(format!("{}", if n < 20 { n } else { break "late" }));
        assert_eq!(
            n,
            10,
            "{}",
            vec![1; if n == 10 { 1 } else { break "never" }].len()
        );
    });
    assert_eq!((found, seen), (Some("late"), vec!["10".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_bare_break_inside_of_select() {
    let start = Instant::now();
    let of = |idle: u64| async move {
        as_completed!(for n in ..[10, 20].map(|n| after(n, n)) {
            tokio::select! {
                () = sleep(ms(idle)) => break,
                () = sleep(ms(5)) => {}
            }
            if n == 20 {
                break n;
            }
        })
    };
    assert_eq!((of(1).await, start.elapsed()), (None, ms(11)));
    // The loop does not go on while `select!` awaits, so the second branch is late by nothing.
    assert_eq!((of(50).await, start.elapsed()), (Some(20), ms(36)));
}

#[tokio::test(start_paused = true)]
async fn an_inner_call_leaves_the_outer_one_with_a_value() {
    let start = Instant::now();
    let found = as_completed!('outer: for n in ..[10, 20, 300].map(|n| after(n, n)) {
        let inner = as_completed!(for m in ..[5, 50].map(|m| after(m, m)) {
            if n == 20 {
                break 'outer (n, m);
            }
            break m + n;
        });
        assert_eq!(inner, Some(15));
    });
    assert_eq!((found, start.elapsed()), (Some((20, 5)), ms(25)));
}

#[tokio::test(start_paused = true)]
async fn calls_in_calls_leave_each_of_those_around_them() {
    let of = |stop: u32| async move {
        let found = as_completed!('a: for x in ..[ready(1)] {
            let b = as_completed!('b: for y in (ready(x + 1), pending()) {
                as_completed! {
                    z = ready(y + 1) => {
                        as_completed!(for w in ..[ready(z + 1)] {
                            match stop {
                                1 => break 'a f64::from(w),
                                2 => break 'b (y, w),
                                3 => break,
                                _ => break 'b,
                            }
                        });
                        break 'a f64::from(x) / 2.0;
                    }
                }
            });
            if let Some((y, w)) = b {
                break f64::from(y * 100 + w);
            }
        });
        found
    };
    assert_eq!(of(1).await, Some(4.0));
    assert_eq!(of(2).await, Some(204.0));
    assert_eq!(of(3).await, Some(0.5));
    assert_eq!(of(4).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_branches_of_an_inner_call_may_leave_the_outer_one() {
    let of = |list: Option<Vec<u64>>| async move {
        as_completed!(for n in ..[after(10, 1)] {
            let mut sum = n;
            as_completed!(for m in ..match &list {
                Some(list) => list,
                None => break 0,
            }
            .iter()
            .map(|m| after(1, *m))
            {
                sum += m;
            });
            break sum;
        })
    };
    assert_eq!(of(None).await, Some(0));
    assert_eq!(of(Some(vec![2, 3])).await, Some(6));
}

#[tokio::test(start_paused = true)]
async fn what_a_lent_set_has_left_stays_in_it() {
    let start = Instant::now();
    let mut set = Pending::from_iter([30, 10, 20].map(|n| after(n, n)));
    let found = as_completed!(for n in ..&mut set {
        if n == 20 {
            break n;
        }
    });
    assert_eq!((found, set.len(), start.elapsed()), (Some(20), 1, ms(20)));
    let mut other = Pending::from_iter([after(40, 1)]);
    let found = as_completed!(for n in (..&mut set, ..&mut other, after(15, 2)) {
        if n < 3 {
            break (n, after(30, 0).await);
        }
    });
    // At 10 the set's last one comes, at 15 the loop's own, and the lent ones go on until 45.
    assert_eq!((found, start.elapsed()), (Some((2, 0)), ms(65)));
    assert_eq!((set.len(), other.len()), (0, 1));
    assert_eq!(other.next().await, Some(1));
    assert_eq!(start.elapsed(), ms(65));
}

#[tokio::test(start_paused = true)]
async fn arms_race_to_a_value() {
    let start = Instant::now();
    let race = |left: u64, right: u64| async move {
        as_completed! {
            n = after(left, 1_u32) => break Ok(n),
            text = after(right, "text") => break Err(text),
            Some(n) in ..[15, 25].map(|n| after(n, (n < 20).then_some(0))) => { break Ok(n); }
        }
    };
    assert_eq!(race(10, 20).await, Some(Ok(1)));
    assert_eq!(race(30, 12).await, Some(Err("text")));
    assert_eq!(race(30, 20).await, Some(Ok(0)));
    assert_eq!(start.elapsed(), ms(10 + 12 + 15));
    let none = as_completed! {
        Some(n) = after(1, None::<u8>) => break n,
        () = after(2, ()), if false => break 0,
    };
    assert_eq!(none, None);
}

#[tokio::test(start_paused = true)]
async fn arms_in_the_order_of_a_set_with_a_limit_have_a_value_too() {
    let found = as_completed! {
        n = after(30, 1) => break (n, "one"),
        n in ..[20, 10].map(|n| after(n, n)) => break (n, "many"),
        limit = 2, timeout = 1s,
    };
    assert_eq!(found, Some((Ok(20), "many")));
}

#[tokio::test(start_paused = true)]
async fn a_value_may_move_what_the_body_owns_once() {
    let name = String::from("Ada");
    let found = as_completed! {
        () = ready(()) => break name,
        () = pending() => {}
    };
    assert_eq!(found.as_deref(), Some("Ada"));
}

#[test]
fn the_future_of_a_loop_with_a_value_is_send() {
    fn assert_send<T: Send>(future: T) -> T {
        future
    }
    let names = [String::from("a")];
    drop(assert_send(async {
        as_completed!(
            'outer: for len in ..names.iter().map(|name| async move { name.len() }) {
                let inner = as_completed! {
                    n = async { len } => break 'outer after(n as u64, n).await,
                    () = ready(()) => break "text",
                };
                assert_eq!(inner, Some("text"));
            }
        )
    }));
}
