//! Requests for support, between the wire and the domain.

use std::collections::BTreeSet;

use proto::order as pb;
use rpc::{Fields, Filter, Violations, filter, name, wire};
use vocab::{CustomerId, Money};

use crate::domain::{
    Attachment, Closing, Contact, CreateSupportRequest, Decision, Impact, IssueType, Note,
    SupportFacts, SupportListing, SupportOutcome, SupportRequest, SupportState, SupportedPurchase,
};

/// Reads a request for support; its files have at most `bytes_max` in all.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn create_support_request(
    request: &pb::CreateSupportRequestRequest,
    bytes_max: usize,
) -> Result<CreateSupportRequest, Violations> {
    let mut fields = Fields::of(request);
    let empty = pb::SupportRequest::default();
    let said = request.support_request.as_ref().unwrap_or(&empty);
    let parent: Option<name::Customer> = fields.parse("parent", &request.parent);
    let attachments = attachments(&mut fields, &said.attachments, bytes_max);
    let facts = facts(&mut fields, said, parent.map(|name::Customer(id)| id));
    let read = parent.zip(facts).map(|(name::Customer(customer), facts)| CreateSupportRequest {
        customer,
        facts,
        attachments,
    });
    fields.finish(read)
}

/// Reads which requests a list shows.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn list_support_requests(
    request: &pb::ListSupportRequestsRequest,
) -> Result<SupportListing, Violations> {
    let mut fields = Fields::of(request);
    let customer = match request.parent.as_str() {
        "customers/-" => Some(None),
        parent => fields.parse("parent", parent).map(|name::Customer(id)| Some(id)),
    };
    let read = Filter::parse(&request.filter, &["state", "issue_type"]);
    let conditions = fields.keep("filter", read).map(|filter| filter.0).unwrap_or_default();
    let (mut state, mut issue_type) = (None, None);
    let mut seen = BTreeSet::new();
    for filter::Condition { field, operator, value } in conditions {
        if operator != filter::Operator::Equal {
            fields.wrong("filter", format!("compares {field} with something else than ="));
        } else if field == "state" {
            state = fields.parse("filter", &value);
        } else {
            issue_type = fields.parse("filter", &value);
        }
        if !seen.insert(field.clone()) {
            fields.wrong("filter", format!("names {field} twice"));
        }
    }
    fields.finish(customer.map(|customer| SupportListing { customer, state, issue_type }))
}

/// Reads the name of a request for support, of a message that was not checked yet.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn support_request_name(
    mut fields: Fields,
    text: &str,
) -> Result<name::SupportRequest, Violations> {
    let read = fields.parse("name", text);
    fields.finish(read)
}

/// Reads what an operator decides.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn decide_support_request(
    request: &pb::DecideSupportRequestRequest,
) -> Result<(name::SupportRequest, Decision), Violations> {
    let mut fields = Fields::of(request);
    let empty = pb::SupportDecision::default();
    let said = request.decision.as_ref().unwrap_or(&empty);
    let name: Option<name::SupportRequest> = fields.parse("name", &request.name);
    let subscription: Option<name::Subscription> =
        fields.parse_unless_empty("decision.subscription", &said.subscription);
    if name.zip(subscription).is_some_and(|(name, subscription)| name.0 != subscription.0) {
        fields.wrong("decision.subscription", "is another customer's");
    }
    let credit = said.credit.as_ref();
    let credit = credit.and_then(|credit| fields.keep("decision.credit", wire::amount(credit)));
    if credit.is_some_and(|credit| credit.minor <= 0) {
        fields.wrong("decision.credit", "is not above 0; leave it out to credit nothing");
    }
    fields.finish(name.map(|name| {
        let decision = Decision {
            explanation: said.explanation.clone(),
            subscription: subscription.map(|name::Subscription(_, id)| id),
            cancels: said.cancel,
            credit,
        };
        (name, decision)
    }))
}

