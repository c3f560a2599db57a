//! An error type without `From<Stopped>`, in a call with `until`.

use rejoin::gather;

pub struct AppError;

impl From<u8> for AppError {
    fn from(_: u8) -> Self {
        Self
    }
}

pub async fn run() -> Result<u32, AppError> {
    let (a,) = gather!(<AppError> async { Ok::<u32, u8>(1) }, until = async {}).await?;
    Ok(a)
}

fn main() {}
