//! Runs the programs that translate the listings of asyncio, and compares their output.

use std::process::Command;

/// Asserts the output of a program.
fn assert_prints(program: &str, expected: &str) {
    let output = Command::new(program).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn gather() {
    assert_prints(
        env!("CARGO_BIN_EXE_gather"),
        "\
One after the other, without concurrency:
> 3s: Ok(\"name-1, after 1s\") and Ok(\"name-2, after 2s\")
Both at once:
> 2s: Ok((\"name-1, after 1s\", \"name-2, after 2s\"))
Any number:
> 3s: Ok([\"name-0, after 3s\", \"name-1, after 1s\", \"name-2, after 2s\"])
The first error ends the call and drops the other jobs:
> 1.5s: Err(\"name-1: something bad happened after 1.5s\")
Every outcome as a value:
> got: name-0, after 3s
> name-1: something bad happened after 1.5s
> got: name-2, after 2s
> 3s: that is all
Each result with its key:
> 2s: Ok([(\"home\", \"home, after 2s\"), (\"news\", \"news, after 1s\")])
The first success, as failures do not count:
> 2s: Ok(\"name-2, after 2s\")
A backup, which starts after half a second or when the first one fails:
> 1.5s: Ok(\"backup, after 1s\")
A gather in a gather, with one more job:
> 4s: Ok(([\"name-0, after 3s\", \"name-1, after 1s\", \"name-2, after 2s\"], \"a new task, after 4s\"))
A deadline:
> 2.5s: late
A deadline that keeps finished results:
> 2.5s: Ok([None, Some(\"name-1, after 1s\"), Some(\"name-2, after 2s\")])
A signal to stop:
> 2.5s: Err(Stopped)
A deadline for each, and two at a time:
> late
> name-1: something bad happened after 1.5s
> got: name-2, after 2s
> 3.5s: that is all
In parallel, as tasks:
> 2s: Ok([\"a task, after 1s\", \"a task, after 2s\"])
",
    );
}

#[test]
fn as_completed() {
    assert_prints(
        env!("CARGO_BIN_EXE_as_completed"),
        "\
In completion order:
> got: name-1, after 1s
> name-3: something bad happened after 1.5s
> name-0: something bad happened after 3.5s
> got: name-2, after 4s
> got: name-4, after 5s
With a deadline:
> got: name-1, after 1s
> name-3: something bad happened after 1.5s
> timed out after 2s, the other tasks are cancelled
Which task completed:
> task 1: Ok(\"name-1, after 1s\")
> task 3: Err(\"name-3: something bad happened after 1.5s\")
> task 0: Err(\"name-0: something bad happened after 3.5s\")
> task 2: Ok(\"name-2, after 4s\")
> task 4: Ok(\"name-4, after 5s\")
Each result with its key:
> news: Ok(\"news, after 1s\")
> home: Ok(\"home, after 2s\")
In argument order, each as soon as all before it have completed:
> Err(\"name-0: something bad happened after 3.5s\")
> Ok(\"name-1, after 1s\")
> Ok(\"name-2, after 4s\")
> Err(\"name-3: something bad happened after 1.5s\")
> Ok(\"name-4, after 5s\")
Until a signal:
> Ok(\"name-1, after 1s\")
> Err(\"name-3: something bad happened after 1.5s\")
> the other tasks are cancelled
A new task for each one that failed:
> Ok(\"name-1, after 1s\"), 4 to go
> Err(\"name-3: something bad happened after 1.5s\"), 3 to go
> Err(\"name-0: something bad happened after 3.5s\"), 3 to go
> Ok(\"a new task, after 2s\"), 3 to go
> Ok(\"name-2, after 4s\"), 2 to go
> Ok(\"name-4, after 5s\"), 1 to go
> Ok(\"a new task, after 2s\"), 0 to go
",
    );
}

#[test]
fn wait() {
    assert_prints(
        env!("CARGO_BIN_EXE_wait"),
        "\
FIRST_COMPLETED:
> got: name-1, after 1s
the length of pending is 4
FIRST_EXCEPTION, with a new task for each one that failed:
> 1 got: name-1, after 1s
> 3 name-3: something bad happened after 1.5s
the length of pending is 4
> 0 name-0: something bad happened after 3.5s
> 5 got: a new task, after 2s
the length of pending is 3
> 2 got: name-2, after 4s
> 4 got: name-4, after 5s
> 6 got: a new task, after 2s
the length of pending is 0
Two successes, each with the number of its task:
> 1 got: name-1, after 1s
> 3 name-3: something bad happened after 1.5s
> 0 name-0: something bad happened after 3.5s
> 2 got: name-2, after 4s
the length of pending is 1
A signal, which cancels nothing:
> 0 done, 1 pending
",
    );
}

#[test]
fn task_group() {
    assert_prints(
        env!("CARGO_BIN_EXE_task_group"),
        "\
The group returns the value of its body:
> 2s: Ok(\"name-0, after 2s\") and Ok(16)
Children may borrow and fail:
> 2s: name-0, after 2s; name-1, after 1s; name-2, after 1s; name-3, after 1s
An error cancels the others, and no simultaneous error is lost:
> 1.5s: 2 failures:
name-1: something bad happened after 1.5s
name-3: something bad happened after 1.5s
The first answer ends the group:
> 0ns: asking berlin
> 250ms: asking london
> 500ms: asking paris
> 750ms: asking rome
> 1.1s: berlin: something bad happened after 1.1s
> 1.5s: Some(\"paris, after 1s\")
A signal ends the group:
> 2s: Err(Stopped)
Two at a time, each started when a permit is free:
> 0ns: starting 0
> 0ns: starting 1
> 2s: starting 2
> 2s: starting 3
> 4s: starting 4
> 6s: all are done
A daemon runs as long as other children do:
> 1s: still at it
> 2s: still at it
> 2.5s: done
After a second tasks are asked to end, and after two more they are aborted:
> 1s: one saves what it has
> 1.5s: it is saved
> 3s: the other one ignored the request and is aborted
> 3s: Err(TimedOut { after: 1s })
",
    );
}