/// Writes a request for support, without what is in its files: that would be stored with the answer.
pub fn support_request(request: &SupportRequest) -> pb::SupportRequest {
    let SupportRequest { id, customer, facts, .. } = request;
    // What was only previewed has no name.
    let name = (0 < request.version).then(|| name::SupportRequest(*customer, *id).to_string());
    let etag = (0 < request.version).then(|| request.etag());
    let written = |decision| decision_of(*customer, decision);
    pb::SupportRequest {
        name: name.unwrap_or_default(),
        partner: name::Partner(request.partner).to_string(),
        issue_type: issue_type(facts.issue_type).into(),
        issue_title: facts.issue_type.title().to_owned(),
        impact: impact(facts.impact).into(),
        title: facts.title.clone(),
        description: Some(pb::SupportDescription {
            customer: facts.named_customer.clone(),
            purchase: purchase_name(*customer, facts.purchase),
            refund_reason: facts.refund_reason.clone(),
            requested_amount: Some(wire::money(facts.requested)),
        }),
        contact: Some(pb::SupportContact {
            display_name: facts.contact.display_name.clone(),
            email: facts.contact.email.clone(),
            phone: facts.contact.phone.clone(),
        }),
        attachments: request.attachments.iter().map(attachment_head).collect(),
        notes: request.notes.iter().map(note).collect(),
        state: state(request.state()).into(),
        closing: request.closing.as_ref().map(|closing| closing_of(*customer, closing)),
        pending_decision: request.pending.as_ref().map(|pending| written(&pending.decision)),
        author: request.author.clone(),
        create_time: Some(wire::timestamp(request.created_at)),
        etag: etag.unwrap_or_default(),
    }
}

/// Writes a request for support with what is in its files.
pub fn whole_support_request(request: &SupportRequest) -> pb::SupportRequest {
    let files = request.attachments.iter().map(|file| pb::SupportAttachment {
        content: file.content.clone(),
        ..attachment_head(file)
    });
    pb::SupportRequest { attachments: files.collect(), ..support_request(request) }
}

fn facts(
    fields: &mut Fields,
    said: &pb::SupportRequest,
    parent: Option<CustomerId>,
) -> Option<SupportFacts> {
    let empty = pb::SupportDescription::default();
    let description = said.description.as_ref().unwrap_or(&empty);
    let issue_type = issue_type_of(said.issue_type());
    let purchase = purchase(fields, &description.purchase, parent, issue_type);
    let requested = requested(fields, description.requested_amount.as_ref());
    let contact = said.contact.clone().unwrap_or_default();
    // What is not specified is refused by the contract already.
    Some(SupportFacts {
        issue_type: issue_type?,
        impact: impact_of(said.impact())?,
        title: said.title.clone(),
        named_customer: description.customer.clone(),
        purchase: purchase?,
        refund_reason: description.refund_reason.clone(),
        requested: requested?,
        contact: Contact {
            display_name: contact.display_name,
            email: contact.email,
            phone: contact.phone,
        },
    })
}

/// Reads the name of what was bought: it must be the parent's, and for redundant licences a
/// subscription, whose term is the deadline (DUP-1).
fn purchase(
    fields: &mut Fields,
    text: &str,
    parent: Option<CustomerId>,
    issue_type: Option<IssueType>,
) -> Option<SupportedPurchase> {
    const FIELD: &str = "support_request.description.purchase";
    let (customer, purchase) = if text.contains("/orders/") {
        let name::Order(customer, id) = fields.parse(FIELD, text)?;
        (customer, SupportedPurchase::Order(id))
    } else {
        let name::Subscription(customer, id) = fields.parse(FIELD, text)?;
        (customer, SupportedPurchase::Subscription(id))
    };
    if parent.is_some_and(|parent| parent != customer) {
        fields.wrong(FIELD, "is another customer's than the parent");
    }
    let is_order = matches!(purchase, SupportedPurchase::Order(_));
    if is_order && issue_type == Some(IssueType::RedundantLicenses) {
        fields.wrong(FIELD, "is an order; name the subscription that is redundant");
    }
    Some(purchase)
}

fn requested(fields: &mut Fields, amount: Option<&proto::Money>) -> Option<Money> {
    const FIELD: &str = "support_request.description.requested_amount";
    let requested = fields.keep(FIELD, wire::amount(amount?))?;
    if requested.minor < 0 {
        fields.wrong(FIELD, "is below 0; ask for 0 where no money is asked for");
    }
    Some(requested)
}

fn attachments(
    fields: &mut Fields,
    said: &[pb::SupportAttachment],
    bytes_max: usize,
) -> Vec<Attachment> {
    for (index, file) in said.iter().enumerate() {
        if file.content.is_empty() {
            fields.wrong(&format!("support_request.attachments[{index}].content"), "is required");
        }
    }
    let total: usize = said.iter().map(|file| file.content.len()).sum();
    if bytes_max < total {
        let text = format!("have {total} bytes in all, and at most {bytes_max} are taken");
        fields.wrong("support_request.attachments", text);
    }
    let read = said.iter().map(|file| Attachment {
        file_name: file.file_name.clone(),
        content_type: file.content_type.clone(),
        size_bytes: i64::try_from(file.content.len()).unwrap_or(i64::MAX),
        content: file.content.clone(),
    });
    read.collect()
}

