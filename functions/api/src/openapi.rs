//! The OpenAPI document, generated from the handlers and their types. A test holds openapi.json to it.

use std::collections::BTreeMap;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::problem::{Code, Document, Problem};
use crate::{
    channels, consent, contacts, health, media, messages, profile, quarantine, read, replay, sends, sync, templates,
    uploads,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Waypost API",
        description = "Sends, messages, contacts, templates and channels of a Waypost stack. In the cloud every request \
            is signed with AWS SigV4 (service `execute-api`); on a laptop none is. Times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        channels::list,
        channels::create,
        channels::show,
        channels::change,
        channels::remove,
        channels::erase,
        health::show,
        profile::show,
        profile::change,
        profile::sync,
        sends::create,
        uploads::create,
        messages::show,
        messages::raw,
        messages::cancel,
        media::link,
        read::mark,
        contacts::inbox,
        contacts::list,
        contacts::show,
        contacts::history,
        contacts::erase,
        contacts::export,
        contacts::merge,
        contacts::unmerge,
        consent::show,
        consent::set,
        templates::list,
        templates::submit,
        templates::edit,
        templates::remove,
        templates::preview,
        templates::upload,
        sync::start,
        sync::show,
        replay::replay,
        quarantine::list,
        show,
    ),
    components(schemas(Document, Code)),
    modifiers(&Signed, &Listed),
    security(("sigv4" = [])),
)]
struct Api;

/// The document.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    Api::openapi().to_pretty_json()
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "get_openapi", tag = "operations",
    responses((status = 200, description = "The OpenAPI document of this API", body = Object), Problem))]
pub(crate) async fn show() -> Result<impl IntoResponse, Problem> {
    let document = openapi_json().map_err(|error| {
        tracing::error!(%error, "the OpenAPI document cannot be written");
        Problem::new(Code::Internal, "This is a fault of the system; its log says which.")
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document))
}

/// Any operation may be answered with a problem.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description("A problem document; its `code` says which")
            .content("application/problem+json", content)
            .build();
        BTreeMap::from([(String::from("default"), RefOr::T(response))])
    }
}

struct Signed;

impl Modify for Signed {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let header = ApiKeyValue::with_description("Authorization", "AWS Signature Version 4, service execute-api");
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("sigv4", SecurityScheme::ApiKey(ApiKey::Header(header)));
    }
}

/// Lists name the schema of their items, where utoipa would write it out once more.
struct Listed;

impl Modify for Listed {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (name, schema) in openapi.components.iter_mut().flat_map(|components| &mut components.schemas) {
            if let (Some(item), RefOr::T(Schema::Object(list))) = (name.strip_prefix("List_"), schema)
                && let Some(RefOr::T(Schema::Array(items))) = list.properties.get_mut("items")
            {
                items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
            }
        }
    }
}
