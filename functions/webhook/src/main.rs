//! The `webhook` Lambda function.

fn main() {}
