//! `gather!` of a struct literal: fields that need one another.

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn, ready},
    sync::Arc,
    task::Poll,
};

use rejoin::{Stopped, TimedOut, gather};
use rejoin_tests::{AppError, Driver, Log, after, elapsed, holding, leaf, ms, odd_fails, panic_of};
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct User {
    id: u64,
    name: String,
}

#[derive(Debug, PartialEq)]
struct Page {
    user: User,
    posts: Vec<String>,
    ads: u64,
}

impl User {
    async fn load(id: u64) -> Self {
        gather!(Self {
            id: ready(id),
            name: |id| ready(id.to_string())
        })
        .await
    }
}

async fn fetch_user(id: u64) -> User {
    sleep(ms(10)).await;
    User {
        id,
        name: format!("user {id}"),
    }
}

async fn fetch_posts(name: &str) -> Vec<String> {
    sleep(ms(20)).await;
    vec![format!("of {name}")]
}

fn page() -> Page {
    Page {
        user: User {
            id: 7,
            name: "user 7".to_owned(),
        },
        posts: vec!["of user 7".to_owned()],
        ads: 3,
    }
}

#[derive(Debug, PartialEq)]
struct Numbers<A = u64, B = u64, C = u64> {
    a: A,
    b: B,
    c: C,
}

const fn numbers(a: u64, b: u64, c: u64) -> Numbers {
    Numbers { a, b, c }
}

#[tokio::test(start_paused = true)]
async fn a_field_starts_when_those_that_it_needs_are_done() {
    let start = Instant::now();
    let result = gather!(Page {
        user: fetch_user(7),
        posts: |user| fetch_posts(&user.name),
        ads: after(25, 3),
    });
    assert_eq!((result.await, elapsed(start)), (page(), 30));
}

#[tokio::test(start_paused = true)]
async fn a_field_may_need_a_later_one_and_one_that_needs_others() {
    let (start, log) = (Instant::now(), Log::default());
    let begin = |name, delay| {
        let log = log.clone();
        async move {
            log.add(&format!("{name} at {}", elapsed(start)));
            after(delay, delay).await
        }
    };
    let result = gather!(Numbers {
        a: |b, c| begin("a", *b + *c),
        b: |c| begin("b", *c * 2),
        c: begin("c", 5),
    });
    assert_eq!(result.await, numbers(15, 10, 5));
    assert_eq!(log.take(), ["c at 0", "b at 5", "a at 15"]);
    assert_eq!(elapsed(start), 30);
}

/// A variant of an enum, a tuple struct, a struct with generics, `Self`, and one without fields.
#[tokio::test(start_paused = true)]
async fn any_literal_with_named_fields_works() {
    #[derive(Debug, PartialEq)]
    enum Shape {
        Point { x: u64, y: u64 },
    }
    #[derive(Debug, PartialEq)]
    struct Two(u64, u64);
    #[derive(Debug, PartialEq)]
    struct None {}
    let point = gather!(Shape::Point {
        x: after(2, 1),
        y: |x| ready(x + 1)
    })
    .await;
    assert_eq!(point, Shape::Point { x: 1, y: 2 });
    assert_eq!(
        gather!(Two {
            0: ready(1),
            1: ready(2)
        })
        .await,
        Two(1, 2)
    );
    let generic = gather!(Numbers::<_, &str, _> {
        a: ready('x'),
        b: ready("y"),
        c: |a| ready(*a)
    });
    assert_eq!(
        generic.await,
        Numbers {
            a: 'x',
            b: "y",
            c: 'x'
        }
    );
    assert_eq!(gather!(None {}).await, None {});
    assert_eq!(User::load(5).await.name, "5");
}

