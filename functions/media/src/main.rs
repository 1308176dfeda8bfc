//! The `media` Lambda function.

fn main() {}
