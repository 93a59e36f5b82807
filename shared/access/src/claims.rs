//! What a token says: the part that people care about, and its spelling in JSON.

use std::collections::BTreeSet;

use proto::common::Role;
use serde::{Deserialize, Serialize};
use vocab::{CustomerId, PartnerId};

use crate::role::{role_name, role_named};

/// Who somebody is, and what they may do, by the word of whoever issued the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The person or program: 1 to 255 bytes.
    pub subject: String,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// The partner that they act for; needed by every role on the partner's side.
    pub partner: Option<PartnerId>,
    /// The customer that they act for; needed by every role on the customer's side.
    pub customer: Option<CustomerId>,
}

impl Claims {
    /// Returns the claims of somebody who works for `partner`.
    pub fn partner(
        subject: impl Into<String>,
        partner: PartnerId,
        roles: impl IntoIterator<Item = Role>,
    ) -> Self {
        Self { partner: Some(partner), ..Self::plain(subject, roles) }
    }

    /// Returns the claims of a global administrator of `customer`.
    pub fn customer(subject: impl Into<String>, customer: CustomerId) -> Self {
        Self { customer: Some(customer), ..Self::plain(subject, [Role::CustomerGlobalAdmin]) }
    }

    /// Returns the claims of an operator of the platform.
    pub fn operator(subject: impl Into<String>) -> Self {
        Self::plain(subject, [Role::Operator])
    }

    /// Returns the claims of one of our services, by its name.
    pub fn service(name: impl Into<String>) -> Self {
        Self::plain(name, [Role::Service])
    }

    fn plain(subject: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            subject: subject.into(),
            roles: roles.into_iter().collect(),
            partner: None,
            customer: None,
        }
    }
}

/// The payload of a token: registered claims (RFC 7519, seconds since 1970) and ours.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub sub: String,
    pub iss: String,
    pub aud: Audience,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub exp: i64,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
}

/// Whom a token is for; RFC 7519 allows both spellings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub fn members(&self) -> &[String] {
        match self {
            Self::One(member) => std::slice::from_ref(member),
            Self::Many(members) => members,
        }
    }
}

impl Payload {
    /// Returns what the token says of its bearer; names that are no roles of ours are passed over.
    pub fn into_claims(self) -> Claims {
        Claims {
            subject: self.sub,
            roles: self.roles.iter().filter_map(|name| role_named(name)).collect(),
            partner: self.partner,
            customer: self.customer,
        }
    }

    pub fn names_of(roles: &BTreeSet<Role>) -> Vec<String> {
        roles.iter().map(|role| role_name(*role).to_owned()).collect()
    }
}
