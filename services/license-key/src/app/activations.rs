//! Validates and activates keys, lists and revokes activations.

use access::Caller;
use db::Tx;
use replay::{Answer, Once};
use rpc::{Page, Pager, name};
use vocab::{ActivationId, KeyId};

use super::App;
use super::entry::Deed;
use super::purchases::{Of, own_purchase_in};
use crate::domain::{
    self, Activation, ActivationCount, Checked, ProductKey, Purchase, Rejection, SkuName,
};
use crate::error::{Error, Sought};
use crate::store;

/// What is to be activated where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    /// The key; `None` if what was given is none.
    pub key: Option<ProductKey>,
    /// The device's own id.
    pub device: Device,
    /// What people call it.
    pub device_label: String,
}

/// The id of a device: nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Device(pub String);

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device(..)")
    }
}

/// What becomes of a key that somebody has in hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// What is known of it; `None` if it is unknown, or nobody's business of the caller's.
    pub checked: Option<Checked>,
    /// Why it cannot be activated on one more device.
    pub refused: Option<&'static str>,
}

impl App {
    /// Reads a key as somebody typed it; `None` for what is none.
    pub fn read_key(&self, text: &str) -> Option<ProductKey> {
        self.format.read(text.as_bytes())
    }

    /// Returns what a key is found by, for those who must not keep it.
    pub fn fingerprint(&self, key: &ProductKey) -> Vec<u8> {
        self.cipher.fingerprint(key)
    }

    /// Tells what becomes of a key, by what is known here; a bad one is no error.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: KEY-1, KEY-4, PAR-14.
    pub async fn validate_key(
        &self,
        caller: &Caller,
        key: Option<ProductKey>,
        sku: Option<SkuName>,
    ) -> Result<Validation, Error> {
        let refused = |reason| Validation { checked: None, refused: Some(reason) };
        let Some(key) = key else { return Ok(refused(Rejection::KeyMalformed.reason())) };
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let Some((_, checked)) = self.checked(&mut tx, caller, &key).await? else {
            return Ok(refused(Rejection::KeyUnknown.reason()));
        };
        let refused = match domain::may_activate(&checked, checked.purchase.state) {
            _ if sku.is_some_and(|sku| sku != checked.sku) => Some("KEY_FOR_OTHER_SKU"),
            Ok(()) => None,
            Err(rejection) => Some(rejection.reason()),
        };
        Ok(Validation { checked: Some(checked), refused })
    }

