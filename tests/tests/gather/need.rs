//! `need = n`.

use std::{
    error::Error,
    fmt,
    future::{pending, ready},
    task::Poll,
};

use rejoin::{Pending, TimedOut, TooFew, gather, wait};
use rejoin_tests::{Driver, Log, elapsed, holding, leaves, ms, odd_fails, panic_of};
use tokio::time::{Instant, sleep};

/// The error of a service.
#[derive(Debug, PartialEq)]
enum AppError {
    Branch(u64),
    Parse(std::num::ParseIntError),
    Late(TimedOut),
    Several(Vec<AppError>),
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Error for AppError {}

impl From<u64> for AppError {
    fn from(error: u64) -> Self {
        Self::Branch(error)
    }
}

impl From<std::num::ParseIntError> for AppError {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl From<TimedOut> for AppError {
    fn from(late: TimedOut) -> Self {
        Self::Late(late)
    }
}

impl From<TooFew<AppError>> for AppError {
    fn from(error: TooFew<AppError>) -> Self {
        Self::Several(error.into_errors())
    }
}

// ---- values ------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_first_success_is_the_value() {
    let start = Instant::now();
    let value = gather!(odd_fails(5), odd_fails(40), odd_fails(20), need = 1).await;
    assert_eq!((value, elapsed(start)), (Ok(20), 20));
    let value: Result<u64, TooFew<u64>> = gather!(<need = 1usize> ..[30, 10].map(odd_fails)).await;
    assert_eq!((value, elapsed(start)), (Ok(10), 30));
}

#[tokio::test(start_paused = true)]
async fn the_first_successes_are_an_array_in_argument_order() {
    let start = Instant::now();
    let values = gather!(
        odd_fails(30),
        odd_fails(5),
        ..[20, 50, 10].map(odd_fails),
        need = 3
    )
    .await;
    assert_eq!((values, elapsed(start)), (Ok([30, 20, 10]), 30));
}

#[tokio::test(start_paused = true)]
async fn an_expression_gives_a_vector() {
    let replicas = vec![40, 5, 10, 20];
    let quorum = replicas.len() / 2 + 1;
    let start = Instant::now();
    let values = gather!(..replicas.into_iter().map(odd_fails), need = quorum).await;
    assert_eq!((values, elapsed(start)), (Ok(vec![40, 10, 20]), 40));
}

#[tokio::test(start_paused = true)]
async fn ties_are_given_in_argument_order() {
    let values = gather!(
        ..[10, 10, 10]
            .map(odd_fails)
            .into_iter()
            .enumerate()
            .map(|(n, x)| async move { x.await.map(|_| n) }),
        need = 2
    )
    .await;
    assert_eq!(values, Ok([0, 1]));
}

#[tokio::test(start_paused = true)]
async fn futures_of_different_types_have_one_value() {
    let value = gather!(
        odd_fails(11),
        async {
            sleep(ms(10)).await;
            Ok(7)
        },
        ready(Err(1)),
        pending(),
        need = 1
    )
    .await;
    assert_eq!(value, Ok(7));
}

#[test]
fn nothing_is_polled_for_no_successes() {
    let (hands, leaves) = leaves::<Result<(), ()>>(2);
    let none = 0;
    let mut run = Driver::new(gather!(..leaves, need = none));
    assert_eq!(run.poll(), Poll::Ready(Ok(vec![])));
    assert_eq!(hands[0].polls() + hands[1].polls(), 0);
    assert!(hands.iter().all(rejoin_tests::Hand::is_dropped));
}

// ---- failures ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn too_many_failures_end_the_call() {
    let start = Instant::now();
    let error = gather!(..[50, 11, 4, 7, 60].map(odd_fails), need = 4)
        .await
        .unwrap_err();
    assert_eq!(elapsed(start), 11);
    assert_eq!(
        (error.needed(), error.succeeded(), error.errors()),
        (4, 1, &[7, 11][..])
    );
    assert_eq!(
        error.to_string(),
        "1 of 4 needed successes; 2 failures:\n7\n11"
    );
    assert_eq!(error.clone().into_iter().collect::<Vec<_>>(), [7, 11]);
    assert_eq!((&error).into_iter().count(), 2);
    assert_eq!(error.clone(), error);
    assert_eq!(error.into_errors(), [7, 11]);
}

#[test]
fn branches_after_the_deciding_one_are_not_polled() {
    let (hands, leaves) = leaves::<Result<u8, char>>(4);
    let mut run = Driver::new(gather!(..leaves, need = 3));
    assert!(run.poll().is_pending());
    hands[0].give(Ok(0));
    hands[1].give(Err('a'));
    hands[2].give(Err('b'));
    hands[3].give(Err('c'));
    let Poll::Ready(Err(error)) = run.poll() else {
        panic!("three cannot succeed")
    };
    assert_eq!((error.succeeded(), error.errors()), (1, &['a', 'b'][..]));
    let polls: Vec<_> = hands.iter().map(rejoin_tests::Hand::polls).collect();
    assert_eq!(polls, [2, 2, 2, 1]);
    assert!(hands.iter().all(rejoin_tests::Hand::is_dropped));
}

