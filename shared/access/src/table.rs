//! The contract's words of access, read once from the descriptors, by path.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use prost_reflect::{DescriptorPool, EnumDescriptor, ExtensionDescriptor, MethodDescriptor};
use proto::common::{Access, AccessRule, Role, Scope, Trace};

use crate::role::{Side, role_name, side};
use crate::{AccessError, Caller, Claims, Reach, Refusal};

/// The services that need a word: ours.
const OURS: &str = "tenure.";

/// What the contract says about every method of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rules: BTreeMap<String, Rule>,
    streams: BTreeSet<String>,
}

/// What the contract says about a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The word.
    pub access: Access,
    /// Any of these is enough.
    pub roles: BTreeSet<Role>,
    /// Whose rows the method reaches.
    pub scope: Scope,
    /// What is recorded of a call.
    pub trace: Trace,
}

impl Table {
    /// Reads the word of every method of every `tenure.*` service.
    ///
    /// `descriptors` is an encoded `FileDescriptorSet` that kept its options, such as
    /// [`proto::DESCRIPTORS`].
    ///
    /// # Errors
    ///
    /// Names the first method without a word, or the word without a whole rule: the server must
    /// not start.
    pub fn read(descriptors: &[u8]) -> Result<Self> {
        let contract = Contract::of(DescriptorPool::decode(descriptors)?)?;
        let words = contract.words()?;
        let methods = contract.pool.services().flat_map(|service| {
            service.methods().collect::<Vec<_>>() // a service's methods borrow from it
        });
        let (mut rules, mut streams) = (BTreeMap::new(), BTreeSet::new());
        for method in methods.filter(|method| method.full_name().starts_with(OURS)) {
            let access = contract.access_of(&method)?;
            let rule = words.get(&access).with_context(|| {
                format!("{}: the word {} has no rule", method.full_name(), access.as_str_name())
            })?;
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            if method.is_client_streaming() || method.is_server_streaming() {
                streams.insert(path.clone());
            }
            rules.insert(path, rule.clone());
        }
        Ok(Self { rules, streams })
    }

    /// Whether more than one message goes, or comes, in a call of the method at `path`.
    pub fn is_stream(&self, path: &str) -> bool {
        self.streams.contains(path)
    }

    /// Returns the rule of the method at `path`: `/tenure.order.v1.OrderService/PlaceOrder`.
    pub fn rule(&self, path: &str) -> Option<&Rule> {
        self.rules.get(path)
    }

    /// Returns every method's path with its rule, in the order of the paths.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().map(|(path, rule)| (path.as_str(), rule))
    }
}

impl Rule {
    /// Lets somebody in, or says why not.
    ///
    /// # Errors
    ///
    /// [`AccessError::RoleRequired`] (PAR-12) if none of the roles is asked for, and
    /// [`Refusal::Malformed`] if the token does not say for whom the role is held.
    pub fn admit(&self, claims: &Claims) -> Result<Caller, AccessError> {
        self.open_to(&claims.roles)?;
        Ok(Caller {
            subject: claims.subject.clone(),
            partner: claims.partner,
            customer: claims.customer,
            roles: claims.roles.clone(),
            reach: self.reach(claims)?,
        })
    }

    /// Says whether any of these roles opens the method.
    ///
    /// # Errors
    ///
    /// [`AccessError::RoleRequired`] (PAR-12).
    pub fn open_to(&self, roles: &BTreeSet<Role>) -> Result<(), AccessError> {
        if self.roles.is_disjoint(roles) {
            return Err(AccessError::RoleRequired { roles: self.roles.clone() });
        }
        Ok(())
    }

    /// Only the roles that open the method count: a partner's agent who is also an operator reads a
    /// key as the agent.
    fn reach(&self, claims: &Claims) -> Result<Reach, Refusal> {
        let counts = |of: Side| {
            self.roles.intersection(&claims.roles).copied().find(|role| side(*role) == Some(of))
        };
        let lacks = |role: Option<Role>, claim: &str| {
            let role = role.map(role_name).unwrap_or_default();
            Refusal::malformed(format!(
                "it has the role {role}, and no claim `{claim}` to go with it"
            ))
        };
        if self.scope == Scope::All || counts(Side::Platform).is_some() {
            Ok(Reach::All)
        } else if let Some(role) = counts(Side::Customer) {
            claims.customer.map(Reach::Customer).ok_or_else(|| lacks(Some(role), "customer"))
        } else {
            let role = counts(Side::Partner);
            claims.partner.map(Reach::Partner).ok_or_else(|| lacks(role, "partner"))
        }
    }
}

/// Where the descriptors keep the words and their rules.
struct Contract {
    pool: DescriptorPool,
    words: EnumDescriptor,
    access: ExtensionDescriptor,
    access_rule: ExtensionDescriptor,
}

impl Contract {
    fn of(pool: DescriptorPool) -> Result<Self> {
        let extension = |name: &str| {
            pool.get_extension_by_name(name).with_context(|| format!("there is no option {name}"))
        };
        Ok(Self {
            words: pool
                .get_enum_by_name("tenure.common.v1.Access")
                .context("there is no tenure.common.v1.Access")?,
            access: extension("tenure.common.v1.access")?,
            access_rule: extension("tenure.common.v1.access_rule")?,
            pool,
        })
    }

    fn words(&self) -> Result<BTreeMap<Access, Rule>> {
        let mut words = BTreeMap::new();
        for value in self.words.values() {
            let options = value.options();
            if !options.has_extension(&self.access_rule) {
                continue;
            }
            let access = Access::try_from(value.number())?;
            let rule = options.get_extension(&self.access_rule);
            let rule = rule.as_message().context("access_rule is no message")?;
            let rule: AccessRule = rule.transcode_to()?;
            let rule =
                whole(access, &rule).with_context(|| format!("the word {}", value.name()))?;
            words.insert(access, rule);
        }
        Ok(words)
    }

    fn access_of(&self, method: &MethodDescriptor) -> Result<Access> {
        let options = method.options();
        let word = options.get_extension(&self.access);
        let access = word.as_enum_number().and_then(|number| Access::try_from(number).ok());
        access.filter(|access| *access != Access::Unspecified).with_context(|| {
            format!("{} has no word of access (option tenure.common.v1.access)", method.full_name())
        })
    }
}

fn whole(access: Access, rule: &AccessRule) -> Result<Rule> {
    let roles: BTreeSet<_> = rule.roles().collect();
    ensure!(!roles.is_empty(), "it has no roles");
    ensure!(!roles.contains(&Role::Unspecified), "one of its roles is unspecified");
    ensure!(rule.scope() != Scope::Unspecified, "its scope is unspecified");
    ensure!(rule.trace() != Trace::Unspecified, "its trace is unspecified");
    Ok(Rule { access, roles, scope: rule.scope(), trace: rule.trace() })
}