fn attachment_head(file: &Attachment) -> pb::SupportAttachment {
    pb::SupportAttachment {
        file_name: file.file_name.clone(),
        content_type: file.content_type.clone(),
        content: Vec::new(),
        size_bytes: file.size_bytes,
    }
}

fn note(note: &Note) -> pb::SupportNote {
    pb::SupportNote {
        author: note.author.clone(),
        create_time: Some(wire::timestamp(note.noted_at)),
        text: note.text.clone(),
    }
}

fn closing_of(customer: CustomerId, closing: &Closing) -> pb::SupportClosing {
    pb::SupportClosing {
        outcome: outcome(closing.outcome).into(),
        reason: closing.reason.clone(),
        author: closing.author.clone(),
        close_time: Some(wire::timestamp(closing.closed_at)),
        decision: closing.decision.as_ref().map(|decision| decision_of(customer, decision)),
        obligations: closing.obligations.clone(),
    }
}

fn decision_of(customer: CustomerId, decision: &Decision) -> pb::SupportDecision {
    let subscription = decision.subscription.map(|id| name::Subscription(customer, id).to_string());
    pb::SupportDecision {
        explanation: decision.explanation.clone(),
        subscription: subscription.unwrap_or_default(),
        cancel: decision.cancels,
        credit: decision.credit.map(wire::money),
    }
}

fn purchase_name(customer: CustomerId, purchase: SupportedPurchase) -> String {
    match purchase {
        SupportedPurchase::Order(id) => name::Order(customer, id).to_string(),
        SupportedPurchase::Subscription(id) => name::Subscription(customer, id).to_string(),
    }
}

const fn issue_type_of(value: pb::SupportIssueType) -> Option<IssueType> {
    match value {
        pb::SupportIssueType::PurchaseRefund => Some(IssueType::PurchaseRefund),
        pb::SupportIssueType::SystemFault => Some(IssueType::SystemFault),
        pb::SupportIssueType::LicenseConsolidation => Some(IssueType::LicenseConsolidation),
        pb::SupportIssueType::RedundantLicenses => Some(IssueType::RedundantLicenses),
        pb::SupportIssueType::UpdateLimit => Some(IssueType::UpdateLimit),
        pb::SupportIssueType::Unspecified => None,
    }
}

const fn issue_type(value: IssueType) -> pb::SupportIssueType {
    match value {
        IssueType::PurchaseRefund => pb::SupportIssueType::PurchaseRefund,
        IssueType::SystemFault => pb::SupportIssueType::SystemFault,
        IssueType::LicenseConsolidation => pb::SupportIssueType::LicenseConsolidation,
        IssueType::RedundantLicenses => pb::SupportIssueType::RedundantLicenses,
        IssueType::UpdateLimit => pb::SupportIssueType::UpdateLimit,
    }
}

const fn impact_of(value: pb::SupportImpact) -> Option<Impact> {
    match value {
        pb::SupportImpact::Minimal => Some(Impact::Minimal),
        pb::SupportImpact::Moderate => Some(Impact::Moderate),
        pb::SupportImpact::Critical => Some(Impact::Critical),
        pb::SupportImpact::Unspecified => None,
    }
}

const fn impact(value: Impact) -> pb::SupportImpact {
    match value {
        Impact::Minimal => pb::SupportImpact::Minimal,
        Impact::Moderate => pb::SupportImpact::Moderate,
        Impact::Critical => pb::SupportImpact::Critical,
    }
}

const fn state(value: SupportState) -> pb::SupportRequestState {
    match value {
        SupportState::Open => pb::SupportRequestState::Open,
        SupportState::Closed => pb::SupportRequestState::Closed,
    }
}

const fn outcome(value: SupportOutcome) -> pb::SupportOutcome {
    match value {
        SupportOutcome::Withdrawn => pb::SupportOutcome::Withdrawn,
        SupportOutcome::Granted => pb::SupportOutcome::Granted,
        SupportOutcome::Declined => pb::SupportOutcome::Declined,
    }
}
