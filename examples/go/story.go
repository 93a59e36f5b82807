package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalog "tenure.dev/examples/go/gen/tenure/catalog/v1"
	common "tenure.dev/examples/go/gen/tenure/common/v1"
	lifecycle "tenure.dev/examples/go/gen/tenure/lifecycle/v1"
	order "tenure.dev/examples/go/gen/tenure/order/v1"
)

const (
	suite  = "offers/m365-business-standard-p1y-annual-de"
	server = "offers/windows-server-standard-p1y-annual-de"
)

// newID returns a request_id: one for each thing that is to be done once, however often it is sent.
func newID() string { return uuid.NewString() }

func tell(ctx context.Context) error {
	operator, err := as("--role", "OPERATOR")
	if err != nil {
		return err
	}
	if err := browse(ctx, operator); err != nil {
		return err
	}
	partner, err := registerPartner(ctx, operator)
	if err != nil {
		return err
	}
	agent, err := as("--role", "ADMIN_AGENT", "--partner", partner)
	if err != nil {
		return err
	}
	clock, err := startClock(ctx, operator)
	if err != nil {
		return err
	}
	customer, err := registerCustomer(ctx, agent, clock)
	if err != nil {
		return err
	}
	if err := buy(ctx, agent, customer); err != nil {
		return err
	}
	bought, err := listBought(ctx, agent, customer)
	if err != nil {
		return err
	}
	if err := explain(ctx, agent, bought[suite]); err != nil {
		return err
	}
	if err := cancel(ctx, agent, bought[suite]); err != nil {
		return err
	}
	if err := tooLate(ctx, operator, agent, clock, bought[server]); err != nil {
		return err
	}
	return malformed(ctx, agent, customer)
}

// browse looks for the software in the price list.
func browse(ctx context.Context, caller *Caller) error {
	offers, err := everything(func(pageToken string) ([]*catalog.Offer, string, error) {
		page, err := caller.catalog.ListOffers(ctx, &catalog.ListOffersRequest{
			Filter:    "market = DE AND kind = SOFTWARE_SUBSCRIPTION",
			PageSize:  2,
			PageToken: pageToken,
		})
		return page.GetOffers(), page.GetNextPageToken(), err
	})
	for _, offer := range offers {
		if offer.Name == server {
			fmt.Println("on sale:", offer.Name)
		}
	}
	return err
}

// registerPartner registers a partner, and returns its name.
func registerPartner(ctx context.Context, operator *Caller) (string, error) {
	partner, err := operator.partners.CreatePartner(ctx, &order.CreatePartnerRequest{
		RequestId: newID(),
		Partner: &order.Partner{
			DisplayName: "Northwind",
			Type:        order.PartnerType_PARTNER_TYPE_DIRECT_BILL,
			Market:      "DE",
			Cloud:       common.Cloud_CLOUD_COMMERCIAL,
		},
	})
	return partner.GetName(), err
}

// startClock makes the clock that the story moves; a real customer has none and lives in real time.
func startClock(ctx context.Context, operator *Caller) (string, error) {
	clock, err := operator.clocks.CreateTestClock(ctx, &lifecycle.CreateTestClockRequest{
		RequestId: newID(),
		Now:       timestamppb.New(time.Date(2026, 1, 10, 15, 0, 0, 0, time.UTC)),
	})
	return clock.GetName(), err
}

// registerCustomer registers a customer of the agent's partner, and returns its name.
func registerCustomer(ctx context.Context, agent *Caller, clock string) (string, error) {
	customer, err := agent.customers.CreateCustomer(ctx, &order.CreateCustomerRequest{
		RequestId: newID(),
		Customer: &order.Customer{
			DisplayName: "Contoso",
			TenantId:    newID(),
			Domain:      "contoso.example",
			Market:      "DE",
			Segment:     common.Segment_SEGMENT_COMMERCIAL,
			Cloud:       common.Cloud_CLOUD_COMMERCIAL,
			TestClock:   clock,
		},
	})
	return customer.GetName(), err
}

// buy orders, and waits until the subscriptions run.
func buy(ctx context.Context, agent *Caller, customer string) error {
	// A price list that was just imported is not with all services at once.
	err := eventually(ctx, "the offers' availability", func(ctx context.Context) (bool, error) {
		answer, err := agent.catalog.CheckAvailability(ctx, &catalog.CheckAvailabilityRequest{
			Customer: customer,
			Offers:   []string{suite, server},
		})
		isAway := func(one *catalog.Availability) bool { return !one.Available }
		return !slices.ContainsFunc(answer.GetOffers(), isAway), err
	})
	if err != nil {
		return err
	}
	request := &order.PlaceOrderRequest{
		Parent:      customer,
		RequestId:   newID(),
		Lines:       []*order.LineItem{{Offer: suite, Quantity: 10}, {Offer: server, Quantity: 2}},
		Attestation: &order.Attestation{Version: "direct-partner-1", Accepted: true},
	}
	placed, err := agent.orders.PlaceOrder(ctx, request)
	if err != nil {
		return err
	}
	// Whoever does not know whether a call arrived sends it again, with the same request_id.
	again, err := agent.orders.PlaceOrder(ctx, request)
	if err != nil {
		return err
	}
	if again.Name != placed.Name {
		return fmt.Errorf("%s and %s are two orders", placed.Name, again.Name)
	}
	fmt.Println("sent twice: one order")
	return follow(ctx, agent, placed.Name)
}

