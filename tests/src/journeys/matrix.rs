//! Every method of the contract, as every role, with every kind of token, about what is one's own,
//! what is another's, and what there is not. The table is made of the descriptors, so none is left out.

mod sample;
mod wire;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{AuthConfig, Signer, generate_key_pair};
use clock::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use prost_reflect::{DescriptorPool, DynamicMessage};
use proto::common::{Access, Role, Scope};
use rstest::rstest;
use testkit::Backend;
use tokio::task::JoinSet;
use tonic::Code;

use self::sample::Slot;
use self::wire::{Answer, Method, told};
use self::world::World;
use super::harness::desk::Desk;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::shop::Shop;
use super::harness::words::{reason, value};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Asks about nobody in particular: it lists or makes what is the caller's own, or takes what only its
/// owner can know.
const UNADDRESSED: [&str; 13] = [
    "ActivateKey",
    "CreateCustomer",
    "ExportActivity",
    "FindCustomers",
    "GetCheckpoint",
    "GetConsistencyProof",
    "ListActivity",
    "ListCustomers",
    "ListSigningKeys",
    "ListTransfers",
    "RequestRelationship",
    "ValidateKey",
    "WatchEntries",
];

/// Answers of what is not there that there is nothing.
const LISTS: [&str; 5] = ["Export", "List", "Poll", "Validate", "Watch"];

/// A reseller is validated by its id, so it is no secret who is there (PAR-9).
const NO_SECRET: &str = "reseller";

/// Where what is not there has another code than elsewhere: there is no relationship with it (TRF-2).
const OTHERWISE: [(&str, Code); 1] = [("CreateTransfer", Code::FailedPrecondition)];

/// What whoever asked for a transfer cannot do with it: its source does.
const DENIED: [(&str, Code); 2] =
    [("DeclineTransfer", Code::NotFound), ("SubmitTransfer", Code::NotFound)];

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Valid,
    Expired,
    WrongAudience,
    WrongSignature,
    None,
}

impl Token {
    const ALL: [Self; 5] =
        [Self::Valid, Self::Expired, Self::WrongAudience, Self::WrongSignature, Self::None];

    /// What a refusal says of it.
    const fn problem(self) -> &'static str {
        match self {
            Self::Valid => "",
            Self::Expired => "the token expired at",
            Self::WrongAudience => "the token has the wrong audience",
            Self::WrongSignature => "the token has a bad signature",
            Self::None => "the call has no token",
        }
    }
}

/// Who asks, of whom, and with what.
struct Matrix {
    own: World,
    foreign: World,
    nobodys: World,
    desk: Desk,
    tokens: BTreeMap<(Role, Token), String>,
}

impl Matrix {
    async fn of(house: &House) -> Self {
        let theirs = Shop::open(house.desk()).await;
        let ours = Shop::beside(house.desk()).await;
        let rival = Shop::beside(house.desk()).await;
        let own = World::of(&ours, &rival).await;
        let foreign = World::of(&theirs, &rival).await;
        let nobodys = foreign.unlike();
        Self { tokens: tokens(house, &own), own, foreign, nobodys, desk: house.desk() }
    }

    async fn ask(&self, method: &Method, token: Option<&str>, request: &DynamicMessage) -> Answer {
        method.call(self.desk.channel(Service::Order), token, request).await
    }
}

