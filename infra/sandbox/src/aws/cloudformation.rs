//! CloudFormation, for whoever looks at a stack: what it puts out, what it is made of, and the template it was made from.
//! Stacks are handed in, not made: nothing here creates, changes or deletes one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use http::{Response, StatusCode};
use jiff::Timestamp;

use super::reply;
use super::s3::xml::escaped;

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
/// How many resources one answer lists; the real one's pages are larger, and end as suddenly.
const PAGE: usize = 25;

/// A deployed stack.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub name: String,
    /// As it was deployed.
    pub template: String,
    pub outputs: BTreeMap<String, String>,
    pub resources: Vec<StackResource>,
}

/// What a stack is made of.
#[derive(Clone, Debug)]
pub struct StackResource {
    pub logical_id: String,
    pub physical_id: String,
    /// `AWS::SQS::Queue` and the like.
    pub kind: String,
}

/// The stacks of the account.
#[derive(Debug, Default)]
pub struct CloudFormation {
    stacks: Mutex<Vec<Stack>>,
}

struct Refused {
    code: &'static str,
    message: String,
}

impl CloudFormation {
    /// Has a stack be there; one of the same name is replaced.
    pub fn put(&self, stack: Stack) {
        let mut stacks = self.stacks.lock().unwrap_or_else(PoisonError::into_inner);
        stacks.retain(|other| other.name != stack.name);
        stacks.push(stack);
    }

    /// The AWS query protocol: a form in, XML out.
    pub(super) async fn answer(&self, body: Body) -> Response<Body> {
        let bytes = reply::whole(body).await.unwrap_or_default();
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(&bytes).into_owned().collect();
        let action = form.get("Action").map(String::as_str).unwrap_or_default();
        let answer = match action {
            "DescribeStacks" => self.of(&form).map(|stack| describe(&stack)),
            "ListStackResources" => self.of(&form).and_then(|stack| list(&stack, form.get("NextToken"))),
            "GetTemplate" => self.of(&form).map(|stack| template(&stack)),
            _ => return reply::not_played(&format!("CloudFormation {action}")),
        };
        match answer {
            Ok(result) => {
                let body = format!(
                    "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result></{action}Response>"
                );
                reply::xml(StatusCode::OK, body)
            }
            Err(Refused { code, message }) => {
                let message = escaped(&message);
                let error =
                    format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
                let body = format!("<ErrorResponse xmlns=\"{NAMESPACE}\">{error}</ErrorResponse>");
                reply::xml(StatusCode::BAD_REQUEST, body)
            }
        }
    }

    /// By name, or by the id that a nested stack is called by.
    fn of(&self, form: &BTreeMap<String, String>) -> Result<Stack, Refused> {
        let wanted = form.get("StackName").map(String::as_str).unwrap_or_default();
        let stacks = self.stacks.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |stack: &&Stack| stack.name == wanted || id(&stack.name) == wanted;
        stacks.iter().find(is).cloned().ok_or_else(|| invalid(format!("Stack with id {wanted} does not exist")))
    }
}

/// The id of a stack of this name, which is what its parent knows it by.
pub fn id(name: &str) -> String {
    format!(
        "arn:aws:cloudformation:{}:{}:stack/{name}/00000000-0000-0000-0000-000000000000",
        super::REGION,
        super::ACCOUNT
    )
}

fn invalid(message: String) -> Refused {
    Refused { code: "ValidationError", message }
}

fn describe(stack: &Stack) -> String {
    let output = |(key, value): (&String, &String)| {
        let value = escaped(value);
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs: String = stack.outputs.iter().map(output).collect();
    let name = &stack.name;
    format!(
        "<Stacks><member><StackName>{name}</StackName><StackId>{}</StackId><StackStatus>CREATE_COMPLETE</StackStatus>\
         <CreationTime>{}</CreationTime><Outputs>{outputs}</Outputs></member></Stacks>",
        id(name),
        Timestamp::UNIX_EPOCH
    )
}

fn list(stack: &Stack, token: Option<&String>) -> Result<String, Refused> {
    let from: usize = match token {
        Some(token) => token.parse().map_err(|_| invalid(String::from("NextToken is not one that was given out")))?,
        None => 0,
    };
    let member = |resource: &StackResource| {
        let StackResource { logical_id, physical_id, kind } = resource;
        let physical_id = escaped(physical_id);
        format!(
            "<member><LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{physical_id}\
             </PhysicalResourceId><ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>{}</LastUpdatedTimestamp></member>",
            Timestamp::UNIX_EPOCH
        )
    };
    let listed: String = stack.resources.iter().skip(from).take(PAGE).map(member).collect();
    let next = from + PAGE;
    let more = if next < stack.resources.len() { format!("<NextToken>{next}</NextToken>") } else { String::new() };
    Ok(format!("<StackResourceSummaries>{listed}</StackResourceSummaries>{more}"))
}

fn template(stack: &Stack) -> String {
    let stages = "<StagesAvailable><member>Original</member></StagesAvailable>";
    format!("<TemplateBody>{}</TemplateBody>{stages}", escaped(&stack.template))
}
