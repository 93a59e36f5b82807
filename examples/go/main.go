// Sells software to a customer, cancels a part of it in time, and is refused when it is too late.
//
// Before: `tenure up` runs, `tenure import catalog deploy/sample/catalog.yaml` has run, and
// `go generate` has made gen/. What is printed is in ../story.txt.
//
// TENURE_ADDRESS is where the suite listens (127.0.0.1:7100), TENURE_DATA the folder whose key signs
// tokens (data).
package main

//go:generate buf generate

import (
	"cmp"
	"context"
	"log"
	"os"
	"os/exec"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	catalog "tenure.dev/examples/go/gen/tenure/catalog/v1"
	lifecycle "tenure.dev/examples/go/gen/tenure/lifecycle/v1"
	order "tenure.dev/examples/go/gen/tenure/order/v1"
)

func main() {
	log.SetFlags(0)
	if err := tell(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// Caller is somebody who calls: every call through it carries its token.
type Caller struct {
	catalog       catalog.CatalogServiceClient
	partners      order.PartnerServiceClient
	customers     order.CustomerServiceClient
	orders        order.OrderServiceClient
	subscriptions lifecycle.SubscriptionServiceClient
	clocks        lifecycle.TestClockServiceClient
}

// connect returns a caller whose calls have a deadline each, and are repeated where they may be.
//
// The service config says how long and which. A repeated call has the same request_id, so that
// nothing is done twice.
func connect(bearer string) (*Caller, error) {
	policy, err := os.ReadFile("../../proto/service-config.json")
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(
		cmp.Or(os.Getenv("TENURE_ADDRESS"), "127.0.0.1:7100"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(token(bearer)),
		grpc.WithDefaultServiceConfig(string(policy)),
	)
	if err != nil {
		return nil, err
	}
	return &Caller{
		catalog:       catalog.NewCatalogServiceClient(connection),
		partners:      order.NewPartnerServiceClient(connection),
		customers:     order.NewCustomerServiceClient(connection),
		orders:        order.NewOrderServiceClient(connection),
		subscriptions: lifecycle.NewSubscriptionServiceClient(connection),
		clocks:        lifecycle.NewTestClockServiceClient(connection),
	}, nil
}

// token is sent with each call.
type token string

func (bearer token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(bearer)}, nil
}

// RequireTransportSecurity returns false for a suite on this machine alone; elsewhere it is true.
func (token) RequireTransportSecurity() bool { return false }

// as returns a caller with a role, whose token your identity provider would issue; `tenure token` stands
// in for one.
func as(claims ...string) (*Caller, error) {
	data := cmp.Or(os.Getenv("TENURE_DATA"), "data")
	made, err := exec.Command("tenure", append([]string{"token", "--data", data}, claims...)...).Output()
	if err != nil {
		return nil, err
	}
	return connect(strings.TrimSpace(string(made)))
}