    /// Activates a key on a device; a device on which it is in use already counts once.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] (KEY-1, KEY-4, PCX-1, PAR-14), [`Error::CannotAsk`], [`Error::Replay`].
    pub async fn activate(
        &self,
        once: &Once<Activation>,
        caller: &Caller,
        command: &Activate,
    ) -> Result<Answer<Activation>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        // Claimed again once lifecycle has answered.
        drop(tx);
        let key = command.key.as_ref().ok_or(Rejection::KeyMalformed)?;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = self.checked(&mut tx, caller, key).await?;
        drop(tx);
        let (_, checked) = found.ok_or(Rejection::KeyUnknown)?;
        let purchase = checked.purchase;
        let outcome = self.activate_on(once, (caller, &purchase), key, command).await;
        if let Err(Error::Rejected(rejection)) = &outcome {
            let deed = Deed::at(caller, (purchase.customer, purchase.id), "ActivateKey");
            self.record_refusal_of(deed, Some(&purchase), rejection.reason()).await?;
        }
        outcome
    }

    async fn activate_on(
        &self,
        once: &Once<Activation>,
        (caller, found): (&Caller, &Purchase),
        key: &ProductKey,
        command: &Activate,
    ) -> Result<Answer<Activation>, Error> {
        let of = (found.customer, found.id);
        let live = self.live(caller, of).await?;
        let now = self.instant_of(found, &live);
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        // Under its lock the count is right, and a cancellation comes before or after.
        store::purchases::lock(&mut tx, of).await?;
        let checked = self.checked(&mut tx, caller, key).await?;
        let (key, checked) = checked.ok_or(Rejection::KeyUnknown)?;
        let device = self.cipher.device_hash(key, &command.device.0);
        let known = store::activations::on_device(&mut tx, key, device.clone()).await?;
        let activation = if let Some(activation) = known {
            activation
        } else {
            domain::may_activate(&checked, live.with(&checked.purchase))?;
            let activation = Activation {
                id: ActivationId(self.ids.uuid()),
                customer: of.0,
                purchase: of.1,
                device_label: command.device_label.clone(),
                activated_at: now,
                revoked_at: None,
            };
            store::activations::add(&mut tx, &activation, (key, device)).await?;
            self.write_activation(&mut tx, (caller, found), &activation, "ActivateKey").await?;
            activation
        };
        self.end(once, tx, activation).await
    }

    /// Returns a page of the activations of a purchase, the newest first, the token of the next page,
    /// and how many count.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn list_activations(
        &self,
        caller: &Caller,
        of: Of,
        (pager, page): (&Pager<'_>, &Page),
    ) -> Result<(Vec<Activation>, String, ActivationCount), Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let purchase = own_purchase_in(&mut tx, caller, of).await?;
        let rows = store::activations::page(&mut tx, of, page).await?;
        let counted = match store::keys::of_purchase(&mut tx, &purchase).await? {
            Some((key, _)) => self.counted(&mut tx, &purchase, key).await?,
            None => ActivationCount::of(&purchase, None, 0),
        };
        tx.commit().await?;
        let (activations, next) = pager.cut(page, rows, store::activations::page_key);
        Ok((activations, next, counted))
    }

    /// Revokes an activation; one that was revoked stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Replay`] (D-28).
    pub async fn revoke_activation(
        &self,
        once: &Once<Activation>,
        caller: &Caller,
        (of, id): (Of, ActivationId),
    ) -> Result<Answer<Activation>, Error> {
        let not_found = || Error::NotFound { what: Sought::Activation(of, id) };
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let activation = store::activations::lock(&mut tx, id).await?;
        let is_of = |it: &Activation| (it.customer, it.purchase) == of;
        let mut activation = activation.filter(is_of).ok_or_else(not_found)?;
        let purchase = match own_purchase_in(&mut tx, caller, of).await {
            Err(Error::NotFound { .. }) => return Err(not_found()),
            found => found?,
        };
        if activation.revoked_at.is_none() {
            let now = self.now_of(&mut tx, purchase.test_clock).await?;
            activation.revoked_at = Some(now);
            store::activations::revoke(&mut tx, id, now).await?;
            let of = (caller, &purchase);
            self.write_activation(&mut tx, of, &activation, "RevokeActivation").await?;
        }
        self.end(once, tx, activation).await
    }

    /// Ends a mutation: keeps the answer and commits, or lets everything go if only to check.
    async fn end(
        &self,
        once: &Once<Activation>,
        mut tx: Tx,
        activation: Activation,
    ) -> Result<Answer<Activation>, Error> {
        if !once.validate_only {
            once.keep(&mut tx, &activation).await?;
            tx.commit().await?;
            self.nudge.notify();
        }
        Ok(Answer::Fresh(activation))
    }

    /// Returns what is known of a key whose purchase is within the caller's reach.
    async fn checked(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        key: &ProductKey,
    ) -> Result<Option<(KeyId, Checked)>, Error> {
        let found = store::keys::of_fingerprint(tx, self.cipher.fingerprint(key)).await?;
        let Some(key) = found else { return Ok(None) };
        let purchase = match own_purchase_in(tx, caller, key.purchase).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        let count = store::activations::count(tx, key.id).await?;
        let activations = ActivationCount::of(&purchase, key.activation_limit, count);
        let sku = purchase.sku.clone();
        Ok(Some((key.id, Checked { state: key.state, sku, purchase, activations })))
    }

    async fn counted(
        &self,
        tx: &mut Tx,
        purchase: &Purchase,
        key: KeyId,
    ) -> Result<ActivationCount, Error> {
        let limit = store::keys::activation_limit(tx, key).await?;
        let count = store::activations::count(tx, key).await?;
        Ok(ActivationCount::of(purchase, limit, count))
    }

    async fn write_activation(
        &self,
        tx: &mut Tx,
        (caller, purchase): (&Caller, &Purchase),
        activation: &Activation,
        action: &str,
    ) -> Result<(), Error> {
        let of = (activation.customer, activation.purchase);
        let resource = name::Activation(name::Subscription(of.0, of.1), activation.id).to_string();
        let at = activation.revoked_at.unwrap_or(activation.activated_at);
        let test_clock_at = purchase.test_clock.map(|_| at);
        let deed = Deed { resource, test_clock_at, ..Deed::at(caller, of, action).on(purchase) };
        self.write(tx, &self.entry(deed, None)).await
    }
}