#[tokio::test(start_paused = true)]
async fn a_field_may_be_a_variable_by_its_name_alone() {
    let (a, b, r#c) = (ready(1), ready(2), ready(3));
    assert_eq!(gather!(Numbers { a, b, c }).await, numbers(1, 2, 3));
}

/// With types, a return type, `async`, `move`, an early `return`, and borrows of the surroundings.
#[tokio::test(start_paused = true)]
async fn closures_have_all_forms() {
    let (factor, name) = (Cell::new(2), "n".repeat(3));
    #[rustfmt::skip]
    let result = gather!(Numbers {
        a: async { 4_u64 },
        b: async |a: &u64| -> String { sleep(ms(*a)).await; format!("{name}{a}") },
        c: move |a: &u64, b: &String| -> std::pin::Pin<Box<dyn Future<Output = u64>>> {
            if *a == 5 {
                return Box::pin(pending());
            }
            Box::pin(ready(*a * factor.get() + b.len() as u64))
        },
    });
    assert_eq!(
        result.await,
        Numbers {
            a: 4,
            b: "nnn4".to_owned(),
            c: 12
        }
    );
    let result = gather!(Numbers {
        a: ready(name),
        b: |a| async { a.len() },
        c: async move |a, b| a.len() + b,
    });
    assert_eq!(
        result.await,
        Numbers {
            a: "nnn".to_owned(),
            b: 3,
            c: 6
        }
    );
}

#[tokio::test(start_paused = true)]
async fn values_need_neither_clone_nor_static_and_may_be_not_sync_unless_others_need_them() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    #[derive(Debug, PartialEq)]
    struct Only(u64);
    let words = ["a".to_owned(), "b".to_owned()];
    let result = gather!(Numbers {
        a: async { words.iter().collect::<Vec<_>>() },
        b: |a| ready(Only(a.len() as u64)),
        c: ready(Cell::new(1)),
    });
    let result = send(result).await;
    assert_eq!(
        (result.a.len(), result.b, result.c),
        (2, Only(2), Cell::new(1))
    );
}

#[test]
fn a_call_that_moves_all_it_uses_is_static() {
    fn is_static<F: Future + Send + 'static>(_: F) {}
    let name = Arc::new("x".to_owned());
    is_static(gather!(Numbers {
        a: ready(1_u64),
        b: move |a| async move { format!("{a}{name}") },
        c: ready(3),
    }));
}

#[tokio::test(start_paused = true)]
async fn the_first_error_ends_all() {
    let start = Instant::now();
    let result = gather!(Numbers {
        a: odd_fails(4),
        b: |a| odd_fails(a + 1),
        c: after(100, ())
    });
    assert_eq!((result.await, elapsed(start)), (Err(5), 9));
    let result = gather!(Numbers {
        a: odd_fails(4),
        b: |a| odd_fails(a + 2),
        c: after(1, 1)
    });
    assert_eq!(result.await, Ok(numbers(4, 6, 1)));
}

