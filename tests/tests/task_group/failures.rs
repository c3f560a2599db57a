//! `Failures`: the errors that a failing group gives.

use std::{error::Error, fmt, io, num::ParseIntError};

use rejoin::{Failures, task_group};

/// An error that is no [`Error`].
#[derive(Clone, Debug, PartialEq)]
struct Plain(u8);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plain {}", self.0)
    }
}

/// An error with a source of its own.
#[derive(Debug)]
struct Outer(ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Gives these errors, each of a child.
macro_rules! failures {
    ($type:ty: $($error:expr),+) => {
        task_group!(|tg| {
            $(tg.spawn_scoped(async { Err::<(), _>($error) });)+
            Ok(())
        }, error = $type)
        .await
        .unwrap_err()
    };
}

fn parse(text: &str) -> ParseIntError {
    text.parse::<u8>().unwrap_err()
}

#[tokio::test]
async fn they_are_taken_out_in_order() {
    let failures: Failures<Plain> = failures!(Plain: Plain(1), Plain(2), Plain(3));
    assert_eq!(failures.len(), 3);
    assert_eq!(failures.first(), &Plain(1));
    assert!(failures.iter().map(|error| error.0).eq([1, 2, 3]));
    assert!((&failures).into_iter().map(|error| error.0).eq([1, 2, 3]));
    let mut sum = 0;
    for error in &failures {
        sum += error.0;
    }
    assert_eq!(sum, 6);
    assert_eq!(failures.clone().into_first(), Plain(1));
    assert_eq!(
        failures.into_iter().collect::<Vec<_>>(),
        [Plain(1), Plain(2), Plain(3)]
    );
}

#[tokio::test]
async fn the_first_of_one_is_that_one() {
    let failures = failures!(Plain: Plain(1));
    assert_eq!((failures.len(), failures.first()), (1, &Plain(1)));
    assert_eq!(failures.into_first(), Plain(1));
}

#[tokio::test]
async fn display_names_the_count_and_every_error() {
    assert_eq!(
        failures!(Plain: Plain(1)).to_string(),
        "1 failure:\nplain 1"
    );
    assert_eq!(
        failures!(Plain: Plain(1), Plain(2), Plain(3)).to_string(),
        "3 failures:\nplain 1\nplain 2\nplain 3"
    );
}

#[tokio::test]
async fn debug_shows_every_error() {
    let shown = format!("{:?}", failures!(Plain: Plain(1), Plain(2)));
    assert_eq!(shown, "Failures([Plain(1), Plain(2)])");
}

#[tokio::test]
async fn it_is_an_error_whether_its_errors_are_or_not() {
    fn is_error<E: Error>(error: &E) -> String {
        error.to_string()
    }
    assert_eq!(is_error(&failures!(Plain: Plain(1))), "1 failure:\nplain 1");
    assert_eq!(
        is_error(&failures!(String: "text".to_owned())),
        "1 failure:\ntext"
    );
    assert_eq!(
        is_error(&failures!(&'static str: "text")),
        "1 failure:\ntext"
    );
    assert_eq!(
        is_error(&failures!(Box<dyn Error + Send + Sync>: "text".into())),
        "1 failure:\ntext"
    );
    assert_eq!(
        is_error(&failures!(Outer: Outer(parse("x")))),
        "1 failure:\nouter"
    );
}

#[tokio::test]
async fn the_source_is_the_first_where_that_is_an_error() {
    let failures = failures!(Outer: Outer(parse("x")), Outer(parse("300")));
    let source = failures.source().unwrap();
    assert!(source.is::<Outer>());
    assert!(std::ptr::eq(
        source.downcast_ref().unwrap(),
        failures.first()
    ));
    assert_eq!(source.source().unwrap().to_string(), parse("x").to_string());
    let failures = failures!(io::Error: io::ErrorKind::NotFound.into());
    assert!(failures.source().unwrap().is::<io::Error>());
}

#[tokio::test]
async fn the_source_is_what_a_boxed_error_holds() {
    let failures = failures!(
        Box<dyn Error + Send + Sync>: Outer(parse("x")).into(), "second".into()
    );
    assert_eq!(failures.len(), 2);
    assert!(failures.source().unwrap().is::<Outer>());
    let failures = failures!(Box<dyn Error + Send>: Box::new(parse("x")) as Box<dyn Error + Send>);
    assert!(failures.source().unwrap().is::<ParseIntError>());
    let failures = failures!(std::sync::Arc<Outer>: std::sync::Arc::new(Outer(parse("x"))));
    assert!(failures.source().is_some());
}

#[tokio::test]
async fn there_is_no_source_where_errors_are_none() {
    assert!(failures!(String: "text".to_owned()).source().is_none());
    assert!(failures!(&'static str: "text").source().is_none());
    assert!(failures!(Plain: Plain(1)).source().is_none());
}

#[tokio::test]
async fn the_question_mark_takes_it_into_a_boxed_error() {
    async fn fails() -> Result<(), Box<dyn Error + Send + Sync>> {
        task_group!(<Plain> |tg| {
            tg.spawn(async { Err::<(), _>(Plain(1)) });
            Ok(())
        })
        .await?;
        Ok(())
    }
    async fn late() -> Result<u8, Box<dyn Error + Send + Sync>> {
        Ok(task_group!(<String> |_| Ok(5), timeout = 1s).await??)
    }
    let error = fails().await.unwrap_err();
    assert_eq!(error.to_string(), "1 failure:\nplain 1");
    assert!(error.is::<Failures<Plain>>());
    assert_eq!(late().await.unwrap(), 5);
}

#[tokio::test]
async fn those_of_an_inner_group_are_an_error_of_the_outer_one() {
    let failures = task_group!(<Box<dyn Error + Send + Sync>> |outer| {
        outer.spawn(async {
            let inner = task_group!(<Plain> |inner| {
                inner.spawn(async { Err::<(), _>(Plain(1)) });
                Ok(5)
            });
            Ok(inner.await?)
        });
        Ok(())
    })
    .await
    .unwrap_err();
    assert!(failures.source().unwrap().is::<Failures<Plain>>());
    assert_eq!(failures.to_string(), "1 failure:\n1 failure:\nplain 1");
}

#[tokio::test]
async fn one_error_converts_by_the_question_mark() {
    async fn before_a_group(text: &str) -> Result<u8, Failures<ParseIntError>> {
        let number = text.parse::<u8>()?;
        task_group!(<ParseIntError> |_| Ok(number)).await
    }
    assert_eq!(before_a_group("5").await.unwrap(), 5);
    let failures = before_a_group("x").await.unwrap_err();
    assert_eq!(failures.as_slice(), [parse("x")]);
    assert!(failures.source().unwrap().is::<ParseIntError>());
    assert_eq!(failures, failures!(ParseIntError: parse("x")));
}

#[tokio::test]
async fn failures_are_equal_if_their_errors_are() {
    let failures = failures!(Plain: Plain(1), Plain(2));
    assert_eq!(failures.as_slice(), [Plain(1), Plain(2)]);
    assert_eq!(failures, failures.clone());
    assert_ne!(failures, failures!(Plain: Plain(2), Plain(1)));
    assert_ne!(failures, failures!(Plain: Plain(1)));
}

#[tokio::test]
async fn failures_of_io_errors_are_an_io_error_of_the_first_kind() {
    async fn fails() -> io::Result<()> {
        task_group!(<io::Error> |tg| {
            tg.spawn_scoped(async { Err::<(), _>(io::ErrorKind::NotFound.into()) });
            tg.spawn_scoped(async { Err::<(), _>(io::ErrorKind::Other.into()) });
            Ok(())
        })
        .await?;
        Ok(())
    }
    let error = fails().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let inner = error
        .get_ref()
        .unwrap()
        .downcast_ref::<Failures<io::Error>>();
    assert_eq!(inner.unwrap().len(), 2);
}
