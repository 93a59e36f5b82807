//! What can be asked of a subscription.

vocab::text_enum! {
    /// What was asked for.
    Action {
        /// `CancelSubscription`, `CancelOrder`
        Cancel = "CANCEL",
        /// `ChangeQuantity`
        ChangeQuantity = "CHANGE_QUANTITY",
        /// `ChangeQuantity` of legacy add-ons
        ChangeAddOns = "CHANGE_ADD_ONS",
        /// `SuspendSubscription`
        Suspend = "SUSPEND",
        /// `ResumeSubscription`
        Resume = "RESUME",
        /// `SetAutoRenew`
        SetAutoRenew = "SET_AUTO_RENEW",
        /// `ScheduleChange`
        Schedule = "SCHEDULE",
        /// `RemoveScheduledChange`
        RemoveScheduled = "REMOVE_SCHEDULED",
        /// `UpdateSubscription`
        Rename = "RENAME",
        /// `AssignReseller`
        AssignReseller = "ASSIGN_RESELLER",
        /// `ChangeBillingCycle`
        ChangeBilling = "CHANGE_BILLING",
        /// `TransitionSubscription`
        Transition = "TRANSITION",
        /// `SubmitTransfer`
        Transfer = "TRANSFER",
    }
}
