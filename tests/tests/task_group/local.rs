//! `spawn_local`: tasks that need not be `Send`.

use std::{cell::RefCell, future::pending, rc::Rc};

use rejoin::{Task, gather, spawn_local};
use rejoin_tests::{Log, after, elapsed, holding, ms, panic_of, settle};
use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn a_local_task_runs_from_the_start_on_this_thread() {
    let start = Instant::now();
    let thread = std::thread::current().id();
    let tasks = async {
        let text = Rc::new(RefCell::new(String::new()));
        let add = |delay, letter: char| {
            let text = Rc::clone(&text);
            spawn_local(async move {
                sleep(ms(delay)).await;
                text.borrow_mut().push(letter);
                std::thread::current().id()
            })
        };
        let (a, b) = (add(2, 'a'), add(1, 'b'));
        sleep(ms(3)).await;
        assert_eq!(*text.borrow(), "ba");
        assert_eq!(gather!(a, b).await, (thread, thread));
    };
    LocalSet::new().run_until(tasks).await;
    assert_eq!(elapsed(start), 3);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_local_task_cancels_it() {
    let log = Log::default();
    let tasks = async {
        let task: Task<Rc<u8>> = spawn_local(holding(log.on_drop("dropped"), pending()));
        settle().await;
        drop(task);
        settle().await;
        assert_eq!(log.take(), ["dropped"]);
        assert_eq!(spawn_local(pending::<Rc<u8>>()).cancel().await, None);
        let task = spawn_local(async { panic!("a mistake") });
        assert_eq!(panic_of(task).await, "a mistake");
        let task = spawn_local(after(1, Rc::new(7)));
        assert_eq!(*task.join().await.unwrap(), 7);
    };
    LocalSet::new().run_until(tasks).await;
}

#[tokio::test]
async fn there_must_be_a_local_set() {
    let message = panic_of(async { spawn_local(async {}).await }).await;
    assert!(message.contains("LocalSet"), "{message}");
}
