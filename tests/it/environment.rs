//! Each function's code and infra/template.yaml name the same variables: one that the template forgets stops the function
//! at its start, and one that the code forgets misleads who reads the template.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::ENVIRONMENTS;

#[test]
fn what_the_code_reads_is_what_the_template_sets() {
    let read: BTreeMap<&str, BTreeSet<&str>> = [
        ("Api", api::ENVIRONMENT),
        ("Media", media::ENVIRONMENT),
        ("Sender", sender::ENVIRONMENT),
        ("TemplateSync", template_sync::ENVIRONMENT),
        ("Webhook", webhook::ENVIRONMENT),
    ]
    .into_iter()
    .map(|(function, names)| (function, names.iter().copied().collect()))
    .collect();
    let set: BTreeMap<&str, BTreeSet<&str>> =
        ENVIRONMENTS.iter().map(|(function, names)| (*function, names.iter().copied().collect())).collect();
    assert_eq!(read, set);
}
