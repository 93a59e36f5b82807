package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// How long we go on asking for what another service has yet to hear of.
const patience = 30 * time.Second

// everything returns what a list has, page by page: read returns one page and the token of the next.
func everything[T any](read func(pageToken string) (page []T, next string, err error)) ([]T, error) {
	var all []T
	pageToken := ""
	for {
		page, next, err := read(pageToken)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		pageToken = next
	}
}

// eventually asks until the answer is yes: what one service did, another one hears of a little later.
func eventually(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New(what+" did not come about"))
	defer cancel()
	for {
		if yes, err := ask(ctx); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Refusal is why a call was refused: a program looks at code and reason, people read the message.
type Refusal struct {
	code     codes.Code
	reason   string
	metadata map[string]string
	fields   []string
	message  string
}

// refusalOf reads the refusal out of what a call that must be refused returned.
func refusalOf(err error) (*Refusal, error) {
	if err == nil {
		return nil, errors.New("the call went through")
	}
	said := status.Convert(err)
	refusal := &Refusal{code: said.Code(), message: said.Message()}
	for _, detail := range said.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			refusal.reason, refusal.metadata = detail.Reason, detail.Metadata
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				refusal.fields = append(refusal.fields, violation.Field)
			}
		}
	}
	slices.Sort(refusal.fields)
	return refusal, nil
}

// text writes an exact amount: units and billionths, both with the sign.
func text(amount *money.Money) string {
	cents := amount.Units*100 + int64(amount.Nanos)/10_000_000
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, cents/100, cents%100, amount.CurrencyCode)
}

func day(date *date.Date) string {
	return fmt.Sprintf("%04d-%02d-%02d", date.Year, date.Month, date.Day)
}
