//! `--stack`: outputs from CloudFormation, requests signed with the operator's credentials.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::{run, stderr, waypost};

/// Answers CloudFormation's `DescribeStacks` on one port.
fn cloudformation(outputs: &str) -> String {
    answering(
        "200 OK",
        format!(
            "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>shop</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>{outputs}</Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
        ),
    )
}

fn answering(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            head(&mut stream);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
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

/// Whoever may not ask, whoever is signed in no more, and whoever misspelt the name have different things to do.
#[test]
fn a_refusal_says_what_is_to_be_done() {
    for (code, to_do) in [
        ("AccessDenied", "OperatorPolicyArn"),
        ("ExpiredToken", "aws sso login"),
        ("ValidationError", "aws cloudformation list-stacks"),
    ] {
        let error = format!(
            "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>No.</Message></Error></ErrorResponse>"
        );
        let aws = answering("400 Bad Request", error);
        let refused = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
        assert_eq!(refused.status.code(), Some(1), "{code}");
        assert!(stderr(&refused).contains(to_do), "{code}: {}", stderr(&refused));
    }
}

#[test]
fn a_stack_without_our_outputs_is_named() {
    let aws = cloudformation(&output("Something", "else"));
    let refused = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("ApiUrl"), "{}", stderr(&refused));
}

/// The API of a stack is called at its output's address.
#[test]
fn the_outputs_say_where_the_api_is() {
    let local = crate::running::Running::start(&[]);
    let outputs = [output("ApiUrl", local.at("api")), output("CallbackUrl", local.at("webhook"))].concat();
    let aws = cloudformation(&outputs);
    let listed = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
    assert!(listed.status.success(), "{}", stderr(&listed));
}

/// An emulator on this machine serves the API under a path of its own, and checks signatures as AWS does.
#[test]
fn requests_to_a_stack_are_signed_wherever_it_is() {
    let (told, tell) = mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            drop(told.send(head(&mut stream)));
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{\"items\":[]}";
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    let api = format!("{origin}/execute-api/abc123/$default");
    let aws = cloudformation(&[output("ApiUrl", &api), output("CallbackUrl", &api)].concat());
    let listed = run(&["channel", "list", "--stack", "shop", "--aws-endpoint", &aws]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let request = tell.try_recv().unwrap();
    assert!(request.starts_with("get /execute-api/abc123/$default/v1/channels?limit=100 "), "{request}");
    assert!(request.contains("authorization: aws4-hmac-sha256 credential=local/"), "{request}");
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
