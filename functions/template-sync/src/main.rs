//! The `template-sync` Lambda function.

fn main() {}