#[test]
fn more_than_there_are_fail_at_once() {
    let (hands, leaves) = leaves::<Result<(), u8>>(2);
    let three = 3;
    let mut run = Driver::new(gather!(..leaves, need = three));
    let Poll::Ready(Err(error)) = run.poll() else {
        panic!("there are two")
    };
    assert_eq!(error.to_string(), "0 of 3 needed successes; no failures");
    assert_eq!(hands[0].polls() + hands[1].polls(), 0);

    let none: [std::future::Ready<Result<(), u8>>; 0] = [];
    let mut run = Driver::new(gather!(..none, need = 1));
    let Poll::Ready(Err(error)) = run.poll() else {
        panic!("there are none")
    };
    assert_eq!(error.to_string(), "0 of 1 needed successes; no failures");
    let too_few: Box<dyn Error + Send + Sync> = error.into();
    assert!(too_few.source().is_none());
}

// ---- ends --------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_others_are_dropped_in_argument_order_before_the_caller_goes_on() {
    let log = Log::default();
    let held = |ms| holding(log.on_drop(&ms), odd_fails(ms));
    let value = gather!(..[40, 5, 10, 50].map(held), need = 1).await;
    log.add("caller");
    assert_eq!(value, Ok(10));
    assert_eq!(log.take(), ["5", "10", "40", "50", "caller"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_branch_drops_the_others() {
    let log = Log::default();
    let held = |ms: u64| {
        holding(log.on_drop(&ms), async move {
            assert_ne!(odd_fails(ms).await, Err(5), "five");
            Ok::<_, ()>(ms)
        })
    };
    let message = panic_of(gather!(..[40, 5, 10].map(held), need = 1)).await;
    assert!(message.contains("five"), "{message}");
    assert_eq!(log.take(), ["5", "40", "10"]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_the_outer_layer() {
    let start = Instant::now();
    let late = gather!(..[5, 40].map(odd_fails), need = 1, timeout = 20ms).await;
    assert_eq!((late.unwrap_err().after(), elapsed(start)), (ms(20), 20));
    let in_time = gather!(..[5, 20].map(odd_fails), need = 1, timeout = 20ms).await;
    assert_eq!((in_time, elapsed(start)), (Ok(Ok(20)), 40));
    let failed = gather!(..[5, 7].map(odd_fails), need = 1, timeout = 20ms).await;
    assert_eq!(failed.unwrap().unwrap_err().errors(), [5, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_each_branch_once() {
    let (hands, leaves) = leaves::<Result<u8, ()>>(3);
    let late = gather!(..leaves, need = 1, timeout = 0s).await;
    assert!(late.is_err());
    assert!(hands.iter().all(|hand| hand.polls() == 1));
    let value = gather!(ready(Err(())), ready(Ok(1)), need = 1, timeout = 0s).await;
    assert_eq!(value, Ok(Ok(1)));
}

// ---- with an error type ------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_error_type_takes_all_errors() {
    let parse = async |text: &'static str| text.parse::<u64>();
    let error = gather!(<AppError> odd_fails(5), parse("x"), parse("y"), need = 2).await;
    let Err(AppError::Several(errors)) = error else {
        panic!("{error:?}")
    };
    assert!(matches!(
        errors[..],
        [AppError::Parse(_), AppError::Parse(_)]
    ));

    let value =
        gather!(<AppError> odd_fails(5), parse("8"), async { sleep(ms(1)).await; 9 }, need = 2)
            .await;
    assert_eq!(value, Ok([8, 9]));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_the_last_error_of_an_error_type() {
    let start = Instant::now();
    let error = gather!(<AppError> ..[5, 40].map(odd_fails), need = 1, timeout = 20ms).await;
    let Err(AppError::Several(errors)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(elapsed(start), 20);
    let [AppError::Branch(5), AppError::Late(late)] = errors[..] else {
        panic!("{errors:?}")
    };
    assert_eq!(late.after(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_branch_that_times_out_is_a_failure() {
    let start = Instant::now();
    let value =
        gather!(<AppError> ..[30, 10, 40].map(odd_fails), need = 2, each_timeout = 20ms).await;
    let Err(AppError::Several(errors)) = value else {
        panic!("{value:?}")
    };
    assert_eq!((errors.len(), elapsed(start)), (2, 20));
    let value =
        gather!(<AppError> odd_fails(30), odd_fails(10), need = 1, each_timeout = 20ms).await;
    assert_eq!((value, elapsed(start)), (Ok(10), 30));
}

#[tokio::test(start_paused = true)]
async fn boxed_errors_take_it_and_calls_nest() {
    async fn run() -> Result<u64, Box<dyn Error + Send + Sync>> {
        let parse = async |text: &'static str| text.parse::<u64>();
        let inner = async {
            gather!(<Box<dyn Error + Send + Sync>> parse("x"), parse("y"), need = 1).await
        };
        gather!(<Box<dyn Error + Send + Sync>> inner, parse("z"), need = 1).await
    }
    let error = run().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "0 of 1 needed successes; 2 failures:\n\
         0 of 1 needed successes; 2 failures:\n\
         invalid digit found in string\ninvalid digit found in string\n\
         invalid digit found in string"
    );
}

// ---- with a limit and with sets ----------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_limit_starts_the_next_branch_in_place_of_one_that_is_done() {
    let start = Instant::now();
    let value = gather!(..[5, 7, 10, 20, 30].map(odd_fails), need = 1, limit = 2).await;
    // 5 and 7 at 0, 10 at 5, 20 at 7: 10 is done at 15.
    assert_eq!((value, elapsed(start)), (Ok(10), 15));
}

#[tokio::test(start_paused = true)]
async fn a_limit_takes_from_the_iterator_only_what_it_starts() {
    let log = Log::default();
    let start = Instant::now();
    let attempts = (1..).map(|n| {
        log.add(&n);
        odd_fails(if n < 4 { 1 } else { 2 })
    });
    let value = gather!(..attempts, need = 1, limit = 1).await;
    assert_eq!((value, elapsed(start)), (Ok(2), 5));
    assert_eq!(log.take(), ["1", "2", "3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn all_outputs_count_when_the_iterator_ends_with_too_few_branches() {
    let start = Instant::now();
    let attempts = [1, 2, 3, 50].map(odd_fails).into_iter();
    let error = gather!(..attempts, need = 5, limit = 1).await.unwrap_err();
    // 50 is the last branch, and starts at 6.
    assert_eq!(
        (error.errors(), error.succeeded(), elapsed(start)),
        (&[1, 3][..], 1, 6)
    );
}

#[tokio::test(start_paused = true)]
async fn an_iterator_that_has_ended_decides_under_a_limit() {
    let start = Instant::now();
    let error = gather!(
        ..[1, 3, 5, 50].map(odd_fails).into_iter().filter(|_| true),
        need = 2,
        limit = 2
    )
    .await;
    // 1 and 3 at 0, 5 at 1, 50 at 3: only one can succeed.
    let error = error.unwrap_err();
    assert_eq!(
        (error.errors(), error.succeeded(), elapsed(start)),
        (&[1, 3, 5][..], 0, 6)
    );
}

#[tokio::test(start_paused = true)]
async fn a_set_goes_on_with_what_it_has() {
    let mut set: Pending<_> = [2, 30, 5].into_iter().map(odd_fails).collect();
    set.drive(sleep(ms(10))).await;
    let start = Instant::now();
    let values = gather!(odd_fails(8), ..set, need = 2).await;
    assert_eq!((values, elapsed(start)), (Ok([2, 8]), 8));

    let (_, set) = wait!(..[1, 3, 40].map(odd_fails), return_when = FAILED(1)).await;
    let error = gather!(<AppError> ..set, need = 2).await;
    let Err(AppError::Several(errors)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(errors, [AppError::Branch(3)]);
}

#[tokio::test(start_paused = true)]
async fn only_woken_branches_are_polled() {
    let (hands, leaves) = leaves::<Result<u8, ()>>(100);
    let mut run = Driver::new(gather!(..leaves, need = 2));
    assert!(run.poll().is_pending());
    hands[70].give(Err(()));
    assert!(run.poll().is_pending());
    hands[20].give(Ok(2));
    assert!(run.poll().is_pending());
    hands[10].give(Ok(1));
    assert_eq!(run.poll(), Poll::Ready(Ok([1, 2])));
    let polls: usize = hands.iter().map(rejoin_tests::Hand::polls).sum();
    assert_eq!(polls, 103);
}

#[tokio::test]
#[should_panic(expected = "`gather!` polled after it was ready")]
async fn polled_again_it_panics() {
    let mut call = gather!(ready(Ok::<_, ()>(1)), need = 1);
    let _ = (&mut call).await;
    let _ = (&mut call).await;
}

#[test]
fn it_is_send_where_its_branches_are() {
    fn is_send<T: Send>(_: &T) {}
    async fn fetch(name: &str) -> Result<usize, ()> {
        Ok(name.len())
    }
    let names = ["a".to_owned(), "b".to_owned()];
    let all = || names.iter().map(String::as_str);
    let call = async { gather!(..all().map(fetch), fetch(&names[0]), need = 1).await };
    is_send(&call);
    let call = async { gather!(..all().map(fetch), need = 1, limit = 1).await };
    is_send(&call);
}
