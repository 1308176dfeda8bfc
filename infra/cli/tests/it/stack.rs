//! `--stack`: outputs from CloudFormation, requests signed with the operator's credentials.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::{run, stderr, waypost};

/// Answers CloudFormation's `DescribeStacks` on one port.
fn cloudformation(outputs: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>shop</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>{outputs}</Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
    );
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            head(&mut stream);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

/// What comes before the body, in lower case.
fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        read.extend_from_slice(&byte);
    }
    String::from_utf8_lossy(&read).to_lowercase()
}

fn output(name: &str, value: &str) -> String {
    format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
}

#[test]
fn a_stack_without_our_outputs_is_named() {
    let aws = cloudformation(&output("Something", "else"));
    let refused = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("ApiUrl"), "{}", stderr(&refused));
}

/// The API of a stack is called at its output's address; on this machine unsigned, as an emulator serves it.
#[test]
fn the_outputs_say_where_the_api_is() {
    let local = crate::running::Running::start(&[]);
    let outputs = [output("ApiUrl", local.at("api")), output("CallbackUrl", local.at("webhook"))].concat();
    let aws = cloudformation(&outputs);
    let listed = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
    assert!(listed.status.success(), "{}", stderr(&listed));
}

/// Everything that leaves this machine is signed, so without credentials nothing leaves it.
#[test]
fn without_credentials_nothing_is_sent() {
    let (told, tell) = mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            drop(told.send(head(&mut stream)));
        }
    });
    let api = "https://abc123.execute-api.eu-west-1.amazonaws.com";
    let refused = waypost().args(["channel", "list", "--api", api]).env("HTTPS_PROXY", &proxy).output().unwrap();
    assert_eq!(refused.status.code(), Some(69), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("credentials"), "{}", stderr(&refused));
    assert!(tell.try_recv().is_err(), "something was sent");
}