/// Nobody adds a method to the matrix: it is there, and has to be asked about somebody's things.
#[test]
fn t_154_every_method_has_a_place_in_the_matrix() {
    let methods = Method::all();
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let ours = pool.services().filter(|service| service.full_name().starts_with("tenure."));
    assert_eq!(methods.len(), ours.map(|service| service.methods().count()).sum::<usize>());
    for method in methods.iter().filter(|method| method.rule.scope == Scope::Own) {
        let is_unaddressed = sample::slots(method).is_empty();
        let path = &method.path;
        assert_eq!(is_unaddressed, UNADDRESSED.contains(&method.name()), "whose is it? {path}");
    }
    let is_there = |name: &&str| methods.iter().any(|method| method.name() == *name);
    assert!(UNADDRESSED.iter().all(is_there), "an exception for nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_every_method_as_every_role_about_ones_own_and_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let matrix = Arc::new(Matrix::of(&house).await);
    let before = seen_by_its_owner(&matrix).await;

    let (last, first): (Vec<_>, Vec<_>) =
        Method::all().into_iter().partition(|method| method.name().starts_with("Delete"));
    for methods in [first, last] {
        let mut running = JoinSet::new();
        for method in methods {
            let matrix = matrix.clone();
            running.spawn(async move { try_all(&matrix, &method).await });
        }
        let wrong: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    // All of it was in vain.
    assert_eq!(seen_by_its_owner(&matrix).await, before);
    house.suite.stop().await.unwrap();
}

/// Returns a token of each kind for each role of `own`.
fn tokens(house: &House, own: &World) -> BTreeMap<(Role, Token), String> {
    let AuthConfig { issuer, audience, .. } = AuthConfig::default();
    let stranger = generate_key_pair().unwrap().private_pem;
    let now = SystemClock.now();
    let signers = [
        (Token::Valid, house.signer(&issuer, &audience), now),
        (Token::Expired, house.signer(&issuer, &audience), now - 2 * HOUR),
        (Token::WrongAudience, house.signer(&issuer, "another"), now),
        (Token::WrongSignature, Signer::from_pem(&stranger, &issuer, &audience, "").unwrap(), now),
    ];
    let of = |role: Role| {
        let signed = |(token, signer, from): &(Token, Signer, Timestamp)| {
            ((role, *token), signer.sign(&own.claims(role), *from, HOUR).unwrap())
        };
        signers.iter().map(signed).collect::<Vec<_>>()
    };
    roles().flat_map(of).collect()
}

/// Tries everything that can be tried with a method; returns what came out wrong.
async fn try_all(matrix: &Matrix, method: &Method) -> Vec<String> {
    let slots = sample::slots(method);
    let mut wrong = vec![];
    for role in roles() {
        for token in Token::ALL {
            let cell = Cell { matrix, method, role, token };
            wrong.extend(cell.about_own().await);
            if slots.is_empty() {
                continue;
            }
            wrong.extend(cell.about_foreign().await);
            // The door does not read what is asked about.
            for slot in slots.iter().filter(|_| token == Token::Valid) {
                wrong.extend(cell.about(slot).await);
            }
        }
    }
    wrong
}

fn roles() -> impl Iterator<Item = Role> {
    (1..).map_while(|number| Role::try_from(number).ok())
}

/// One method, role and kind of token.
struct Cell<'a> {
    matrix: &'a Matrix,
    method: &'a Method,
    role: Role,
    token: Token,
}

impl Cell<'_> {
    /// The request with nothing but what is required, all of it one's own.
    async fn about_own(&self) -> Option<String> {
        let (answer, _) = self.ask(sample::request(self.method, &self.matrix.own)).await;
        self.is_let_in(&answer, true).err().map(|why| self.wrong("own", &why, &answer))
    }

    /// The same request, all of it another's, and all of it nobody's.
    async fn about_foreign(&self) -> Option<String> {
        let about = |world: &World| self.meant(sample::request(self.method, world));
        let foreign = self.ask(about(&self.matrix.foreign)).await;
        let nobodys = self.ask(about(&self.matrix.nobodys)).await;
        let outcome = self.is_kept_out(&foreign, &nobodys, true);
        outcome.err().map(|why| self.wrong("another's", &why, &foreign.0))
    }

    /// One's own request, with the name of what is one's own, another's, or nobody's, in a slot.
    async fn about(&self, slot: &Slot) -> Vec<String> {
        let Matrix { own, foreign, nobodys, .. } = self.matrix;
        let with = |name: &str| sample::with(self.method, slot, name, own);
        let path = slot.path.join(".");
        let (answer, _) = self.ask(with(own.name(slot.shape))).await;
        let mut wrong = vec![];
        if let Err(why) = self.is_let_in(&answer, false) {
            wrong.push(self.wrong(&format!("own {path}"), &why, &answer));
        }
        if path.contains(NO_SECRET) {
            return wrong;
        }
        let names = (foreign.name(slot.shape), nobodys.name(slot.shape));
        let adopted = own.adopted(names.0).zip(own.adopted(names.1));
        let names = (names.0.to_owned(), names.1.to_owned());
        for (foreign, nobodys) in [Some(names), adopted].into_iter().flatten() {
            let of_foreign = self.ask(self.meant(with(&foreign))).await;
            let of_nobodys = self.ask(self.meant(with(&nobodys))).await;
            if let Err(why) = self.is_kept_out(&of_foreign, &of_nobodys, false) {
                wrong.push(self.wrong(&format!("{path} {foreign}"), &why, &of_foreign.0));
            }
        }
        wrong
    }

    /// In earnest it would be done, if anybody let it: who is let do it only tries.
    fn meant(&self, request: DynamicMessage) -> DynamicMessage {
        if self.reaches_all() { request } else { sample::in_earnest(request) }
    }

    /// Returns the answer, and what was asked.
    async fn ask(&self, request: DynamicMessage) -> (Answer, DynamicMessage) {
        let request = sample::stamped(request);
        let token = self.matrix.tokens.get(&(self.role, self.token)).map(String::as_str);
        (self.matrix.ask(self.method, token, &request).await, request)
    }

    fn wrong(&self, about: &str, why: &str, answer: &Answer) -> String {
        let said = match answer {
            Ok(_) => "it was answered".to_owned(),
            Err(status) => format!("{:?} {}", status.code(), status.message()),
        };
        format!("{} as {:?}, {:?}, {about}: {why}: {said}", self.method.path, self.role, self.token)
    }

    fn is_admitted(&self) -> bool {
        self.token == Token::Valid && self.method.rule.roles.contains(&self.role)
    }

    /// Whether everything is within reach: what the platform's own roles ask for, and what everybody
    /// may see.
    fn reaches_all(&self) -> bool {
        self.method.rule.scope == Scope::All || matches!(self.role, Role::Operator | Role::Service)
    }

    /// What the door says, which comes before anything that the request says.
    fn at_the_door(&self, answer: &Answer) -> Result<(), String> {
        let status = answer.as_ref().err().ok_or("nobody stood at the door")?;
        if self.token != Token::Valid {
            let is_told = status.message().starts_with(self.token.problem());
            let is_right = status.code() == Code::Unauthenticated && is_told;
            return (is_right && reason(status) == "UNAUTHENTICATED")
                .then_some(())
                .ok_or_else(|| "the token should not be believed".to_owned());
        }
        let told: BTreeSet<_> = value(status, "roles").split(", ").map(ToOwned::to_owned).collect();
        let roles = self.method.rule.roles.iter().map(|role| access::role_name(*role).to_owned());
        let is_right = status.code() == Code::PermissionDenied
            && reason(status) == "ROLE_REQUIRED"
            && told == roles.collect();
        is_right.then_some(()).ok_or_else(|| "the role should be missing".to_owned())
    }

    /// What is one's own is denied to nobody who has the role.
    fn is_let_in(&self, answer: &Answer, is_well_formed: bool) -> Result<(), String> {
        if !self.is_admitted() {
            return self.at_the_door(answer);
        }
        let Err(status) = answer else { return Ok(()) };
        let code = status.code();
        let is_fault = matches!(code, Code::Internal | Code::Unimplemented | Code::Unknown);
        // Software takes an Admin agent, whoever else the method admits (PAR-12).
        let is_software = self.role != Role::AdminAgent && reason(status) == "ROLE_REQUIRED";
        let is_denied = is_fault
            || code == Code::Unauthenticated
            || code == Code::PermissionDenied && !is_software
            || code == Code::NotFound && !self.reaches_all()
            || code == Code::InvalidArgument && is_well_formed && !self.reaches_all();
        let is_expected = DENIED.contains(&(self.method.name(), status.code()));
        if is_denied && !is_expected { Err("it should be let in".to_owned()) } else { Ok(()) }
    }

    /// What is another's is as little there as what is nobody's, in the same words.
    fn is_kept_out(
        &self,
        (of_foreign, about_foreign): &(Answer, DynamicMessage),
        (of_nobodys, about_nobodys): &(Answer, DynamicMessage),
        is_all: bool,
    ) -> Result<(), String> {
        if self.is_admitted() && self.reaches_all() {
            return self.is_let_in(of_foreign, false).and(self.is_let_in(of_nobodys, false));
        }
        let (foreign, nobodys) = (told(of_foreign, about_foreign), told(of_nobodys, about_nobodys));
        if foreign != nobodys {
            return Err(format!("one can tell it from nobody's: {foreign} | {nobodys}"));
        }
        if !self.is_admitted() {
            return self.at_the_door(of_foreign);
        }
        let name = self.method.name();
        let is_nothing = match of_foreign {
            Ok(_) => LISTS.iter().any(|prefix| name.starts_with(prefix)),
            Err(status) => {
                status.code() == Code::NotFound || OTHERWISE.contains(&(name, status.code()))
            }
        };
        if is_all && !is_nothing { Err("it should not be there".to_owned()) } else { Ok(()) }
    }
}

/// What an Admin agent of the other partner sees of what was asked about in vain.
async fn seen_by_its_owner(matrix: &Matrix) -> Vec<String> {
    const READ: [Access; 3] = [Access::Read, Access::Invoices, Access::Software];
    let desk = &matrix.desk;
    let owner = desk.token(&matrix.foreign.claims(Role::AdminAgent));
    let mut seen = vec![];
    for method in Method::all().iter().filter(|method| READ.contains(&method.rule.access)) {
        for slot in sample::slots(method) {
            let own = &matrix.foreign;
            let request = sample::with(method, &slot, own.name(slot.shape), own);
            let answer = matrix.ask(method, Some(&owner), &request).await;
            seen.push(format!("{}: {}", method.path, told(&answer, &request)));
        }
    }
    seen
}
