//! Changes, charges and invoices to the wire.

use jiff::Timestamp;
use proto::lifecycle as pb;
use rpc::{name, wire};

use crate::domain::{Change, ChangeKind, ChargeKind, Entry, Invoice, Line};

/// Writes a change that was just made, or is only previewed.
pub fn change(change: &Change, is_preview: bool) -> pb::Change {
    let lines: Vec<Line> = change.lines().collect();
    let subscription = name::Subscription(change.next.customer, change.next.id);
    let mut written = entry(&Entry::from(change), &lines, subscription);
    if is_preview {
        written.name.clear();
        for charge in &mut written.charges {
            charge.name.clear();
        }
    }
    written
}

/// Writes an entry of the history with its lines of money.
pub fn entry(entry: &Entry, lines: &[Line], subscription: name::Subscription) -> pb::Change {
    pb::Change {
        name: name::Change(subscription, entry.id).to_string(),
        kind: change_kind(entry.kind).into(),
        effective_time: Some(wire::timestamp(entry.effective_at)),
        commit_time: Some(wire::timestamp(entry.committed_at)),
        charges: lines.iter().map(line).collect(),
        warnings: entry.warnings.iter().map(ToString::to_string).collect(),
        quantity_before: entry.quantity_before,
        quantity_after: entry.quantity_after,
        state_after: super::state(entry.status_after).into(),
        reason: entry.reason.clone(),
    }
}

/// Writes a line of money.
pub fn line(line: &Line) -> pb::Charge {
    let charge = &line.charge;
    let subscription = name::Subscription(line.customer, line.subscription);
    pb::Charge {
        name: name::Charge(subscription, charge.id).to_string(),
        kind: charge_kind(charge.kind).into(),
        unit_price: Some(wire::money(charge.unit_price)),
        effective_unit_price: Some(wire::money(charge.effective_unit_price)),
        quantity: charge.quantity,
        service_start_date: Some(wire::date(charge.period_start)),
        service_end_date: Some(wire::date(charge.period_end)),
        billed_days: days(charge.billed_days),
        cycle_days: days(charge.cycle_days),
        amount: Some(wire::money(charge.amount)),
        tax_included: charge.tax_included,
        effective_time: Some(wire::timestamp(charge.effective_at)),
        commit_time: Some(wire::timestamp(charge.committed_at)),
        credited_charge: charge
            .credits
            .map(|credited| name::Charge(subscription, credited).to_string())
            .unwrap_or_default(),
        invoice: line.invoice.map(|id| name::Invoice(id.0).to_string()).unwrap_or_default(),
        subscription: subscription.to_string(),
        product_title: line.title.clone(),
        promotion: charge.promotion.clone().unwrap_or_default(),
        billed_elsewhere: charge.billed_elsewhere,
    }
}

/// Writes an invoice.
pub fn invoice(invoice: &Invoice) -> pb::Invoice {
    let closes_at: Timestamp = invoice.closed_at.unwrap_or_else(|| invoice.key.closes_at());
    let state = match invoice.closed_at {
        None => pb::InvoiceState::Open,
        Some(_) => pb::InvoiceState::Closed,
    };
    pb::Invoice {
        name: name::Invoice(invoice.id.0).to_string(),
        partner: name::Partner(invoice.key.partner).to_string(),
        month: Some(wire::date(invoice.key.month)),
        state: state.into(),
        close_time: Some(wire::timestamp(closes_at)),
        subtotal_tax_excluded: Some(wire::money(invoice.excluded)),
        subtotal_tax_included: Some(wire::money(invoice.included)),
        total: invoice.total().ok().map(wire::money),
        line_count: invoice.line_count,
        test_clock: invoice
            .key
            .clock
            .map(|clock| name::TestClock(clock).to_string())
            .unwrap_or_default(),
    }
}

/// Returns the key by which a page of lines goes on.
pub fn charge_page_key(line: &Line) -> String {
    line.charge.id.to_string()
}

/// Returns the key by which a page of invoices goes on.
pub fn invoice_page_key(invoice: &Invoice) -> String {
    format!("{} {}", invoice.key.month, invoice.id.0)
}

fn days(days: i64) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

pub(super) const fn change_kind(kind: ChangeKind) -> pb::ChangeKind {
    match kind {
        ChangeKind::Started => pb::ChangeKind::Started,
        ChangeKind::QuantityChanged => pb::ChangeKind::QuantityChanged,
        ChangeKind::Cancelled => pb::ChangeKind::Cancelled,
        ChangeKind::Suspended => pb::ChangeKind::Suspended,
        ChangeKind::Resumed => pb::ChangeKind::Resumed,
        ChangeKind::AutoRenewOn => pb::ChangeKind::AutoRenewOn,
        ChangeKind::AutoRenewOff => pb::ChangeKind::AutoRenewOff,
        ChangeKind::Scheduled => pb::ChangeKind::Scheduled,
        ChangeKind::ScheduleRemoved => pb::ChangeKind::ScheduleRemoved,
        ChangeKind::ScheduleDropped => pb::ChangeKind::ScheduleDropped,
        ChangeKind::Renamed => pb::ChangeKind::Renamed,
        ChangeKind::ResellerAssigned => pb::ChangeKind::ResellerAssigned,
        ChangeKind::UsageRecorded => pb::ChangeKind::UsageRecorded,
        ChangeKind::WindowClosed => pb::ChangeKind::WindowClosed,
        ChangeKind::CycleCharged => pb::ChangeKind::CycleCharged,
        ChangeKind::Renewed => pb::ChangeKind::Renewed,
        ChangeKind::Converted => pb::ChangeKind::Converted,
        ChangeKind::BillingChangeSet => pb::ChangeKind::BillingChangeSet,
        ChangeKind::BillingChangeRemoved => pb::ChangeKind::BillingChangeRemoved,
        ChangeKind::Upgraded => pb::ChangeKind::Upgraded,
        ChangeKind::SeatsMovedOut => pb::ChangeKind::SeatsMovedOut,
        ChangeKind::SeatsMovedIn => pb::ChangeKind::SeatsMovedIn,
        ChangeKind::Transitioned => pb::ChangeKind::Transitioned,
        ChangeKind::TransferSubmitted => pb::ChangeKind::TransferSubmitted,
        ChangeKind::Transferred => pb::ChangeKind::Transferred,
        ChangeKind::Adjusted => pb::ChangeKind::Adjusted,
        ChangeKind::Expired => pb::ChangeKind::Expired,
        ChangeKind::Deleted => pb::ChangeKind::Deleted,
    }
}

const fn charge_kind(kind: ChargeKind) -> pb::ChargeKind {
    match kind {
        ChargeKind::New => pb::ChargeKind::New,
        ChargeKind::Renew => pb::ChargeKind::Renew,
        ChargeKind::Cycle => pb::ChargeKind::Cycle,
        ChargeKind::AddSeats => pb::ChargeKind::AddSeats,
        ChargeKind::RemoveSeats => pb::ChargeKind::RemoveSeats,
        ChargeKind::Cancel => pb::ChargeKind::Cancel,
        ChargeKind::Convert => pb::ChargeKind::Convert,
        ChargeKind::Transfer => pb::ChargeKind::Transfer,
        ChargeKind::Usage => pb::ChargeKind::Usage,
        ChargeKind::Adjustment => pb::ChargeKind::Adjustment,
    }
}
