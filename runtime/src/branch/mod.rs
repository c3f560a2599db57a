//! Finds out by method calls which kind of argument a macro has.
//!
//! An expansion calls the same methods on every argument, and the argument's type decides which candidate the compiler takes. An
//! inherent method comes before a trait's method of the same name. A method that takes `self` by value comes before one that takes
//! it by `&`, and that one before `&mut`. A candidate with bounds that do not hold is skipped. So each step is a list of cases, and
//! the first that fits is taken. The names begin with `rejoin_`, because a trait of the user that is implemented for every type is
//! in scope of the expansion, and may have a method of any plainer name.
//!
//! | step | on | returns |
//! |---|---|---|
//! | `rejoin_branch` `rejoin_awaited` `rejoin_spread` | `Argument` | `BranchArgument` or `KeyedArgument`, `AwaitedArgument`, `SpreadArgument`: as it is written |
//! | `rejoin_field` | `Argument` | `FieldArgument`: a field of a struct literal, or what its closure returns |
//! | `rejoin_known` | a variable | nothing; an error if its type is not known |
//! | `rejoin_check` | these, `KeyedArgument` | `BranchFuture` of an `IntoFuture`; else an error |
//! | `rejoin_made` | `BranchFuture` | the future that a field's closure returned |
//! | `rejoin_futures` | `SpreadArgument` | `PendingArgument` of a `Pending`; else `OtherSpread`, which says whether it is an array |
//! | `rejoin_check` | these | itself; `SpreadFutures` of a collection of futures or pairs; `StreamArgument`; else an error |
//! | `rejoin_items` | these | itself; `SpreadFutures` of a stream of futures or pairs; else an error |
//! | `rejoin_future` | these | a future of the argument, on which `rejoin_known` is called |
//! | `rejoin_keys` | these | the same, with keys if the type of the futures has them |
//! | `rejoin_output` | both | `Undetermined` if nothing determines its output type; else itself |
//! | `rejoin_error_type` `rejoin_keep_error` `rejoin_convert_error` | both | with an error type: the same, with output `Result<_, E>` |
//! | `rejoin_call_timeout` `rejoin_branch_timeout` `rejoin_call_stopped` | `ErrorType` | the conversion of a timeout of the call, of a branch, of an end by `until` |
//! | `rejoin_each_timeout` | both | with `each_timeout`: the same, with a timeout |
//! | `rejoin_drain_lazily` | a spread | with `limit`: the same, with an iterator that is advanced as permits come free |
//! | `rejoin_node`, `rejoin_value_node` | both | the node of a gather, in which a `Result` can fail, or every output is a value |
//! | `rejoin_keep_keys` | a node | with `partial`: the same, which keeps the keys of branches that are not done; itself without keys |
//! | `rejoin_pair_nodes` | `PairOf` | the node of two nodes; an error if they have different error types |
//! | `rejoin_timed` | both | itself; an error if it is a `Pending`, because its futures are running already |
//! | `rejoin_whole` | a spread | in `wait!`: itself; an error if it is a stream |
//! | `rejoin_source` | both | the source of `as_completed!` and `wait!` |
//! | `rejoin_pair_sources` | `PairOf` | the source of two sources; an error if they have different output types |
//! | `rejoin_failed` `rejoin_succeeded` | `ReturnWhen` | a condition; an error if the outputs are not `Result`s |
//! | `rejoin_drained` | both | with `need` and an error type: itself; `SpreadFutures` of a `Pending` |
//! | `rejoin_needed` | both | with `need`: the source of futures that succeed or fail; an error if the outputs are not `Result`s |
//! | `rejoin_pair_needs` | `PairOf` | the source of two such sources; an error if they have different values or errors |
//! | `rejoin_too_few` `rejoin_too_few_or` | `ErrorType` | the conversion of a `TooFew` |
//! | `rejoin_unstarted` | both | itself; an error if it is a `Pending`, because its futures are running already |
//! | `rejoin_stagger` `rejoin_stagger_attempts` | both | with `stagger`: the same, with futures that wait for their start |
//! | `rejoin_until` | `UntilValue`, `AwaitedUntilValue` | the future of `until`; an error if it is something else |
//! | `rejoin_lent` | `Lent` | the `Pending` that a loop borrows; an error if it is something else |
//! | `rejoin_pair_sets` | `PairOf` | two sets of a loop as one; an error if they have different output types |
//!
//! The cases that are errors are in `rejected`. Each has a bound that never holds, a trait of [`hint`](crate::hint) with the words
//! of the error. Its return type is not determined, so it fits any use in the user's code: one mistake causes one error.

#![expect(missing_docs, reason = "the table above describes the methods")]
#![allow(
    clippy::return_self_not_must_use,
    clippy::must_use_candidate,
    clippy::type_complexity,
    reason = "expansions use every result, and name no types"
)]

mod argument;
mod convert;
mod each;
mod need;
mod node;
mod rejected;
mod source;
mod spread;
mod stagger;
mod until;

pub use self::{
    argument::{Argument, ArgumentWithoutKey, Determined, OtherFutures, OtherKeys, Variable},
    convert::{ErrorType, OtherError, PlainOutput, TimeoutConversion, WithErrorType},
    need::{
        KeyedSet, NeedSource, NotAResult, SumOfNeeds, TooFewConversion, UnlikeNeedErrors,
        UnlikeNeedValues,
    },
    node::{NoKeysToKeep, PairOf, ValueBranch, ValueSpread},
    rejected::{
        AwaitedValue, BesideRejected, Borrowed, BorrowedFutures, Boxed, BoxedFutures, Collection,
        Function, JoinSetBranch, JoinSetSpread, LentFuture, LentOther, LentStream, NotResults,
        OneFuture, OtherField, OtherValue, OtherValues, PendingEachTimeout, PendingStagger,
        RejectedNode, StreamBranch, StreamInWait, StreamOfValues, Tuple, UnlikeErrors,
        UnlikeOutputs, UnlikeSets, Unpinned, UnpinnedFutures, Wrapped,
    },
    source::{KeyedResults, Lent, ReturnWhen, SumOfSources},
    spread::{NotAnArray, Pairs, StreamOfPairs, StreamSpread},
    stagger::NoAttempt,
    until::{
        AwaitedUntil, AwaitedUntilValue, FunctionUntil, OtherUntil, UnpinnedUntil, UntilValue,
    },
};
