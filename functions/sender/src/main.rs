//! The `sender` Lambda function.

fn main() {}