/// A closure that was not called is dropped where its future would be, and values after all of them.
#[tokio::test(start_paused = true)]
async fn an_error_drops_futures_and_closures_in_field_order_and_then_values() {
    struct All<A, B, C, D, E> {
        a: A,
        b: B,
        c: C,
        d: D,
        e: E,
    }
    let log = Log::default();
    let on = |name: &'static str| log.on_drop(name);
    let (in_closure, in_future) = (on("closure of b"), on("future of c"));
    let (in_first, value) = (on("closure of a"), on("value of e"));
    let result = gather!(All {
        a: move |d: &u64| {
            let _guard = &in_first;
            ready(*d)
        },
        b: move |d| {
            let _guard = &in_closure;
            ready(*d)
        },
        c: |e| holding(in_future, holding(e, pending::<()>())),
        d: async {
            sleep(ms(5)).await;
            Err::<u64, _>("failed")
        },
        e: ready(value),
    });
    let result = result.await.map(|All { a, b, c, d, e }| (a, b, c, d, e));
    assert_eq!(result.err(), Some("failed"));
    assert_eq!(
        log.take(),
        ["closure of a", "closure of b", "future of c", "value of e"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_drops_the_same() {
    let log = Log::default();
    let (closure, future, value) = (
        log.on_drop("closure"),
        log.on_drop("future"),
        log.on_drop("value"),
    );
    let mut driver = Driver::new(gather!(Numbers {
        a: move |b: &u64| {
            let _guard = &closure;
            ready(*b)
        },
        b: holding(future, pending::<u64>()),
        c: ready(value),
    }));
    assert!(driver.poll().is_pending());
    drop(driver);
    assert_eq!(log.take(), ["closure", "future", "value"]);
}

#[tokio::test(start_paused = true)]
async fn error_types_are_converted() {
    let start = Instant::now();
    let result = gather!(<AppError> Numbers {
        a: odd_fails_as_u8(2),
        b: |a| odd_fails_as_u8(a + 1),
        c: ready(1),
    });
    assert_eq!(result.await, Err(AppError::Failed(3)));
    let late = gather!(<AppError, timeout = 1s> Numbers {
        a: odd_fails_as_u8(2),
        b: |a| after(u64::from(*a) * 1000, 1),
        c: ready(1),
    });
    assert_eq!(late.await, Err(AppError::Late(ms(1000))));
    assert_eq!(elapsed(start), 5 + 1000);
}

async fn odd_fails_as_u8(delay: u8) -> Result<u8, u8> {
    let narrow = |delay| u8::try_from(delay).unwrap_or(u8::MAX);
    odd_fails(u64::from(delay))
        .await
        .map(narrow)
        .map_err(narrow)
}

#[tokio::test(start_paused = true)]
async fn a_timeout_or_until_ends_the_call() {
    let start = Instant::now();
    let late = gather!(
        Numbers {
            a: after(5, 1),
            b: |a| after(*a + 5, 2),
            c: ready(1)
        },
        timeout = 8ms
    );
    assert!(matches!(late.await, Err(TimedOut { .. })));
    assert_eq!(elapsed(start), 8);
    let stop = gather!(
        Numbers {
            a: after(5, 1),
            b: |a| after(*a + 5, 2),
            c: ready(1)
        },
        until = sleep(ms(7))
    );
    assert_eq!(stop.await, Err(Stopped));
    assert_eq!(elapsed(start), 15);
    let fallible = gather!(
        Numbers {
            a: odd_fails(2),
            b: |a| odd_fails(*a),
            c: ready(1)
        },
        timeout = 8ms
    );
    assert_eq!(fallible.await, Ok(Ok(numbers(2, 2, 1))));
}

/// All that can start in the one poll starts.
#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_starts_all_that_can_start_in_that_poll() {
    let log = Log::default();
    let started = |name, value| {
        log.add(name);
        ready(value)
    };
    let result = gather!(<timeout = 0s> Numbers {
        a: |b| started("a", b + 1),
        b: |c| started("b", c + 1),
        c: ready(1),
    });
    assert_eq!(result.await, Ok(numbers(3, 2, 1)));
    let result = gather!(<timeout = 0s> Numbers {
        a: |b| started("never", *b),
        b: |c| {
            log.add("b again");
            async {
                sleep(ms(1)).await;
                *c
            }
        },
        c: ready(1),
    });
    assert!(result.await.is_err());
    assert_eq!(log.take(), ["b", "a", "b again"]);
}

/// A field that waits for values holds up nobody, and of those that have theirs the first one is next.
#[tokio::test(start_paused = true)]
async fn with_a_limit_fields_wait_for_a_permit_when_they_have_their_values() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only the order is looked at")]
    struct Five {
        a: u64,
        b: u64,
        c: u64,
        d: u64,
        e: u64,
    }
    let (start, log) = (Instant::now(), Log::default());
    let begin = |name: &'static str, delay: u64| {
        let log = log.clone();
        async move {
            log.add(&format!("{name} {}", elapsed(start)));
            after(delay, delay).await
        }
    };
    let result = gather!(<limit = 2> Five {
        a: |c| begin("a", *c),
        b: begin("b", 10),
        c: begin("c", 4),
        d: begin("d", 5),
        e: |a| begin("e", *a),
    });
    let _five = result.await;
    // `c` leaves its permit to `a`, which comes before `d`.
    assert_eq!(log.take(), ["b 0", "c 0", "a 4", "d 8", "e 10"]);
    assert_eq!(elapsed(start), 14);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_ready_at_once_takes_no_permit() {
    let start = Instant::now();
    let result = gather!(<limit = 1> Numbers {
        a: |c| after(*c, 1),
        b: after(4, 2),
        c: |b| ready(*b * 2),
    });
    assert_eq!((result.await, elapsed(start)), (numbers(1, 2, 4), 8));
}

/// Those that were woken come first, in field order, and then those that start.
#[tokio::test]
async fn what_starts_in_a_poll_comes_after_what_was_woken() {
    struct All<T> {
        a: T,
        b: T,
        c: T,
        d: T,
        e: T,
    }
    let log = Log::default();
    let ((d, of_d), (e, of_e)) = (leaf::<u64>(), leaf::<u64>());
    let mut driver = Driver::new(gather!(All {
        a: |d| async {
            log.add("a");
            *d
        },
        b: |e| async {
            log.add("b");
            *e
        },
        c: |a| async {
            log.add("c");
            *a
        },
        d: async {
            let value = of_d.await;
            log.add("d");
            value
        },
        e: async {
            let value = of_e.await;
            log.add("e");
            value
        },
    }));
    assert!(driver.poll().is_pending());
    e.give(5);
    d.give(4);
    let Poll::Ready(All { a, b, c, d, e }) = driver.poll() else {
        panic!("all are done")
    };
    assert_eq!([a, b, c, d, e], [4, 5, 4, 4, 5]);
    assert_eq!(log.take(), ["d", "e", "a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn only_branches_that_were_woken_are_polled() {
    struct All {
        a: u64,
        b: u64,
        c: u64,
        d: u64,
        e: u64,
    }
    let polls = RefCell::new([0; 5]);
    let counted = |n: usize, delay| {
        let polls = &polls;
        let mut timer = Box::pin(after(delay, delay));
        poll_fn(move |cx| {
            polls.borrow_mut()[n] += 1;
            timer.as_mut().poll(cx)
        })
    };
    let all = gather!(All {
        a: counted(0, 10),
        b: |a| counted(1, *a),
        c: counted(2, 3),
        d: |c| counted(3, *c),
        e: |b, d| counted(4, *b - *d),
    })
    .await;
    assert_eq!([all.a, all.b, all.c, all.d, all.e], [10, 10, 3, 3, 7]);
    assert_eq!(*polls.borrow(), [2; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_closure_is_the_panic_of_the_call() {
    let log = Log::default();
    let guard = log.on_drop("b");
    let call = gather!(Numbers {
        a: |c: &u64| -> std::future::Ready<u64> { panic!("no {c}") },
        b: holding(guard, pending::<u64>()),
        c: after(1, 5),
    });
    assert_eq!(panic_of(call).await, "no 5");
    assert_eq!(log.take(), ["b"]);
}

/// Two drops that panic, of which the second would abort the program.
#[tokio::test(start_paused = true)]
async fn values_that_panic_when_they_are_dropped_do_not_abort() {
    #[derive(Debug)]
    struct Bomb(&'static str);
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("{}", self.0);
        }
    }
    let call = gather!(Numbers {
        a: ready(Bomb("a")),
        b: ready(Bomb("b")),
        c: |a, b| holding((a, b), after(1, Err::<(), _>(()))),
    });
    assert_eq!(panic_of(call).await, "a");
}

/// The expression of a field runs once, in field order, before the first poll.
#[tokio::test(start_paused = true)]
async fn expressions_are_evaluated_in_field_order() {
    let log = Log::default();
    let evaluated = |name: &'static str, value| {
        log.add(name);
        ready(value)
    };
    let call = gather!(Numbers {
        a: { evaluated("a", 1) },
        b: |a| { evaluated("b", *a) },
        c: { evaluated("c", 3) },
    });
    assert_eq!(log.take(), ["a", "c"]);
    assert_eq!(call.await, numbers(1, 1, 3));
    assert_eq!(log.take(), ["b"]);
}

/// A closure that needs earlier fields copies a variable before a later field's expression changes it.
#[tokio::test(start_paused = true)]
async fn closures_capture_in_field_order() {
    let mut count = 1;
    let call = gather!(Numbers {
        a: ready(10),
        b: move |a| ready(*a + count),
        c: {
            count += 1;
            ready(count)
        },
    });
    assert_eq!(call.await, numbers(10, 11, 2));
}

/// Fields, locals and a struct with the names that an expansion uses.
#[tokio::test]
async fn names_of_the_expansion_are_free() {
    #[derive(Debug, PartialEq)]
    struct Flat {
        __x: u64,
        __part: u64,
        r#type: u64,
        argument: u64,
        __rejoin_0: u64,
    }
    let (limit, call, gather) = (1, 2, 3);
    let result = gather!(Flat {
        __x: ready(limit),
        __part: |__x, r#type| ready(*__x + *r#type),
        r#type: ready(call),
        argument: |__rejoin_0, __part| ready(__rejoin_0 + __part),
        __rejoin_0: ready(gather),
    });
    let expected = Flat {
        __x: 1,
        __part: 3,
        r#type: 2,
        argument: 6,
        __rejoin_0: 3,
    };
    assert_eq!(result.await, expected);
}

#[tokio::test]
async fn a_macro_may_build_the_literal() {
    macro_rules! load {
        ($name:ident { $($field:ident: $value:expr),* }) => {
            gather!($name { $($field: $value),* })
        };
    }
    macro_rules! whole {
        ($literal:expr) => {
            gather!($literal)
        };
    }
    let result = load!(Numbers {
        a: ready(1),
        b: |a| ready(a + 1),
        c: ready(3)
    });
    assert_eq!(result.await, numbers(1, 2, 3));
    assert_eq!(
        whole!(Numbers {
            a: ready(1),
            b: ready(2),
            c: |b, a| ready(a + b)
        })
        .await,
        numbers(1, 2, 3)
    );
}

#[tokio::test]
async fn a_struct_that_is_a_future_needs_parentheses() {
    struct Now {
        value: u64,
    }
    impl Future for Now {
        type Output = u64;
        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<u64> {
            Poll::Ready(self.value)
        }
    }
    assert_eq!(gather!((Now { value: 3 })).await, (3,));
    assert_eq!(gather!(Now { value: 3 }, Now { value: 4 }).await, (3, 4));
}

#[tokio::test(start_paused = true)]
async fn a_field_may_need_eight_others() {
    struct Nine {
        n1: u64,
        n2: u64,
        n3: u64,
        n4: u64,
        n5: u64,
        n6: u64,
        n7: u64,
        n8: u64,
        all: u64,
    }
    let nine = gather!(Nine {
        all: |n1, n2, n3, n4, n5, n6, n7, n8| ready(n1 + n2 + n3 + n4 + n5 + n6 + n7 + n8),
        n1: ready(1),
        n2: |n1| ready(n1 + 1),
        n3: |n1, n2| ready(n1 + n2),
        n4: |n1, n2, n3| ready(n1 + n2 + n3),
        n5: |n1, n2, n3, n4| ready(n1 + n2 + n3 + n4),
        n6: |n1, n2, n3, n4, n5| ready(n1 + n2 + n3 + n4 + n5),
        n7: |n1, n2, n3, n4, n5, n6| ready(n1 + n2 + n3 + n4 + n5 + n6),
        n8: |n1, n2, n3, n4, n5, n6, n7| ready(n1 + n2 + n3 + n4 + n5 + n6 + n7),
    })
    .await;
    let values = [
        nine.n1, nine.n2, nine.n3, nine.n4, nine.n5, nine.n6, nine.n7, nine.n8,
    ];
    assert_eq!(values, [1, 2, 3, 6, 12, 24, 48, 96]);
    assert_eq!(nine.all, values.iter().sum());
}

/// A struct in a field of another one.
#[tokio::test(start_paused = true)]
async fn structs_nest() {
    let start = Instant::now();
    let result = gather!(Numbers {
        a: gather!(Numbers {
            a: after(3, 1),
            b: |a| after(*a, 2),
            c: ready(3)
        }),
        b: |a| gather!(Numbers {
            a: after(a.a, 1),
            b: |a| after(a + 1, 2),
            c: ready(a.c)
        }),
        c: ready(()),
    })
    .await;
    assert_eq!((result.a, result.b), (numbers(1, 2, 3), numbers(1, 2, 3)));
    assert_eq!(elapsed(start), 4 + 3);
}