// follow waits for the end of an order: the first answer may have been PROCESSING, and the order goes on
// by itself.
func follow(ctx context.Context, agent *Caller, name string) error {
	var state order.OrderState
	err := eventually(ctx, "the end of the order", func(ctx context.Context) (bool, error) {
		now, err := agent.orders.GetOrder(ctx, &order.GetOrderRequest{Name: name})
		state = now.GetState()
		return state != order.OrderState_ORDER_STATE_PROCESSING, err
	})
	fmt.Println("order:", strings.TrimPrefix(state.String(), "ORDER_STATE_"))
	return err
}

// listBought shows what the customer has, and returns the names of the subscriptions by offer.
func listBought(ctx context.Context, agent *Caller, customer string) (map[string]string, error) {
	every, err := everything(func(pageToken string) ([]*lifecycle.Subscription, string, error) {
		page, err := agent.subscriptions.ListSubscriptions(ctx, &lifecycle.ListSubscriptionsRequest{
			Parent: customer,
			// A page has 50 if nothing is said; one shows here how they are put together.
			PageSize:  1,
			PageToken: pageToken,
		})
		return page.GetSubscriptions(), page.GetNextPageToken(), err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(every, func(one, other *lifecycle.Subscription) int {
		return strings.Compare(one.Offer, other.Offer)
	})
	names := map[string]string{}
	for _, one := range every {
		names[one.Offer] = one.Name
		fmt.Printf("%d x %s: %s, %s to %s, can be cancelled until %s\n",
			one.Quantity, one.Offer, strings.TrimPrefix(one.State.String(), "SUBSCRIPTION_STATE_"),
			day(one.Term.GetStartDate()), day(one.Term.GetEndDate()),
			one.Cancellation.GetAllowedUntil().AsTime().Format(time.RFC3339Nano))
	}
	return names, nil
}

// explain asks what can be done now, and what it would do.
func explain(ctx context.Context, agent *Caller, name string) error {
	quantity := int64(12)
	answer, err := agent.subscriptions.ExplainActions(ctx, &lifecycle.ExplainActionsRequest{
		Name:     name,
		Quantity: &quantity,
	})
	for _, one := range answer.GetActions() {
		switch {
		case one.Action == lifecycle.Action_ACTION_INCREASE_QUANTITY && one.Allowed:
			fmt.Printf("to %d seats: would cost %s\n", one.Quantity, text(one.Amount))
		case one.Action == lifecycle.Action_ACTION_RESUME:
			for _, why := range one.Reasons {
				fmt.Printf("resume: %s (%s)\n", why.Reason, why.Rule)
			}
		}
	}
	return err
}

// cancel cancels for exactly the credit that the preview showed.
func cancel(ctx context.Context, agent *Caller, name string) error {
	preview, err := agent.subscriptions.CancelSubscription(ctx, &lifecycle.CancelSubscriptionRequest{
		Name:         name,
		RequestId:    newID(),
		Acknowledged: true,
		ValidateOnly: true,
	})
	if err != nil {
		return err
	}
	receipt, err := agent.subscriptions.CancelSubscription(ctx, &lifecycle.CancelSubscriptionRequest{
		Name:         name,
		RequestId:    newID(),
		Acknowledged: true,
		PreviewToken: preview.PreviewToken,
	})
	if err != nil {
		return err
	}
	state := strings.TrimPrefix(receipt.Subscription.GetState().String(), "SUBSCRIPTION_STATE_")
	for _, one := range receipt.Change.GetCharges() {
		fmt.Printf("%s: %d x %s\n", state, one.Quantity, text(one.EffectiveUnitPrice))
	}
	return nil
}

// tooLate tries to cancel a millisecond after the window.
func tooLate(ctx context.Context, operator, agent *Caller, clock, name string) error {
	closed := time.Date(2026, 1, 17, 15, 0, 0, int(time.Millisecond), time.UTC)
	_, err := operator.clocks.AdvanceTestClock(ctx, &lifecycle.AdvanceTestClockRequest{
		Name:      clock,
		RequestId: newID(),
		To:        timestamppb.New(closed),
	})
	if err != nil {
		return err
	}
	_, err = agent.subscriptions.CancelSubscription(ctx, &lifecycle.CancelSubscriptionRequest{
		Name:         name,
		RequestId:    newID(),
		Acknowledged: true,
	})
	no, err := refusalOf(err)
	if err != nil {
		return err
	}
	fmt.Println("refused:", code.Code(no.code), no.reason)
	fmt.Println(" ", no.message)
	for _, key := range slices.Sorted(maps.Keys(no.metadata)) {
		fmt.Printf("  %s: %s\n", key, no.metadata[key])
	}
	return nil
}

// malformed sends a request with three faults, and is told of all of them.
func malformed(ctx context.Context, agent *Caller, customer string) error {
	_, err := agent.orders.PlaceOrder(ctx, &order.PlaceOrderRequest{
		Parent: customer,
		Lines:  []*order.LineItem{{Offer: "windows", Quantity: -1}},
	})
	no, err := refusalOf(err)
	if err != nil {
		return err
	}
	fmt.Println("refused:", code.Code(no.code), no.reason)
	for _, field := range no.fields {
		fmt.Println(" ", field)
	}
	return nil
}
